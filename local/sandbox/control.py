"""The sandbox's own calls under `/_sandbox/`: bad days, people, the record of calls, limits, and a page about them."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request
from markupsafe import Markup

from local.sandbox import pages, people
from local.sandbox.faults import Malformed
from local.sandbox.opened import Opened
from local.sandbox.people import Person
from local.sandbox.state import Sandbox


def create_blueprint(sandbox: Sandbox, platforms: Sequence[Opened]) -> Blueprint:
    blueprint = Blueprint("control", __name__)
    control = _Control(sandbox, {platform.slug: platform for platform in platforms})

    def route(path: str, view: Callable[..., Response], method: str = "GET") -> None:
        def locked(**arguments: str) -> Response:
            with sandbox.lock:
                try:
                    return view(**arguments)
                except Malformed as wrong:
                    return _json({"errors": [{"field": wrong.field, "detail": wrong.detail}]}, 422)

        blueprint.add_url_rule(path, f"{method} {path}".replace(".", "_"), locked, methods=[method])

    route("/", control.index)
    route("/faults", control.add_fault, "POST")
    route("/faults", control.faults)
    route("/faults", control.clear_faults, "DELETE")
    route("/people", control.people)
    route("/people/<platform>/<person>", control.person)
    route("/people/<platform>/<person>/revoke", control.revoke, "POST")
    route("/calls", control.calls)
    route("/calls", control.clear_calls, "DELETE")
    route("/limits", control.set_limits, "POST")
    route("/limits", control.clear_limits, "DELETE")
    return blueprint


class _Control:
    def __init__(self, sandbox: Sandbox, platforms: Mapping[str, Opened]) -> None:
        self._sandbox, self._platforms = sandbox, platforms

    def add_fault(self) -> Response:
        grounds = {slug: platform.ground for slug, platform in self._platforms.items()}
        fault = self._sandbox.faults.add(_body(), grounds, lambda key: people.find(key) is not None)
        return _json({"id": fault.id}, 201)

    def faults(self) -> Response:
        return _json({"faults": self._sandbox.faults.listed()})

    def clear_faults(self) -> Response:
        self._sandbox.faults.clear()
        return Response(status=204)

    def people(self) -> Response:
        rows = [
            self._described(platform, person) for platform in self._platforms.values() for person in people.listed()
        ]
        return _json({"people": rows})

    def person(self, platform: str, person: str) -> Response:
        return _json(self._described(*self._found(platform, person)))

    def revoke(self, platform: str, person: str) -> Response:
        opened, somebody = self._found(platform, person)
        return _json({"platform": platform, "person": person, **opened.revoke(somebody)})

    def calls(self) -> Response:
        wanted = {name: request.args.get(name) for name in ("platform", "person", "call")}
        if wanted["platform"] is not None:
            self._platform(wanted["platform"])
        return _json({"calls": self._sandbox.calls.listed(**wanted)})

    def clear_calls(self) -> Response:
        self._sandbox.calls.clear()
        return Response(status=204)

    def set_limits(self) -> Response:
        enforced = _body().get("enforced")
        if not isinstance(enforced, bool):
            raise Malformed("enforced", "true or false")
        self._sandbox.limits.enforced = enforced
        return _json({"enforced": enforced})

    def clear_limits(self) -> Response:
        self._sandbox.limits.clear()
        return Response(status=204)

    def index(self) -> Response:
        rows = Markup("").join(self._row(platform) for platform in self._platforms.values())
        kinds = Markup("").join(_kinds(platform) for platform in self._platforms.values())
        here = request.base_url.rstrip("/")
        body = Markup(
            "<h2>People</h2><table><tr><th>Platform<th>Person<th>Name<th>Log in with<th>Trait</tr>{}</table>"
            "<p><code>whale</code> (10,000 posts), <code>otto</code> (a Bluesky server of his own) and "
            "<code>crowd-1</code>, <code>crowd-2</code>, … are there too, by name only.</p>"
            "<h2>Bad days</h2><pre>{}</pre>{}"
        ).format(rows, _EXAMPLES.replace("HERE", here), kinds)
        return Response(pages.page("Sandbox", body), content_type="text/html; charset=utf-8")

    def _row(self, platform: Opened) -> Markup:
        return Markup("").join(
            Markup("<tr><td>{}<td><code>{}</code><td><bdi>{}</bdi><td>{}<td>{}</tr>").format(
                platform.name, person.key, person.name, _login(platform.describe(person)), person.trait
            )
            for person in people.listed()
        )

    def _described(self, platform: Opened, person: Person) -> dict[str, Any]:
        about = {"platform": platform.slug, "person": person.key, "name": person.name, "trait": person.trait}
        return {**about, **platform.describe(person)}

    def _found(self, platform: str, person: str) -> tuple[Opened, Person]:
        opened = self._platform(platform)
        somebody = people.find(person)
        if somebody is None:
            raise Malformed("person", "is nobody in the sandbox")
        return opened, somebody

    def _platform(self, slug: str) -> Opened:
        if slug not in self._platforms:
            raise Malformed("platform", f"one of {', '.join(self._platforms)}")
        return self._platforms[slug]


def _body() -> Mapping[str, Any]:
    body = request.get_json(silent=True, force=True)
    if not isinstance(body, dict):
        raise Malformed("body", "a JSON object")
    return body


def _json(value: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), status, content_type="application/json")


def _login(about: Mapping[str, Any]) -> Markup:
    shown = [str(about[name]) for name in ("handle", "username", "app_password") if name in about]
    return Markup(" · ").join(Markup("<code>{}</code>").format(text) for text in shown)


def _kinds(platform: Opened) -> Markup:
    rows = Markup("").join(
        Markup("<tr><td><code>{}</code><td>{}</tr>").format(kind, meaning)
        for kind, meaning in platform.ground.kinds.items()
    )
    calls = ", ".join(platform.ground.calls)
    return Markup("<h3>{}</h3><p>Calls: {}</p><table>{}</table>").format(platform.name, calls, rows)


_EXAMPLES = """\
curl -X POST HERE/faults -d '{"platform": "pinterest", "kind": "429", "retry_after": 30}'
curl -X POST HERE/faults -d '{"platform": "bluesky", "person": "ada", "call": "getProfile", "kind": "lost"}'
curl HERE/faults
curl -X DELETE HERE/faults
curl -X POST HERE/people/pinterest/ada/revoke
curl HERE/people
curl 'HERE/calls?platform=bluesky&person=ada'
curl -X DELETE HERE/calls
curl -X POST HERE/limits -d '{"enforced": false}'"""
