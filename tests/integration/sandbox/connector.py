"""A connector of the product in front of the sandbox: the door's place is taken by Flask's test client."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from local import sandbox
from socials.models.readings import Identity, Part, Portion, Post, Tokens
from socials.platforms.base import Answer, App, Code, Consent, OAuth, Platform, Request, Session
from socials.platforms.explaining import verdict

CALLBACK = "http://127.0.0.1:3000/connections/callback"


class Connector:
    """`platform` against the sandbox of `stack`. `requests`: all that were made, with their answers."""

    def __init__(self, stack: Any, platform: Platform) -> None:
        self.stack, self.platform = stack, platform
        self.requests: list[tuple[Request, Answer]] = []
        credentials = sandbox.app_credentials()[platform.slug]
        self.app = App(credentials["client_id"], credentials["client_secret"])

    # The Client of the protocol

    @property
    def now(self) -> datetime:
        return self.stack.now

    def call(self, request: Request) -> Answer:
        response = self.stack.client.open(
            _inside(request.url),
            method=request.method,
            query_string=list(request.query),
            data=request.form,
            headers={**request.headers, **({"Authorization": f"Bearer {request.bearer}"} if request.bearer else {})},
        )
        answer = Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            json=response.json if response.is_json and response.data else None,
            received_at=self.stack.now,
        )
        self.requests.append((request, answer))
        if (error := verdict(self.platform, request.call, answer)) is not None:
            raise error
        return answer

    # What a person and the product do

    def consented(self, person: str = "ada", without: tuple[str, ...] = (), decision: str = "allow") -> dict[str, str]:
        """What the callback brings."""
        assert isinstance(self.platform.connect, OAuth)
        consent = Consent(redirect_uri=CALLBACK, state="a&state=1", verifier="v" * 43)
        address = urlsplit(self.platform.connect.authorize(self.app, consent))
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        form = asked | {"person": person, "decision": decision} | {f"without:{scope}": "yes" for scope in without}
        answer = self.stack.client.post(_inside(f"{address.scheme}://{address.netloc}{address.path}"), data=form)
        assert answer.status_code == 302, answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}

    def connect(self, person: str = "ada", without: tuple[str, ...] = ()) -> Tokens:
        assert isinstance(self.platform.connect, OAuth)
        code = Code(code=self.consented(person, without)["code"], redirect_uri=CALLBACK, verifier="v" * 43)
        return self.platform.connect.exchange(self, self.app, code)

    def identities(self, tokens: Tokens) -> tuple[Identity, ...]:
        return self.platform.identify(self, tokens)

    def session(self, tokens: Tokens, which: int = 0, known_through: date | None = None) -> Session:
        identity = self.identities(tokens)[which]
        return Session(
            tokens=tokens,
            platform_account_id=identity.platform_account_id,
            username=identity.username,
            today=self.stack.now.astimezone(ZoneInfo(self.platform.facts.day_zone)).date(),
            days_known_through=known_through,
        )

    def steps(self, part: Part, session: Session, most: int = 300) -> list[Portion]:
        """The part to its end."""
        portions, cursor = [], None
        for _ in range(most):
            portions.append(self.platform.parts[part](self, session, cursor))
            cursor = portions[-1].cursor
            if cursor is None:
                return portions
        raise AssertionError("the part does not end")

    def posts(self, session: Session) -> Mapping[str, Post]:
        return {post.post_id: post for portion in self.steps(Part.POSTS, session) for post in portion.posts}


def _inside(url: str) -> str:
    """The path within the sandbox that stands for a real address."""
    parts = urlsplit(url)
    return f"{sandbox.origins('')[f'{parts.scheme}://{parts.netloc}']}{parts.path}"
