"""The platform protocol: a platform is a value made of facts and mappings, nothing else.

What a platform does not offer is absent from its value (no entry in `parts`, `revoke=None`), never a method that fails.
Mappings get a `Client` (the one door to the network, bound to the platform) and never import a network library.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

from msgspec import Struct, field

from socials.errors import PlatformError
from socials.models.parts import Part
from socials.models.readings import Identity, Portion, Tokens
from socials.platforms.facts import Facts
from socials.values import Discreet

Json = Any
Query = Sequence[tuple[str, str]]


class Request(Discreet, frozen=True, kw_only=True):
    """One call to a platform. `call` names it for errors, logs and budgets (`profile`, `posts`, `refresh`, …).

    `guarded`: a person typed the host, so it passes the host guard. `expects_json` False: the body is not read as JSON.
    `seconds`: for the whole call, where that is less than the door gives every call.
    """

    shown = ("call", "method", "url", "guarded", "expects_json", "seconds")
    call: str
    method: Literal["GET", "POST", "DELETE"]
    url: str
    query: Query = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    json: Json | None = None
    bearer: str | None = None
    basic: tuple[str, str] | None = None
    guarded: bool = False
    expects_json: bool = True
    seconds: float | None = None


class Answer(Discreet, frozen=True, kw_only=True):
    """What came back. Header names are lower case. `json` None: an empty body, or none was expected; `is_json` False:
    a body was there and did not parse."""

    shown = ("status", "is_json", "received_at")
    status: int
    headers: Mapping[str, str]
    json: Json | None = None
    is_json: bool = True
    received_at: datetime


class Client(Protocol):
    """The one door to the network, bound to one platform and one lease."""

    @property
    def now(self) -> datetime: ...

    def call(self, request: Request) -> Answer:
        """Make the call. Every answer passes the platform's `explain`; what that returns is raised.

        Raises RetryLater for timeouts, resets, DNS, oversized or unreadable bodies; PlatformError by `explain`;
        Fenced where the caller's lease ended.
        """
        ...


class App(Discreet, frozen=True):
    """Our registration with a platform."""

    shown = ("client_id",)
    client_id: str
    client_secret: str


class Consent(Discreet, frozen=True, kw_only=True):
    """What an authorize address is made of. `verifier`: for PKCE, where the platform takes it. `instance`: the host
    that a person named, where the platform has many."""

    shown = ("redirect_uri", "reconnect", "instance")
    redirect_uri: str
    state: str
    verifier: str
    reconnect: bool = False
    instance: str | None = None


class Code(Discreet, frozen=True, kw_only=True):
    """What a callback brought, to be exchanged for tokens."""

    shown = ("redirect_uri", "instance")
    code: str
    redirect_uri: str
    verifier: str
    instance: str | None = None


class Login(Discreet, frozen=True, kw_only=True):
    """What a person typed into the app password form."""

    shown = ("identifier", "service")
    identifier: str
    password: str
    service: str | None = None


class Session(Discreet, frozen=True, kw_only=True):
    """Whom a step acts for. `today` in the platform's day zone; `days_known_through`: the last final day we hold."""

    shown = ("platform_account_id", "username", "today", "days_known_through")
    tokens: Tokens
    platform_account_id: str
    username: str
    today: date
    days_known_through: date | None = None

    def first_day(self, back: int, again: int) -> date:
        """The first day to read: `back` days ago at first, then the day after the last final one; the newest `again`
        days in any case, whose numbers may still change."""
        earliest = self.today - timedelta(days=back)
        if self.days_known_through is None:
            return earliest
        return max(earliest, min(self.days_known_through + timedelta(days=1), self.today - timedelta(days=again)))


class Notice(Discreet, frozen=True, kw_only=True):
    """A callback as it came. Header names are lower case."""

    shown = ("received_at",)
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime


class Heard(Struct, frozen=True):
    """What a signed callback tells: whom it is about ('' for nobody), and when they did it, or the platform in their
    place (`by_person` False: it banned them, say).

    A platform repeats what we missed, so `at` is the time that it signed; when it came in only where it signs none.
    """

    person: str
    at: datetime
    by_person: bool = True


class OAuth(Struct, frozen=True):
    """Connecting by a consent page."""

    authorize: Callable[[App, Consent], str]
    exchange: Callable[[Client, App, Code], Tokens]


class InstanceOAuth(Struct, frozen=True):
    """Connecting by the consent page of a host that a person names.

    `find`: the API host (lower case, IDNA) for what the person typed. Raises Invalid (field `instance`).
    `register`: our registration there, made once a host and kept (in the vault, never in the table).
    The tokens of `exchange` carry the host as extra `instance`.
    """

    find: Callable[[Client, str], str]
    register: Callable[[Client, str, str], App]
    authorize: Callable[[App, Consent], str]
    exchange: Callable[[Client, App, Code], Tokens]


class AppPassword(Struct, frozen=True):
    """Connecting by an app password. `log_in` raises Refused `credentials_refused` or `main_password_refused`."""

    log_in: Callable[[Client, Login], Tokens]


Step = Callable[[Client, Session, str | None], Portion]


class Platform(Struct, frozen=True, kw_only=True):
    """One platform.

    `identify`: the identities that a grant acts for, at least one (Refused otherwise).
    `refresh` None: tokens that cannot be renewed. It returns the whole new set; what the platform left blank is kept.
    `revoke` None: the platform offers none for our tokens.
    `parts`: a step of each part that the platform offers; called again with the Portion's cursor until that is None.
    `hear`: whom a signed callback of the platform is about, and of when; None where it has none.
    `explain`: pure; the error that an answer of `call` means, None where it is good.
    """

    facts: Facts
    connect: OAuth | InstanceOAuth | AppPassword
    identify: Callable[[Client, Tokens], tuple[Identity, ...]]
    refresh: Callable[[Client, App | None, Tokens], Tokens] | None
    revoke: Callable[[Client, App | None, Tokens], None] | None
    parts: Mapping[Part, Step]
    explain: Callable[[str, Answer], PlatformError | None]
    hear: Callable[[App, Notice], Heard] | None = None

    @property
    def slug(self) -> str:
        return self.facts.slug
