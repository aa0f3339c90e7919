"""What an answer of a platform does to an account: one table, held for every platform and each of its calls.

The run goes through the whole engine; its answers come from the payload files, but for the one call that is spoiled.
Only proof breaks a connection: a lone refusal of an access token is none where a renewal still works.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from socials.errors import AccessRefused, ReconnectNeeded, RetryLater
from socials.models.accounts import Account
from socials.models.lives import LifeKey
from socials.models.parts import Part
from socials.models.runs import RunState
from socials.models.wakeups import Wakeup
from socials.platforms import every_platform
from socials.platforms.base import Answer, App, Client, Platform, Request
from socials.ports import Lease
from socials.status import Action, Status, status_of
from socials.timing import MAX_ATTEMPTS, PLATFORM_CALL_SECONDS
from tests.support.builders import a_grant, an_account
from tests.support.changing import replace
from tests.support.world import World
from tests.unit.platforms.scripted import NOW, Scripted, answer
from tests.unit.platforms.test_every_platform import replies, signed_in


@dataclass(frozen=True)
class Cause:
    """What the call gets, and what becomes of it: the run waits, or its part fails (and others go on)."""

    name: str
    reply: Answer | Exception
    outcome: str


def door(code: str) -> RetryLater:
    """As the door says that no answer came; that it does is tested at the door, byte by byte."""
    return RetryLater("The platform did not answer.", code=code)


CAUSES = (
    Cause("429 with seconds", answer(429, {}, retry_after="600"), "waits"),
    Cause("429 with a date", answer(429, {}, retry_after="Sun, 22 Nov 2026 20:55:00 GMT"), "waits"),
    Cause("429 with a reset", answer(429, {}, x_ratelimit_reset="600"), "waits"),
    Cause("429 without a time", answer(429, {}), "waits"),
    Cause("500", answer(500, {}), "waits"),
    Cause("502 with a page", answer(502, None, False), "waits"),
    Cause("503 with a time", answer(503, {}, retry_after="600"), "waits"),
    Cause("timeout", door("timeout"), "waits"),
    Cause("an endless slow body", door("timeout"), "waits"),
    Cause("reset", door("connection_failed"), "waits"),
    Cause("DNS", door("dns_failed"), "waits"),
    Cause("TLS", door("tls_failed"), "waits"),
    Cause("truncated", door("unreadable_answer"), "waits"),
    Cause("wrong content type", door("unreadable_answer"), "waits"),
    Cause("10 GB", door("body_too_large"), "waits"),
    Cause("a redirect", answer(302, None), "fails"),
    Cause("404", answer(404, {}), "fails"),
    Cause("an unknown 400", answer(400, {}), "fails"),
)
MATRIX = [
    pytest.param(one, call, cause, id=f"{one.slug}-{call}-{cause.name}")
    for one in every_platform()
    for call in (*one.parts, *(["refresh"] if one.refresh else []))
    for cause in CAUSES
]


def the_last(page: Answer) -> Answer:
    """The same page of a list, where it promises a next one, as the end of it."""
    paging = page.json.get("paging") if isinstance(page.json, dict) else None
    if not isinstance(paging, dict):
        return page
    return replace(page, json={**page.json, "paging": {name: at for name, at in paging.items() if name != "next"}})  # type: ignore[dict-item]


class Answering:
    """Doors to payload files; one call is spoiled. What came, in order, is in `calls`."""

    def __init__(self, world: World, one: Platform, spoiled: str, reply: Any) -> None:
        good: dict[str, Any] = {call: replace(each, received_at=NOW) for call, each in replies(one).items()}
        good["posts"] = [good["posts"], the_last(good["posts"])]
        self._scripted = Scripted(one, **{**good, spoiled: reply})
        self._world = world
        self.calls: list[str] = []

    def open(self, platform: Platform, lease: Lease | None) -> Client:
        return _Leased(self, self._scripted, lease)  # type: ignore[return-value]

    def public_url(self, url: str) -> str:
        return url


@dataclass
class _Leased:
    doors: Answering
    client: Scripted
    lease: Lease | None

    @property
    def now(self) -> Any:
        return NOW

    def call(self, request: Request) -> Answer:
        if self.lease is not None:
            self.lease.cover(PLATFORM_CALL_SECONDS)
        self.doors.calls.append(request.call)
        return self.client.call(request)


def synced(world: World, one: Platform, call: str, reply: Any) -> tuple[Account, Answering]:
    """A connected account, synced well an hour ago, after one more run."""
    tokens, identity = signed_in(one)
    if call == "refresh":
        tokens = replace(tokens, access_expires_at=NOW + timedelta(seconds=1))
    account = an_account(
        platform=one.slug,
        platform_account_id=identity.platform_account_id,
        username=identity.username,
        scopes=tokens.scopes,
        last_synced_at=NOW - timedelta(hours=1),
        wake_at=NOW,
    )
    world.rows.put_account(account)
    world.rows.put_grant(a_grant(account))
    world.ports.secrets.create(account.user, account.grant_id, tokens)
    world.ports.registrations.apps[one.slug] = App("client", "secret")
    doors = Answering(world, one, call, reply)
    syncing = replace(world.syncing, doors=doors, refreshing=replace(world.refreshing, doors=doors))
    wakeup = Wakeup(account.user, "account", account.account_id, account.life)
    syncing.run(wakeup, "worker", lambda: 100, world.budgets())
    return world.of(account), doors


@pytest.mark.parametrize(("one", "call", "cause"), MATRIX)
def test_only_proof_breaks_a_connection(world: World, one: Platform, call: str, cause: Cause) -> None:
    account, doors = synced(world, one, call, cause.reply)
    if call not in doors.calls:
        pytest.skip("this platform's run does not make that call by that name")

    status, reason = status_of(account, NOW)
    assert status is Status.CONNECTED
    assert account.broken is None
    if cause.outcome == "waits":
        assert reason.action is Action.WAIT and reason.next_attempt_at is not None
        assert reason.next_attempt_at > NOW
        assert account.run is not None and account.run.state is RunState.WAITING
        assert account.attempts <= MAX_ATTEMPTS
        if cause.name in ("429 with seconds", "429 with a date", "503 with a time"):
            assert account.wait is not None and account.wait.until >= NOW + timedelta(minutes=10)
    else:
        life = LifeKey(account.user, account.account_id, account.life)
        (run,) = world.rows.life(life).runs.values()
        assert run.state in (RunState.PARTIAL, RunState.FAILED)
        assert account.failure is not None and account.wake_at is not None
        failed = {part for part in Part if run.parts[part].error is not None}
        assert failed >= (set(one.parts) if call == "refresh" else {Part(call)})


@pytest.mark.parametrize("one", every_platform(), ids=lambda one: one.slug)
def test_proof_breaks_it_and_says_why(world: World, one: Platform) -> None:
    account, _ = synced(world, one, "profile", ReconnectNeeded("Revoked.", code="token_revoked"))

    status, reason = status_of(account, NOW)
    assert status is Status.CONNECTION_ERROR
    assert (reason.code, reason.action) == ("token_revoked", Action.RECONNECT)
    assert account.wake_at is not None  # the cheap daily look


@pytest.mark.parametrize("one", [one for one in every_platform() if one.refresh is not None], ids=lambda one: one.slug)
def test_a_refused_access_token_is_no_proof_where_a_renewal_still_works(world: World, one: Platform) -> None:
    if signed_in(one)[0].refresh is None:
        pytest.skip("its tokens as given cannot be renewed")
    good = replies(one)["profile"]
    refused = AccessRefused("The platform did not accept the access token.")
    account, doors = synced(world, one, "profile", [refused, replace(good, received_at=NOW)])

    assert status_of(account, NOW)[0] is Status.CONNECTED
    assert account.broken is None
    assert "refresh" in doors.calls
