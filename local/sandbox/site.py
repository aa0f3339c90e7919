"""A platform's web site: its consent page, and at every other address a page that says what would be there."""

from flask import Response, g
from markupsafe import Markup

from local.sandbox import consent, pages
from local.sandbox.tokens import Tokens


class Site:
    """`shows`: what the real site has at its other addresses, with its article."""

    def __init__(self, name: str, app: consent.App, tokens: Tokens, shows: str) -> None:
        self._name, self._app, self._tokens, self._shows = name, app, tokens, shows

    def ask(self) -> Response:
        return consent.ask(self._app, self._tokens)

    def decide(self) -> Response:
        answer, g.person = consent.decide(self._app, self._tokens)
        return answer

    def page(self, **_: str) -> Response:
        return elsewhere(self._name, self._shows)


def elsewhere(name: str, shows: str) -> Response:
    body = Markup("<p>On the real platform this would be {}.</p>").format(shows)
    return Response(pages.page(f"{name} sandbox", body), content_type="text/html; charset=utf-8")
