"""A platform that speaks JSON like a real one, and the truth behind it: who is alive there, and what the numbers are.

Its mapping reads answers as every connector does, so that a spoiled answer is spoiled on the way a real one would be.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from socials.clock import iso
from socials.errors import AccessRefused, NotOffered, PlatformError, ReconnectNeeded
from socials.models.parts import Part
from socials.models.readings import Day, Identity, Metrics, Portion, Post, ProfileReading, Tokens
from socials.platforms.base import Answer, App, Client, Code, Consent, Heard, Notice, OAuth, Platform, Request, Session
from socials.platforms.explaining import explained, limited
from socials.platforms.facts import Facts, RevocationHelp
from socials.platforms.untrusted import body_of, count, day, items_of, moment, next_cursor, text, token, unreadable
from tests.support.changing import replace

URL = "https://weather.example/"
ACCESS_LIVES = timedelta(hours=1)
PAGES = 3
POSTS_A_PAGE = 3

_FACTS = Facts(
    slug="weather",
    name="Weather",
    connect="oauth",
    metrics=frozenset({"followers", "impressions", "likes"}),
    revokes="token",
    revocation=RevocationHelp(url=URL + "settings", steps=("Open settings.",), checked_on="2026-11-22"),
    needed_scopes=("read",),
    publish_scopes=("write",),
)


def weathered(slug: str, revokes: Literal["token", "person"]) -> Platform:
    return Platform(
        facts=replace(_FACTS, slug=slug, revokes=revokes),
        connect=OAuth(_authorize, _exchange),
        identify=_identify,
        refresh=_refresh,
        revoke=_revoke,
        parts={Part.PROFILE: _profile, Part.INSIGHTS: _insights, Part.POSTS: _posts},
        explain=_explain,
        hear=_hear,
    )


def _ask(client: Client, call: str, **more: Any) -> Mapping[str, Any]:
    return body_of(client.call(Request(call=call, method="POST", url=URL + call, **more)))


def _authorize(app: App, consent: Consent) -> str:
    return f"{URL}consent?state={consent.state}&client_id={app.client_id}"


def _exchange(client: Client, app: App, code: Code) -> Tokens:
    tokens = _tokens(_ask(client, "exchange", form={"code": code.code}), client.now)
    if not tokens.access or not tokens.refresh:
        raise unreadable()
    return tokens


def _refresh(client: Client, app: App | None, tokens: Tokens) -> Tokens:
    return _tokens(_ask(client, "refresh", form={"refresh_token": tokens.refresh or ""}), client.now)


def _tokens(body: Mapping[str, Any], now: datetime) -> Tokens:
    seconds, person = count(body.get("expires_in")), text(body.get("person"))
    return Tokens(
        access=token(body.get("access")) or "",
        refresh=token(body.get("refresh")),
        access_expires_at=now + timedelta(seconds=seconds) if seconds is not None else None,
        scopes=tuple((text(body.get("scope")) or "").split()),
        extra={"person": person} if person else {},
    )


def _revoke(client: Client, app: App | None, tokens: Tokens) -> None:
    client.call(Request(call="revoke", method="POST", url=URL, form={"token": tokens.access}, expects_json=False))


def _identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    body = _ask(client, "identify", bearer=tokens.access)
    found = tuple(_identity(item) for item in items_of(body, "accounts", 10))
    if not found:
        raise unreadable()
    return found


def _identity(item: Mapping[str, Any]) -> Identity:
    name, known_as = text(item.get("id")), text(item.get("name"))
    if not name or not known_as:
        raise unreadable()
    return Identity(platform_account_id=name, username=known_as, display_name=known_as)


def _profile(client: Client, session: Session, cursor: str | None) -> Portion:
    body = _step(client, session, "profile")
    identity = _identity(body)
    return Portion(profile=ProfileReading(identity=identity, followers=count(body.get("followers"))))


def _insights(client: Client, session: Session, cursor: str | None) -> Portion:
    body = _step(client, session, "insights")
    days = []
    for item in items_of(body, "days", 100):
        if (which := day(item.get("date"))) is not None:
            metrics = Metrics(impressions=count(item.get("impressions")))
            days.append(Day(date=which, metrics=metrics, provisional=not item.get("final")))
    return Portion(days=tuple(days))


def _posts(client: Client, session: Session, cursor: str | None) -> Portion:
    body = _step(client, session, "posts", cursor or "")
    posts = []
    for item in items_of(body, "posts", 100):
        name, at = text(item.get("id")), moment(item.get("at"))
        if name and at:
            likes = Metrics(likes=count(item.get("likes")))
            posts.append(Post(post_id=name, published_at=at, permalink=f"{URL}p/{name}", metrics=likes))
    return Portion(posts=tuple(posts), cursor=next_cursor(body.get("next"), cursor))


def _hear(app: App, notice: Notice) -> Heard:
    return Heard(notice.body, notice.received_at)


def _step(client: Client, session: Session, call: str, cursor: str = "") -> Mapping[str, Any]:
    query = (("id", session.platform_account_id), ("cursor", cursor))
    return _ask(client, call, query=query, bearer=session.tokens.access)


def _explain(call: str, answer: Answer) -> PlatformError | None:
    code = answer.json.get("error") if isinstance(answer.json, dict) else None
    if answer.status == 429 and code == "app":
        return limited(answer, scope="app")
    if (answer.status == 400 and code == "invalid_grant") or (answer.status == 401 and code == "token_revoked"):
        return explained(ReconnectNeeded, answer, "The platform no longer accepts our access.")
    if answer.status == 401 and code == "invalid_token":
        return explained(AccessRefused, answer, "The platform did not accept the access token.")
    if answer.status == 403 and code == "missing_scope":
        needed = call == "profile"
        message = "A permission is missing."
        if needed:
            return explained(ReconnectNeeded, answer, message, code="scope_missing")
        return explained(NotOffered, answer, message)
    return None


@dataclass
class Chain:
    """The tokens of one consent, as the platform knows them. `lost`: an answer of a refresh never reached the vault and
    nobody could save it. `lied`: the platform said that it was dead, and it was not."""

    name: str
    slug: str
    person: str
    until: datetime
    number: int = 1
    revoked: bool = False
    lost: bool = False
    lied: bool = False

    @property
    def dead(self) -> bool:
        return self.revoked or self.lost


class Server:
    """What the platform truly is. Refresh tokens work once, the pair before is dead at once."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.chains: dict[str, Chain] = {}
        self.began = clock()
        self.identities: dict[str, tuple[str, ...]] = {}

    def chain_of(self, value: str | None) -> Chain | None:
        return self.chains.get((value or "").partition(".")[0])

    def answer(self, request: Request) -> tuple[int, Any]:
        """Status and body of a platform on a good day."""
        form = dict(request.form or {})
        if request.call == "exchange":
            return self._exchanged(form["code"])
        if request.call == "refresh":
            return self._refreshed(form["refresh_token"])
        if request.call == "revoke":
            return self._revoked(form["token"])
        chain = self.chain_of(request.bearer)
        if chain is None or chain.revoked or request.bearer != f"{chain.name}.{chain.number}.a":
            return 401, {"error": "invalid_token"}
        if chain.until <= self._clock():
            return 401, {"error": "invalid_token"}
        return 200, self._told(request, chain)

    def _exchanged(self, code: str) -> tuple[int, Any]:
        slug, _, person = code.partition(":")
        name = f"c{len(self.chains)}"
        self.chains[name] = Chain(name, slug, person, self._clock() + ACCESS_LIVES)
        return 200, self._pair(self.chains[name])

    def _refreshed(self, refresh: str) -> tuple[int, Any]:
        chain = self.chain_of(refresh)
        if chain is None or chain.revoked or refresh != f"{chain.name}.{chain.number}.r":
            return 400, {"error": "invalid_grant"}
        chain.number += 1
        chain.until = self._clock() + ACCESS_LIVES
        return 200, self._pair(chain)

    def _revoked(self, access: str) -> tuple[int, Any]:
        chain = self.chain_of(access)
        if chain is None or access != f"{chain.name}.{chain.number}.a":
            return 401, {"error": "invalid_token"}
        for each in self.cut_off_with(chain):
            each.revoked = True
        return 200, {}

    def cut_off_with(self, chain: Chain) -> list[Chain]:
        """Whom a revoke of this chain ends."""
        if chain.slug != "whole":
            return [chain]
        return [each for each in self.chains.values() if (each.slug, each.person) == (chain.slug, chain.person)]

    def removed(self, slug: str, person: str) -> None:
        """The person takes our whole access away."""
        for each in self.chains.values():
            if (each.slug, each.person) == (slug, person):
                each.revoked = True

    def _pair(self, chain: Chain) -> dict[str, Any]:
        start = f"{chain.name}.{chain.number}"
        seconds = int(ACCESS_LIVES.total_seconds())
        pair = {"access": f"{start}.a", "refresh": f"{start}.r", "expires_in": seconds, "scope": "read write"}
        return {**pair, "person": chain.person}

    def _told(self, request: Request, chain: Chain) -> Any:
        query = dict(request.query)
        age = (self._clock() - self.began).days + 1
        if request.call == "identify":
            return {"accounts": [{"id": name, "name": f"@{name}"} for name in self.identities[chain.person]]}
        if request.call == "profile":
            return {"id": query["id"], "name": f"@{query['id']}", "followers": 100 + age}
        today = self._clock().date()
        if request.call == "insights":
            days = [today - timedelta(days=n) for n in range(4)]
            return {"days": [{"date": d.isoformat(), "impressions": 10 + d.day, "final": d < today} for d in days]}
        page = int(query["cursor"] or 0)
        numbers = range(page * POSTS_A_PAGE, (page + 1) * POSTS_A_PAGE)
        posts = [
            {"id": f"p{n}", "at": iso(self.began - timedelta(days=n % 5, hours=n)), "likes": 1 + n + age}
            for n in numbers
        ]
        return {"posts": posts, "next": str(page + 1) if page + 1 < PAGES else None}
