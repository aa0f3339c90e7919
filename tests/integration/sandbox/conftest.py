"""A sandbox behind Flask's test client, with a clock and naps of the test's own."""

import base64
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

flask = pytest.importorskip("flask", reason="the sandbox is served by Flask")

from local import sandbox  # noqa: E402

OPENED = datetime(2026, 11, 22, 20, 45, tzinfo=UTC)
CALLBACK = "http://127.0.0.1:3000/connections/callback"
NEEDED = "user_accounts:read,pins:read,boards:read"


class Stack:
    """The sandbox as a program sees it; `now` is moved by hand, `naps` are the seconds it would have waited."""

    def __init__(self) -> None:
        self.now = OPENED
        self.naps: list[float] = []
        app = flask.Flask("sandbox")
        app.testing = True
        app.register_blueprint(sandbox.create_blueprint(lambda: self.now, self.naps.append), url_prefix="/_sandbox")
        self.client = app.test_client()

    def later(self, **of: float) -> None:
        self.now += timedelta(**of)

    def get(self, path: str, token: str | None = None, **query: Any) -> Any:
        return self.client.get(f"/_sandbox{path}", query_string=query, headers=_bearer(token))

    def post(self, path: str, token: str | None = None, **given: Any) -> Any:
        return self.client.post(f"/_sandbox{path}", headers=_bearer(token), **given)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/_sandbox{path}")

    def fault(self, platform: str, kind: str, **more: Any) -> Any:
        return self.post("/faults", json={"platform": platform, "kind": kind, **more})

    def calls(self, **wanted: str) -> list[Mapping[str, Any]]:
        return list(self.get("/calls", **wanted).json["calls"])


class PinterestClient:
    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    @staticmethod
    def question(**changed: str) -> dict[str, str]:
        client_id = sandbox.app_credentials()["pinterest"]["client_id"]
        asked = {"client_id": client_id, "redirect_uri": CALLBACK, "response_type": "code", "scope": NEEDED}
        return asked | {"state": "a&state=1"} | changed

    def page(self, **changed: str) -> Any:
        return self.stack.get("/pinterest/www/oauth/", **self.question(**changed))

    def answer(self, person: str = "ada", decision: str = "allow", **changed: str) -> Any:
        form = self.question(**changed) | {"person": person, "decision": decision}
        return self.stack.post("/pinterest/www/oauth/", data=form)

    def code(self, person: str = "ada", **changed: str) -> str:
        return parse_qs(urlsplit(self.answer(person, **changed).location).query)["code"][0]

    def token(self, headers: Mapping[str, str] | None = None, **form: str) -> Any:
        app = sandbox.app_credentials()["pinterest"]
        basic = base64.b64encode(f"{app['client_id']}:{app['client_secret']}".encode()).decode()
        sent = {"Authorization": f"Basic {basic}"} if headers is None else headers
        return self.stack.client.post("/_sandbox/pinterest/api/v5/oauth/token", data=form, headers=sent)

    def exchange(self, code: str, **changed: str) -> Any:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "continuous_refresh": "true",
        }
        return self.token(**form | changed)

    def refresh(self, token: str, **more: str) -> Any:
        return self.token(grant_type="refresh_token", refresh_token=token, **more)

    def connect(self, person: str = "ada", **changed: str) -> dict[str, Any]:
        answer = self.exchange(self.code(person, **changed))
        assert answer.status_code == 200
        return dict(answer.json)

    def get(self, path: str, token: str | None, **query: Any) -> Any:
        return self.stack.get(f"/pinterest/api/v5/{path}", token, **query)


class BlueskyClient:
    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def create(self, identifier: str = "ada.test", password: str | None = None, at: str = "social", **more: str) -> Any:
        if password is None:
            password = self.stack.get(f"/people/bluesky/{identifier.split('.', maxsplit=1)[0]}").json["app_password"]
        body = {"identifier": identifier, "password": password, **more}
        return self.stack.post(f"/bluesky/{at}/xrpc/com.atproto.server.createSession", None, json=body)

    def session(self, identifier: str = "ada.test") -> dict[str, Any]:
        answer = self.create(identifier)
        assert answer.status_code == 200
        return dict(answer.json)

    def call(self, nsid: str, token: str | None = None, **given: Any) -> Any:
        return self.stack.post(f"/bluesky/social/xrpc/{nsid}", token, **given)

    def refresh(self, token: str | None, **given: Any) -> Any:
        return self.call("com.atproto.server.refreshSession", token, **given)

    def get(self, nsid: str, token: str | None = None, host: str = "social", **query: Any) -> Any:
        return self.stack.get(f"/bluesky/{host}/xrpc/{nsid}", token, **query)

    def public(self, nsid: str, **query: Any) -> Any:
        return self.get(nsid, host="public", **query)


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


@pytest.fixture
def stack() -> Stack:
    return Stack()


@pytest.fixture
def pinterest(stack: Stack) -> PinterestClient:
    return PinterestClient(stack)


@pytest.fixture
def bluesky(stack: Stack) -> BlueskyClient:
    return BlueskyClient(stack)


@pytest.fixture(scope="session")
def specs() -> Path:
    """The platforms' own descriptions, kept beside the repository."""
    beside = Path(__file__).resolve().parents[4] / "shared"
    found = Path(os.environ.get("SHARED_DIR") or beside) / "specs"
    if not found.is_dir():
        pytest.skip(f"the official descriptions are not beside this repository: {found.name}/ is absent")
    return found


@pytest.fixture(scope="session")
def pinterest_spec(specs: Path) -> dict[str, Any]:
    return dict(json.loads((specs / "pinterest-openapi-v5.23.0-subset.json").read_text()))


@pytest.fixture(scope="session")
def lexicons(specs: Path) -> dict[str, Any]:
    files = (specs / "bluesky-lexicons").glob("*.json")
    return {document["id"]: document["defs"] for document in (json.loads(file.read_text()) for file in files)}
