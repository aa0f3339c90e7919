"""The product's connectors on the sandbox, without a network: what they send and read is judged as at the door."""

import json
import re
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from local import sandbox
from socials.models.parts import Part
from socials.models.readings import Identity, Portion, Post, Tokens
from socials.platforms.base import Answer, App, Code, Consent, InstanceOAuth, OAuth, Platform, Request, Session
from socials.platforms.explaining import verdict
from socials.platforms.guard import split_origin

CALLBACK = "http://127.0.0.1:3000/connections/callback"
VERIFIER = "v" * 64


class Wired:
    """A client of one platform at a `Stack`; `requests` is what was sent, `exchanges` with the answer to each."""

    def __init__(self, stack: Any, platform: Platform) -> None:
        self._stack, self._platform = stack, platform
        self._origins = sandbox.origins("http://localhost")
        self.requests: list[Request] = []
        self.exchanges: list[tuple[Request, Answer]] = []

    @property
    def now(self) -> datetime:
        at: datetime = self._stack.now
        return at

    def path(self, url: str) -> str:
        origin, rest = split_origin(url)
        return urlsplit(self._origins[str(origin)]).path + rest

    def call(self, request: Request) -> Answer:
        self.requests.append(request)
        headers = dict(request.headers)
        if request.bearer is not None:
            headers["Authorization"] = f"Bearer {request.bearer}"
        given: dict[str, Any] = {"data": dict(request.form)} if request.form is not None else {}
        given |= {"json": request.json} if request.json is not None else {}
        got = self._stack.client.open(
            self.path(request.url),
            method=request.method,
            query_string=list(request.query) or None,
            headers=headers,
            auth=request.basic,
            **given,
        )
        text = got.get_data(as_text=True)
        wanted = text.strip() and (request.expects_json or got.status_code >= 400)
        try:
            body, is_json = (json.loads(text) if wanted else None), True
        except ValueError:
            body, is_json = None, False
        named = {name.lower(): value for name, value in got.headers.items()}
        answer = Answer(status=got.status_code, headers=named, json=body, is_json=is_json, received_at=self.now)
        self.exchanges.append((request, answer))
        if (error := verdict(self._platform, request.call, answer)) is not None:
            raise error
        return answer

    # A person's way through

    def app(self) -> App:
        return App(**sandbox.app_credentials()[self._platform.slug])

    def consented(self, person: str, app: App, instance: str | None = None, **more: str) -> str:
        """The code that saying yes leads back with."""
        return self.answered(person, app, instance, **more)["code"]

    def answered(self, person: str, app: App, instance: str | None = None, **more: str) -> dict[str, str]:
        """What the consent page leads back with; `decision="deny"` says no."""
        connect = self._platform.connect
        assert isinstance(connect, OAuth | InstanceOAuth)
        consent = Consent(redirect_uri=CALLBACK, state="state", verifier=VERIFIER, instance=instance)
        page = self._stack.client.get(self.path(connect.authorize(app, consent)))
        assert page.status_code == 200, page.text
        action = re.findall(r'<form method="post" action="([^"]*)"', page.text)[0]
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text))
        back = self._stack.client.post(action, data={**hidden, "person": person, "decision": "allow", **more})
        assert back.status_code == 302, back.text
        return {name: values[0] for name, values in parse_qs(urlsplit(back.location).query).items()}

    def connect(self, person: str = "ada", without: tuple[str, ...] = (), **more: str) -> Tokens:
        """`without`: the scopes that the person unticks."""
        unticked = {f"without:{scope}": "yes" for scope in without}
        app = self.app()
        return self.exchange(self.consented(person, app, **unticked, **more), app)

    def exchange(self, code: str, app: App) -> Tokens:
        connect = self._platform.connect
        assert isinstance(connect, OAuth)
        return connect.exchange(self, app, Code(code=code, redirect_uri=CALLBACK, verifier=VERIFIER))

    def identities(self, tokens: Tokens) -> tuple[Identity, ...]:
        return self._platform.identify(self, tokens)

    def session(self, tokens: Tokens, which: int = 0, known_through: date | None = None) -> Session:
        identity = self.identities(tokens)[which]
        return Session(
            tokens=tokens,
            platform_account_id=identity.platform_account_id,
            username=identity.username,
            today=self.now.astimezone(ZoneInfo(self._platform.facts.day_zone)).date(),
            days_known_through=known_through,
        )

    def read(self, part: Part, session: Session, most: int = 1_000) -> list[Portion]:
        """All steps of a part."""
        portions, cursor = [], None
        while len(portions) < most:
            portions.append(self._platform.parts[part](self, session, cursor))
            cursor = portions[-1].cursor
            if cursor is None:
                return portions
        raise AssertionError(f"{part} does not end")

    def posts(self, session: Session) -> dict[str, Post]:
        return {post.post_id: post for portion in self.read(Part.POSTS, session) for post in portion.posts}
