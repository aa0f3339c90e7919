"""The consent page of a platform with OAuth: a plain HTML form whose first button says yes."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from flask import Response, redirect, request
from markupsafe import Markup, escape

from local.sandbox import pages, people
from local.sandbox.avatars import avatar_url
from local.sandbox.people import Person
from local.sandbox.tokens import Consent, Tokens

# What the product registers with every platform: its own callback, whatever host it runs on.
_CALLBACK = "/connections/callback"


@dataclass(frozen=True, slots=True)
class App:
    """The product as the platform knows it. `pkce`: a challenge (S256) is demanded. `denial`: the error that saying no
    leads back with. `client_field`: the platform's name of the client id. `optional`: scopes that a person may take
    away on the page. `adds`: what the platform's redirect carries beside the code. `callbacks`: the addresses to go
    back to that it registered by itself, where the platform lets it."""

    platform: str
    client_id: str
    scopes: Collection[str]
    separators: str = " ,"
    accept: str = "Give access"
    refuse: str = "Cancel"
    path: str = "/oauth/"
    pkce: bool = False
    denial: str = "access_denied"
    client_field: str = "client_id"
    optional: Collection[str] = ()
    adds: Callable[[Consent], Mapping[str, str]] = lambda consent: {}
    callbacks: Collection[str] = ()


class Misdirected(ValueError):
    """The link that brought the person here is wrong. Nobody is sent back: the address to go back to may be forged."""


def ask(app: App, tokens: Tokens) -> Response:
    try:
        asked = _asked(app, request.args)
    except Misdirected as wrong:
        return _refused(app, wrong)
    return Response(_page(app, asked, tokens, request.args), content_type="text/html; charset=utf-8")


def decide(app: App, tokens: Tokens) -> tuple[Response, str | None]:
    """The answer, and the key of the person who gave it."""
    try:
        asked = _asked(app, request.form)
    except Misdirected as wrong:
        return _refused(app, wrong), None
    person = people.find(request.form.get("person", "")) if "person" in request.form else _suggested(tokens)
    if person is None:
        return _refused(app, Misdirected("person: is nobody in the sandbox")), None
    if request.form.get("decision") == "deny":
        return _back(asked, {"error": app.denial, "error_description": "The person said no."}), person.key
    scopes = tuple(scope for scope in asked["scope"].split() if not _taken_away(app, scope))
    consent = Consent(person.key, app.client_id, asked["redirect_uri"], scopes, asked.get("code_challenge", ""))
    return _back(asked, {"code": tokens.issue_code(consent), **app.adds(consent)}), person.key


def _taken_away(app: App, scope: str) -> bool:
    return scope in app.optional and _without(scope) in request.form


def _without(scope: str) -> str:
    """A box to tick for each scope to leave out, so that a form sent as it is grants everything."""
    return f"without:{scope}"


def _asked(app: App, given: Mapping[str, str]) -> dict[str, str]:
    names = (app.client_field, "redirect_uri", "response_type", "scope", "state")
    asked = {name: given.get(name, "") for name in names}
    _demand(asked[app.client_field] == app.client_id, f"{app.client_field}: is not a known app")
    known = asked["redirect_uri"] in app.callbacks if app.callbacks else _registered(asked["redirect_uri"])
    _demand(known, f"redirect_uri: is not registered (absolute, ends in {_CALLBACK})")
    _demand(asked["response_type"] == "code", "response_type: must be code")
    _demand(bool(asked["state"]), "state: is missing")
    scopes = asked["scope"].translate({ord(separator): " " for separator in app.separators}).split()
    _demand(bool(scopes) and set(scopes) <= set(app.scopes), "scope: is missing, or asks for what there is not")
    return asked | {"scope": " ".join(dict.fromkeys(scopes))} | (_challenged(given) if app.pkce else {})


def _challenged(given: Mapping[str, str]) -> dict[str, str]:
    _demand(given.get("code_challenge_method") == "S256", "code_challenge_method: must be S256")
    challenge = given.get("code_challenge", "")
    _demand(re.fullmatch(r"[A-Za-z0-9_-]{43}", challenge) is not None, "code_challenge: is no SHA-256 in base64url")
    return {"code_challenge": challenge, "code_challenge_method": "S256"}


def _registered(uri: str) -> bool:
    parts = urlsplit(uri)
    exact = not parts.query and not parts.fragment and parts.path == _CALLBACK
    return exact and parts.scheme in ("http", "https") and bool(parts.hostname)


def _demand(fine: bool, complaint: str) -> None:
    if not fine:
        raise Misdirected(complaint)


def _back(asked: Mapping[str, str], outcome: Mapping[str, str]) -> Response:
    uri = asked["redirect_uri"]
    joint = "&" if urlsplit(uri).query else "?"
    answer = redirect(f"{uri}{joint}{urlencode({**outcome, 'state': asked['state']})}", 302)
    assert isinstance(answer, Response)
    return answer


def _refused(app: App, wrong: Misdirected) -> Response:
    body = Markup("<p>This link to connect an app does not work.</p><p><code>{}</code></p>").format(wrong)
    return Response(pages.page(f"{app.platform} sandbox", body), 400, content_type="text/html; charset=utf-8")


def _suggested(tokens: Tokens) -> Person:
    everybody: Sequence[Person] = list(people.listed())
    return next((person for person in everybody if not tokens.connected(person.key)), everybody[0])


def _page(app: App, asked: Mapping[str, str], tokens: Tokens, given: Mapping[str, str]) -> str:
    chosen = _suggested(tokens)
    hidden = Markup("").join(
        Markup('<input type="hidden" name="{}" value="{}">').format(name, given.get(name, "")) for name in asked
    )
    rows = Markup("").join(_row(app, person, tokens, person is chosen) for person in people.listed())
    scopes = Markup("").join(_scope(app, scope) for scope in asked["scope"].split())
    form = Markup(
        '<form method="post" action="{}">{}<fieldset><legend>Who are you?</legend>{}</fieldset>'
        "<p>PostLoudly asks for:</p><ul>{}</ul>"
        '<p><button type="submit" name="decision" value="allow">{}</button> '
        '<button type="submit" name="decision" value="deny">{}</button></p></form>'
    ).format(request.path, hidden, rows, scopes, app.accept, app.refuse)
    return pages.page(f"{app.platform} sandbox: give PostLoudly access?", form)


def _scope(app: App, scope: str) -> Markup:
    if scope not in app.optional:
        return Markup("<li><code>{}</code></li>").format(scope)
    box = '<li><label><code>{}</code> <input type="checkbox" name="{}" value="yes"> not this</label></li>'
    return Markup(box).format(scope, _without(scope))


def _row(app: App, person: Person, tokens: Tokens, chosen: bool) -> Markup:
    note = " · connected" if tokens.connected(person.key) else ""
    return Markup(
        '<label><input type="radio" name="person" value="{}"{}> <img src="{}" alt="" width="32" height="32"> '
        "<bdi>{}</bdi> <small>{}{}</small></label>"
    ).format(
        person.key,
        Markup(" checked") if chosen else "",
        avatar_url(f"{app.platform.lower()}-{person.key}"),
        person.name,
        escape(person.trait),
        note,
    )
