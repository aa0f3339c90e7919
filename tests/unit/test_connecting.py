"""Connecting: by consent and by app password; whatever goes wrong leaves nothing (invariants 1, 2, 12)."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from socials import ids
from socials.connecting import Leaving, Returned
from socials.errors import Conflict, Gone, Invalid, NotFound, ReconnectNeeded, Refused, RetryLater, SocialsError
from socials.models.connections import ConnectionStatus
from socials.models.parts import Part
from socials.models.runs import PartState, Run, RunState, Trigger
from socials.models.wakeups import Wakeup
from socials.platforms.base import App, Consent, Login, OAuth
from socials.status import Action, Status, status_of
from socials.timing import CONSENT_LIVES, HEAL_AFTER, REVOKE_TRIED_FOR, UNCLAIMED_CONNECTION_LIVES
from socials.worker import Done
from tests.support.builders import a_grant, an_account, an_identity, life_of
from tests.support.changing import replace
from tests.support.fakes import Killed
from tests.support.fakes.platform import RotatingTokens, scripted
from tests.support.world import World, state_of

USER = "user-anna"
CALLBACK = "https://app.example/connections/callback"
LOGIN = Login(identifier="anna", password="abcd-efgh-ijkl-mnop")


def leave(world: World, user: str = USER) -> Leaving:
    return world.connecting.leave(user, "scripted", CALLBACK)


def cookies(leaving: Leaving) -> dict[str, str]:
    return {f"connect_{leaving.connection.connection_id}": leaving.verifier}


def offer_people(world: World, *numbers: str) -> None:
    people = tuple(an_identity(platform_account_id=n, username=f"person-{n}") for n in numbers)
    world.script("identify", world.tokens.guarding(people))


def sweep(world: World) -> None:
    world.clock.forward(minutes=15)
    world.wake_overdue()


def nothing_is_left(world: World) -> bool:
    left = world.everything()
    return not any(left.values())


# Happy paths ---------------------------------------------------------------------------------------------------


def test_a_consent_ends_with_an_account_whose_first_run_is_queued(world: World) -> None:
    returned = world.consent()

    assert returned == Returned(returned.connection_id, "done")
    connection, accounts = world.connecting.look(USER, returned.connection_id)
    assert connection.status is ConnectionStatus.DONE
    [account] = accounts
    assert account.account_id == ids.account_id(USER, "scripted", "1001")
    assert account.run is not None
    assert (account.run.state, account.run.trigger) == (RunState.QUEUED, Trigger.CONNECT)
    assert account.wake_at == world.clock() + HEAL_AFTER
    assert account.scopes == ("read", "posts", "write")
    assert [wakeup.id for wakeup in world.queues.take("manual")] == [account.account_id]
    assert world.secrets[account.grant_id].version == 1
    assert world.rows.states == {}


def test_a_consent_page_is_told_who_comes_for_the_first_time_and_who_comes_again(world: World) -> None:
    asked: list[Consent] = []
    platform = scripted()
    assert isinstance(platform.connect, OAuth)
    authorize = platform.connect.authorize

    def noting(app: App, consent: Consent) -> str:
        asked.append(consent)
        return authorize(app, consent)

    world.offer(replace(platform, connect=replace(platform.connect, authorize=noting)))
    account = world.account()
    world.connecting.reconnect(USER, account.account_id, CALLBACK)

    assert [each.reconnect for each in asked] == [False, True]


def test_an_app_password_connects_the_first_of_several(world: World) -> None:
    world.offer(scripted(app_password=True))
    offer_people(world, "1", "2")

    _, accounts = world.connecting.log_in(USER, "scripted", LOGIN)

    assert [account.platform_account_id for account in accounts] == ["1"]
    assert list(world.rows.accounts.values()) == accounts


def test_an_app_password_connects_at_once(world: World) -> None:
    world.offer(scripted(app_password=True))

    connection, [account] = world.connecting.log_in(USER, "scripted", LOGIN)

    assert account == world.of(account)
    assert account.connection_id == connection.connection_id
    assert account.scopes == ("read", "posts", "write")
    assert world.rows.connections[USER, connection.connection_id].status is ConnectionStatus.DONE
    assert world.sync(account) == Done()
    assert world.last_run(account).state is RunState.SUCCEEDED


def test_the_verifier_is_in_the_cookie_and_only_hashes_are_kept(world: World) -> None:
    leaving = leave(world)

    kept = repr(world.everything())
    assert leaving.verifier not in kept
    assert state_of(leaving) not in kept
    assert leaving.verifier not in leaving.authorize_url
    assert leaving.connection.expires_at == world.clock() + CONSENT_LIVES


def test_the_secrets_name_is_written_before_the_code_is_exchanged(world: World) -> None:
    leaving = leave(world)
    seen: list[str] = []
    row = world.rows.connections[USER, leaving.connection.connection_id]
    world.hooks.before("network.exchange", lambda: seen.append(row.grant_id))
    world.consent(leaving=leaving)

    assert seen == list(world.secrets)


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ("access_denied", "access_denied"),
        ("user_cancelled_login", "access_denied"),
        ("user_cancelled_authorize", "access_denied"),
        ("", "access_denied"),
        ("server_error", "platform_unavailable"),
        ("temporarily_unavailable", "platform_unavailable"),
        ("unauthorized_scope_error", "platform_refused"),
        ("<script>", "platform_refused"),
    ],
)
def test_what_a_consent_page_sends_instead_of_a_code_is_told_as_what_it_is(world: World, sent: str, error: str) -> None:
    leaving = leave(world)
    returned = world.connecting.come_back(state_of(leaving), cookies(leaving), None, sent)

    assert (returned.outcome, returned.error) == ("failed", error)
    looked = world.connecting.look(USER, leaving.connection.connection_id)[0]
    assert looked.status is ConnectionStatus.FAILED
    assert looked.error is not None and looked.error.code == error
    assert sent == "" or sent not in looked.error.message


def test_a_grant_that_says_nothing_of_scopes_is_what_was_asked_for(world: World) -> None:
    world.script("exchange", lambda _: world.network.answer(replace(world.tokens.pair(), scopes=())))
    account = world.account()
    world.sync(account)

    row = world.of(account)
    assert row.scopes == scripted().facts.asked_scopes
    assert row.broken is None
    assert world.last_run(account).state is RunState.SUCCEEDED


# What a caller gets wrong --------------------------------------------------------------------------------------


def test_an_unknown_platform_is_named(world: World) -> None:
    for call in (
        lambda: world.connecting.leave(USER, "myspace", CALLBACK),
        lambda: world.connecting.log_in(USER, "myspace", LOGIN),
    ):
        with pytest.raises(Invalid) as raised:
            call()
        assert (raised.value.code, raised.value.errors[0].field) == ("unknown_platform", "platform")
    assert nothing_is_left(world)


def test_the_wrong_way_of_connecting_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as by_password:
        world.connecting.log_in(USER, "scripted", LOGIN)
    world.offer(scripted(app_password=True))
    with pytest.raises(Invalid) as by_page:
        leave(world)
    assert [each.value.errors[0].field for each in (by_password, by_page)] == ["platform", "platform"]
    assert nothing_is_left(world)


def test_a_platform_without_our_registration_is_a_conflict(world: World) -> None:
    world.ports.registrations.apps.clear()
    with pytest.raises(Conflict) as raised:
        leave(world)
    assert raised.value.code == "not_configured"
    assert nothing_is_left(world)


def come_back_wrongly(world: World, how: str) -> Returned:
    leaving = leave(world)
    state, jar = state_of(leaving), cookies(leaving)
    if how == "wrong":
        return world.connecting.come_back("made-up", jar, "code", None)
    if how == "empty":
        return world.connecting.come_back("", jar, "code", None)
    if how == "expired":
        world.clock.at += CONSENT_LIVES
        return world.connecting.come_back(state, jar, "code", None)
    if how == "foreign":
        return world.connecting.come_back(state, {"connect_other": leaving.verifier}, "code", None)
    if how == "another verifier":
        return world.connecting.come_back(state, dict.fromkeys(jar, "guess"), "code", None)
    if how == "denied":
        return world.connecting.come_back(state, jar, None, "access_denied")
    if how == "denied with a code":
        return world.connecting.come_back(state, jar, "code", "access_denied")
    if how == "swept":
        connection_id = leaving.connection.connection_id
        world.hooks.before("connections.get", lambda: world.ports.connections.delete(USER, connection_id))
        return world.connecting.come_back(state, jar, "code", None)
    if how == "no code":
        return world.connecting.come_back(state, jar, "", None)
    world.connecting.come_back(state, {}, "code", None)
    return world.connecting.come_back(state, jar, "code", None)


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("wrong", "unknown_state"),
        ("empty", "unknown_state"),
        ("expired", "unknown_state"),
        ("reused", "unknown_state"),
        ("foreign", "foreign_state"),
        ("another verifier", "foreign_state"),
        ("denied", "access_denied"),
        ("denied with a code", "access_denied"),
        ("swept", "unknown_state"),
        ("no code", "access_denied"),
    ],
)
def test_a_callback_that_is_not_ours_ends_failed_and_calls_nobody(world: World, how: str, error: str) -> None:
    returned = come_back_wrongly(world, how)

    assert (returned.outcome, returned.error) == ("failed", error)
    assert (returned.connection_id is None) is (error == "unknown_state")
    assert world.called == []
    assert (world.secrets, world.rows.accounts, world.rows.grants) == ({}, {}, {})
    sweep(world)
    assert nothing_is_left(world)


@pytest.mark.parametrize(
    ("named", "came_to"),
    [
        ("evil.example", None),  # it sent the person on to a platform with one host
        ("evil.example", "honest.example"),  # or to another server
        ("evil.example", "evil.example,honest.example"),  # the gateway's form of a name that is there twice
        (None, "evil.example"),
    ],
)
def test_a_code_is_shown_to_nobody_but_whom_it_was_asked_of(
    world: World, named: str | None, came_to: str | None
) -> None:
    """RFC 9700, 4.4: a server that a person named sends them on to another's consent page, with our client id and its
    own state. The code that comes back is the other's, and good for connecting their account in a list of its own."""
    world.offer(scripted(hosts=named is not None))
    leaving = world.connecting.leave(USER, "scripted", CALLBACK, named)
    returned = world.connecting.come_back(state_of(leaving), cookies(leaving), "another's code", None, came_to)

    assert (returned.outcome, returned.error) == ("failed", "foreign_answer")
    assert world.called == []
    sweep(world)
    assert not world.secrets and not world.rows.accounts


def test_each_server_that_a_person_names_has_a_callback_of_its_own(world: World) -> None:
    world.offer(scripted(hosts=True))
    callbacks = []
    for host in ("one.example", "two.example"):
        leaving = world.connecting.leave(USER, "scripted", CALLBACK, host)
        callbacks.append(leaving.connection.redirect_uri)
        returned = world.connecting.come_back(state_of(leaving), cookies(leaving), "code", None, host)
        assert returned.outcome == "done"

    assert callbacks == [f"{CALLBACK}?instance=one.example", f"{CALLBACK}?instance=two.example"]
    assert {app.client_id for app in world.ports.registrations.kept.values()} == {f"client of {c}" for c in callbacks}


def test_a_state_is_spent_by_its_first_use(world: World) -> None:
    leaving = leave(world)
    assert world.consent(leaving=leaving).outcome == "done"
    assert world.consent(leaving=leaving) == Returned(None, "failed", "unknown_state")
    assert len(world.rows.accounts) == 1


def test_nor_does_a_state_that_came_back_by_a_restore_connect_again(world: World) -> None:
    leaving = leave(world)
    states = dict(world.rows.states)
    assert world.consent(leaving=leaving).outcome == "done"
    calls = list(world.called)
    world.rows.states.update(states)

    assert world.consent(leaving=leaving) == Returned(None, "failed", "unknown_state")
    assert world.called == calls


# What a platform does ------------------------------------------------------------------------------------------

TROUBLE: list[tuple[SocialsError, str]] = [
    (RetryLater("Down.", http_status=503), "platform_unavailable"),
    (RetryLater("Slow.", code="timeout"), "platform_unavailable"),
    (Refused("No.", code="code_refused"), "code_refused"),
    (ReconnectNeeded("No."), "token_revoked"),
]


@pytest.mark.parametrize("call", ["exchange", "identify"])
@pytest.mark.parametrize(("error", "code"), TROUBLE)
def test_a_platform_in_trouble_while_connecting_leaves_no_secret(
    world: World, call: str, error: SocialsError, code: str
) -> None:
    world.script(call, error)

    returned = world.consent()

    assert (returned.outcome, returned.error) == ("failed", code)
    connection, _ = world.connecting.look(USER, returned.connection_id)
    assert connection.error is not None
    assert connection.error.code == code
    assert (world.secrets, world.rows.accounts, world.rows.grants) == ({}, {}, {})
    assert ("revoke" in world.called) is (call == "identify")
    sweep(world)
    assert nothing_is_left(world)


@pytest.mark.parametrize(("code", "kept"), [("app_unknown", 0), ("code_refused", 1)])
def test_a_server_that_forgot_our_registration_is_given_another_one_next_time(
    world: World, code: str, kept: int
) -> None:
    world.offer(scripted(hosts=True))
    leaving = world.connecting.leave(USER, "scripted", CALLBACK, "one.example")
    assert len(world.ports.registrations.kept) == 1
    world.script("exchange", Refused("No.", code=code))
    world.connecting.come_back(state_of(leaving), cookies(leaving), "code", None, "one.example")

    assert len(world.ports.registrations.kept) == kept


def test_a_refusal_without_a_code_of_its_own_is_the_platforms(world: World) -> None:
    world.script("exchange", Refused("No."))

    returned = world.consent()
    assert (returned.outcome, returned.error) == ("failed", "platform_refused")


def test_a_mistake_of_ours_while_connecting_is_told_in_a_line_and_in_no_word_of_its_own(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.script("exchange", ValueError("hunter2"))
    capfd.readouterr()

    returned = world.consent()
    assert (returned.outcome, returned.error) == ("failed", "internal_error")
    [told] = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert (told["message"], told["error"]["type"]) == ("connecting failed", "ValueError")
    assert "hunter2" not in json.dumps(told)


@pytest.mark.parametrize("call", ["log_in", "identify"])
@pytest.mark.parametrize(("error", "code"), TROUBLE)
def test_an_app_password_that_fails_leaves_nothing(world: World, call: str, error: SocialsError, code: str) -> None:
    world.offer(scripted(app_password=True))
    other = an_account()
    world.rows.put_account(other)
    before = world.everything()
    world.script(call, error)
    with pytest.raises(SocialsError):
        world.connecting.log_in(USER, "scripted", LOGIN)

    assert world.everything() == before


@pytest.mark.parametrize("code", ["credentials_refused", "main_password_refused"])
def test_refused_credentials_are_invalid_and_name_the_field(world: World, code: str) -> None:
    world.offer(scripted(app_password=True))
    world.script("log_in", Refused("Make an app password.", code=code))
    with pytest.raises(Invalid) as raised:
        world.connecting.log_in(USER, "scripted", LOGIN)

    assert raised.value.code == code
    assert [each.field for each in raised.value.errors] == ["app_password"]
    assert LOGIN.password not in str(raised.value)


def test_a_platform_that_is_away_says_so(world: World) -> None:
    world.offer(scripted(app_password=True))
    world.script("log_in", RetryLater("Down."))
    with pytest.raises(RetryLater):
        world.connecting.log_in(USER, "scripted", LOGIN)


# Dying on the way ----------------------------------------------------------------------------------------------


def by_consent(world: World) -> None:
    world.consent()


def by_app_password(world: World) -> None:
    world.offer(scripted(app_password=True))
    world.connecting.log_in(USER, "scripted", LOGIN)


def by_choice(world: World) -> None:
    offer_people(world, "1001", "2002")
    returned = world.consent()
    account_id = world.rows.connections[USER, returned.connection_id].candidates[0].account_id
    world.connecting.choose(USER, returned.connection_id, [account_id])


@pytest.mark.parametrize("connect", [by_consent, by_app_password, by_choice])
def test_a_connection_that_dies_at_any_moment_leaves_an_account_or_nothing(
    monkeypatch: pytest.MonkeyPatch, connect: Callable[[World], None]
) -> None:
    outcomes = set()
    for moment in range(100):
        world = World(monkeypatch)
        world.hooks.die_at(moment)
        try:
            connect(world)
        except Killed:
            pass
        else:
            break
        world.hooks.revive()
        had_secret = bool(world.secrets)
        sweep(world)
        if world.rows.accounts:
            outcomes.add("account")
            [account] = world.rows.accounts.values()
            assert list(world.secrets) == [account.grant_id]
            assert list(world.rows.grants) == [(USER, account.grant_id)]
            assert world.last_run(account).state is RunState.SUCCEEDED  # woken by the agenda
            assert world.rows.connections == {}
        else:
            outcomes.add("nothing")
            assert nothing_is_left(world), world.hooks.died_at
            assert world.tokens.revoked is had_secret, world.hooks.died_at
    else:
        raise AssertionError("it never came to an end")
    assert outcomes == {"account", "nothing"}


@pytest.mark.parametrize("moment", range(12))
def test_a_sweep_that_dies_is_finished_by_the_next(monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    world = World(monkeypatch)
    world.hooks.kill_before("network.identify")
    with pytest.raises(Killed):
        world.consent()
    world.hooks.revive()
    world.clock.at += UNCLAIMED_CONNECTION_LIVES
    world.hooks.die_at(moment + 8)  # the looks at eight shards come first
    try:
        world.wake_overdue()
    except Killed:
        world.hooks.revive()
    world.wake_overdue()

    assert nothing_is_left(world)
    assert world.tokens.revoked


def test_a_connection_is_not_swept_before_its_time(world: World) -> None:
    offer_people(world, "1", "2")
    world.consent()
    before = world.everything()
    world.clock.at += UNCLAIMED_CONNECTION_LIVES - timedelta(seconds=1)
    world.wake_overdue()
    [(user, connection_id)] = world.rows.connections
    world.handle(Wakeup(user, "connection", connection_id))

    assert world.everything() == before


def test_an_unclaimed_choice_is_revoked_and_deleted(world: World) -> None:
    offer_people(world, "1", "2")
    world.consent()
    sweep(world)

    assert nothing_is_left(world)
    assert world.tokens.revoked


def test_an_unclaimed_secret_is_deleted_though_the_revoke_is_refused(world: World) -> None:
    offer_people(world, "1", "2")
    world.consent()
    world.script("revoke", Refused("no"))
    sweep(world)

    assert nothing_is_left(world)


@pytest.mark.parametrize("error", [RetryLater("down"), ValueError("a bug")])
def test_an_unclaimed_secret_waits_for_its_revoke(world: World, error: Exception) -> None:
    offer_people(world, "1", "2")
    world.consent()
    world.script("revoke", error, world.tokens.revoke)
    sweep(world)
    assert len(world.secrets) == 1
    sweep(world)

    assert world.tokens.revoked
    assert nothing_is_left(world)


def test_an_unclaimed_secret_is_deleted_after_a_day_though_nobody_answers(world: World) -> None:
    offer_people(world, "1", "2")
    world.consent()
    world.script("revoke", RetryLater("down"))
    sweep(world)
    world.clock.at += REVOKE_TRIED_FOR - timedelta(minutes=16)
    world.wake_overdue()
    assert len(world.secrets) == 1
    sweep(world)

    assert nothing_is_left(world)


def test_a_connect_that_fails_with_the_platform_leaves_its_secret_to_the_sweep(world: World) -> None:
    world.script("identify", RetryLater("down"))
    world.script("revoke", RetryLater("down"), world.tokens.revoke)
    returned = world.consent()
    assert (returned.outcome, returned.error) == ("failed", "platform_unavailable")
    assert len(world.secrets) == 1
    sweep(world)

    assert world.tokens.revoked
    assert nothing_is_left(world)


def test_a_finished_connection_only_loses_its_row(world: World) -> None:
    account = world.account()
    sweep(world)

    assert world.rows.connections == {}
    assert account.grant_id in world.secrets
    assert "revoke" not in world.called


# One account, one identity -------------------------------------------------------------------------------------


def test_connecting_twice_keeps_life_and_history_and_retires_the_old_grant(world: World) -> None:
    first = world.account()
    world.sync(first)
    held = world.holds_of(life_of(first))
    world.clock.forward(hours=1)
    world.script("revoke", None)
    second = world.account()

    assert (second.account_id, second.life, second.connected_at) == (first.account_id, first.life, first.connected_at)
    assert world.holds_of(life_of(second)) == held + 1, "and the diary says that it was reconnected"
    assert second.grant_id != first.grant_id
    assert world.rows.grants[USER, first.grant_id].retired
    world.clock.at += HEAL_AFTER
    world.wake_overdue()
    assert list(world.secrets) == [second.grant_id]
    assert list(world.rows.grants) == [(USER, second.grant_id)]
    assert world.called.count("revoke") == 1


def test_the_old_grant_is_settled_by_a_wakeup_at_once(world: World) -> None:
    first = world.account()
    world.script("revoke", None)
    world.consent()
    for wakeup in world.queues.take("erase"):
        world.handle(wakeup)

    assert first.grant_id not in world.secrets


@pytest.mark.parametrize("call", ["connections.finish", "accounts.list", "network.identify", "connections.take_state"])
def test_connecting_the_same_identity_in_parallel_leaves_one_account(world: World, call: str) -> None:
    other: list[Any] = []
    world.hooks.before(call, lambda: other.append(world.consent()), skip=1 if call == "accounts.list" else 0)

    mine = world.consent()

    assert (mine.outcome, other[0].outcome) == ("done", "done")
    [account] = world.rows.accounts.values()
    alive = [grant for grant in world.rows.grants.values() if not grant.retired]
    assert [grant.grant_id for grant in alive] == [account.grant_id]
    world.script("revoke", None)
    sweep(world)
    assert list(world.secrets) == [account.grant_id]
    assert world.last_run(account).state is RunState.SUCCEEDED


def test_the_same_identity_of_another_user_is_another_account(world: World) -> None:
    mine, theirs = world.account(user="user-anna"), world.account(user="user-bert")

    assert mine.account_id != theirs.account_id
    assert len(world.rows.accounts) == 2


def test_rows_that_never_stand_still_end_in_a_conflict_and_no_secret(world: World) -> None:
    def stir() -> None:
        row = an_account(platform="scripted", life=ids.random_id("l"))
        world.rows.put_account(row)
        world.rows.put_grant(a_grant(row))

    world.hooks.before("connections.finish", stir, times=None)

    returned = world.consent()

    assert (returned.outcome, returned.error) == ("failed", "busy")
    assert world.secrets == {}


# Reconnecting --------------------------------------------------------------------------------------------------


def test_a_reconnect_swaps_the_grant_and_clears_what_was_wrong(world: World) -> None:
    account = world.account()
    world.clock.forward(minutes=58)
    world.tokens.revoked = True
    world.sync(account)
    assert world.of(account).broken is not None
    world.tokens.revoked = False
    leaving = world.connecting.reconnect(USER, account.account_id, CALLBACK)
    assert world.consent(leaving=leaving).outcome == "done"

    row = world.of(account)
    assert (row.broken, row.failure, row.wait) == (None, None, None)
    assert (row.life, row.connected_at) == (account.life, account.connected_at)
    assert row.run is not None
    assert row.run.trigger is Trigger.CONNECT
    world.sync(row)
    assert world.of(account).last_synced_at == world.clock()


def test_whoever_has_just_reconnected_is_not_asked_to_reconnect_soon(world: World) -> None:
    world.offer(scripted(grant_ends=True))
    world.tokens._more = {"refresh_expires_at": world.clock() + timedelta(days=13)}
    account = world.account()
    world.sync(account)
    assert status_of(world.of(account), world.clock())[1].code == "expires_soon"
    world.consent(leaving=world.connecting.reconnect(USER, account.account_id, CALLBACK))

    assert status_of(world.of(account), world.clock())[1].code != "expires_soon"


def test_a_reconnect_waits_until_the_time_that_the_platform_named(world: World) -> None:
    account = world.account()
    until = world.clock() + timedelta(minutes=30)
    world.script("profile", RetryLater("Wait.", code="rate_limited", until=until, http_status=429))
    world.sync(account)
    world.answer_well()
    world.consent(leaving=world.connecting.reconnect(USER, account.account_id, CALLBACK))
    row = world.of(account)
    assert row.wait is not None and row.run is not None and row.wake_at is not None
    assert (row.wait.until, row.run.trigger, row.run.state) == (until, Trigger.CONNECT, RunState.WAITING)
    assert until < row.wake_at <= until + timedelta(minutes=8)
    status, reason = status_of(row, world.clock())
    assert (status, reason.action, reason.next_attempt_at) == (Status.NEEDS_SYNC, Action.WAIT, row.wake_at)

    world.network.requests.clear()
    world.sync(row)
    assert world.called == []
    world.clock.forward(minutes=38)
    world.wake_overdue()
    assert world.of(account).last_synced_at == world.clock()


def test_whoever_follows_a_run_that_a_reconnect_replaced_learns_how_it_ended(world: World) -> None:
    account = world.account()
    until = world.clock() + timedelta(minutes=30)
    world.script("insights", RetryLater("Wait.", code="rate_limited", until=until, http_status=429))
    world.sync(account)
    followed = world.of(account).run
    assert followed is not None
    world.answer_well()
    world.consent(leaving=world.connecting.reconnect(USER, account.account_id, CALLBACK))

    ended = world.browsing.run(USER, account.account_id, followed.run_id)
    assert (ended.state, ended.finished_at) == (RunState.PARTIAL, world.clock())
    assert ended.parts[Part.PROFILE].state is PartState.SUCCEEDED
    problems = {ended.parts[part].error for part in (Part.INSIGHTS, Part.POSTS)}
    assert {problem and problem.code for problem in problems} == {"replaced"}


def test_a_run_that_ends_while_somebody_reconnects_has_ended_as_it_did(world: World) -> None:
    account = world.account()
    ending = account.run
    assert ending is not None
    world.hooks.before("connections.finish", lambda: world.sync(account))
    assert world.consent(leaving=world.connecting.reconnect(USER, account.account_id, CALLBACK)).outcome == "done"

    assert world.browsing.run(USER, account.account_id, ending.run_id).state is RunState.SUCCEEDED
    row = world.of(account)
    assert row.grant_id != account.grant_id and (row.run is None or row.run.run_id != ending.run_id)


def test_a_run_that_is_asked_for_while_somebody_reconnects_can_be_followed(world: World) -> None:
    account = world.account()
    world.sync(account)
    world.clock.forward(minutes=2)
    asked: list[Run] = []
    ask = world.requesting.sync
    world.hooks.before("connections.finish", lambda: asked.append(ask(USER, account.account_id)))
    assert world.consent(leaving=world.connecting.reconnect(USER, account.account_id, CALLBACK)).outcome == "done"

    followed = world.browsing.run(USER, account.account_id, asked[0].run_id)
    assert {progress.error and progress.error.code for progress in followed.parts.values()} == {"replaced"}


@pytest.mark.parametrize("code", ["refresh_interrupted", "refresh_in_progress", "secret_settling"])
def test_a_wait_for_the_old_tokens_ends_with_them(world: World, code: str) -> None:
    account = world.account()
    until = world.clock() + timedelta(minutes=30)
    world.script("profile", RetryLater("Wait.", code=code, until=until))
    world.sync(account)
    world.answer_well()
    world.consent(leaving=world.connecting.reconnect(USER, account.account_id, CALLBACK))
    assert world.of(account).wait is None
    world.sync(world.of(account))
    assert world.of(account).last_synced_at == world.clock()


def test_a_wait_that_comes_while_somebody_reconnects_is_not_forgotten(world: World) -> None:
    account = world.account()
    until = world.clock() + timedelta(minutes=30)
    leaving = world.connecting.reconnect(USER, account.account_id, CALLBACK)
    world.hooks.before("connections.finish", lambda: world.sync(account))
    world.script("profile", RetryLater("Wait.", code="rate_limited", until=until, http_status=429))
    assert world.consent(leaving=leaving).outcome == "done"
    row = world.of(account)
    assert row.wait is not None and row.wait.until == until
    assert row.grant_id != account.grant_id


def test_a_reconnect_that_ends_with_somebody_else_is_the_persons_choice(world: World) -> None:
    account = world.account("1001")
    offer_people(world, "2002")
    leaving = world.connecting.reconnect(USER, account.account_id, CALLBACK)

    returned = world.consent(leaving=leaving)

    assert (returned.outcome, returned.error) == ("choose", "identity_mismatch")
    connection, _ = world.connecting.look(USER, returned.connection_id)
    assert connection.error is not None
    assert (connection.error.expected, connection.error.got) == ("anna", "person-2002")
    assert world.of(account).grant_id == account.grant_id
    [candidate] = connection.candidates
    [added] = world.connecting.choose(USER, returned.connection_id, [candidate.account_id])
    assert added.account_id != account.account_id
    assert len(world.rows.accounts) == 2
    assert world.of(account).grant_id == account.grant_id


def test_a_reconnect_of_what_is_gone_meanwhile_offers_whom_it_found(world: World) -> None:
    account = world.account("1001")
    offer_people(world, "2002")
    leaving = world.connecting.reconnect(USER, account.account_id, CALLBACK)
    world.rows.accounts.clear()

    returned = world.consent(leaving=leaving)

    assert (returned.outcome, returned.error) == ("choose", "identity_mismatch")
    connection, _ = world.connecting.look(USER, returned.connection_id)
    assert connection.error is not None and connection.error.expected == ""


def test_a_reconnect_takes_the_one_of_several_that_it_is_about(world: World) -> None:
    account = world.account("1001")
    offer_people(world, "2002", "1001", "3003")
    leaving = world.connecting.reconnect(USER, account.account_id, CALLBACK)

    assert world.consent(leaving=leaving).outcome == "done"
    assert list(world.rows.accounts) == [(USER, account.account_id)]


def test_a_reconnect_is_refused_for_strangers_leavers_and_app_passwords(world: World) -> None:
    account = world.account()
    for user, account_id in (("user-mallory", account.account_id), (USER, "acc_nobody")):
        with pytest.raises(NotFound):
            world.connecting.reconnect(user, account_id, CALLBACK)
    world.offer(scripted(app_password=True))
    with pytest.raises(Conflict) as by_password:
        world.connecting.reconnect(USER, account.account_id, CALLBACK)
    assert by_password.value.code == "app_password_needed"
    world.disconnecting.disconnect(USER, account.account_id)
    with pytest.raises(Conflict) as raised:
        world.connecting.reconnect(USER, account.account_id, CALLBACK)
    assert raised.value.code == "disconnecting"


# Choosing ------------------------------------------------------------------------------------------------------


def a_choice(world: World) -> tuple[str, list[str]]:
    offer_people(world, "1", "2", "3")
    returned = world.consent()
    assert returned.outcome == "choose"
    connection, _ = world.connecting.look(USER, returned.connection_id)
    return connection.connection_id, [each.account_id for each in connection.candidates]


def test_several_identities_are_chosen_from_and_share_a_grant(world: World) -> None:
    connection_id, candidates = a_choice(world)
    accounts = world.connecting.choose(USER, connection_id, candidates[:2])

    assert [account.account_id for account in accounts] == candidates[:2]
    [grant] = world.rows.grants.values()
    assert len(grant.members) == 2
    assert len(world.queues.take("manual")) == 2


def test_choosing_again_answers_the_same(world: World) -> None:
    connection_id, candidates = a_choice(world)
    first = world.connecting.choose(USER, connection_id, candidates[:2])

    again = world.connecting.choose(USER, connection_id, candidates[:2])

    assert again == first
    assert len(world.rows.accounts) == 2
    with pytest.raises(Invalid):
        world.connecting.choose(USER, connection_id, candidates[2:])
    assert len(world.rows.accounts) == 2


def test_a_choice_shows_what_is_connected_of_it_and_nothing_else(world: World) -> None:
    connected, another = world.account("2"), world.account("9")
    connection_id, _ = a_choice(world)

    assert world.connecting.look(USER, connection_id)[1] == [connected]
    assert another.account_id in {account_id for _, account_id in world.rows.accounts}


def test_a_choice_that_was_made_is_done_for_as_long_as_it_is_there(world: World) -> None:
    connection_id, candidates = a_choice(world)
    made = world.connecting.choose(USER, connection_id, candidates[:1])
    world.clock.at += UNCLAIMED_CONNECTION_LIVES - timedelta(minutes=1)

    connection, accounts = world.connecting.look(USER, connection_id)
    assert (connection.status, accounts) == (ConnectionStatus.DONE, made)
    assert world.connecting.choose(USER, connection_id, candidates[:1]) == made


def test_choosing_in_parallel_answers_the_same(world: World) -> None:
    connection_id, candidates = a_choice(world)
    other: list[Any] = []
    world.hooks.before(
        "connections.finish", lambda: other.append(world.connecting.choose(USER, connection_id, candidates[:1]))
    )

    assert world.connecting.choose(USER, connection_id, candidates[:1]) == other[0]


def test_what_was_not_offered_cannot_be_chosen(world: World) -> None:
    connection_id, candidates = a_choice(world)
    before = world.everything()
    for chosen in ([], ["acc_nobody"], [candidates[0], "acc_nobody"]):
        with pytest.raises(Invalid) as raised:
            world.connecting.choose(USER, connection_id, chosen)
        assert (raised.value.code, raised.value.errors[0].field) == ("unknown_candidate", "ids")
    assert world.everything() == before


def test_a_choice_belongs_to_its_user(world: World) -> None:
    connection_id, candidates = a_choice(world)
    with pytest.raises(NotFound):
        world.connecting.choose("user-mallory", connection_id, candidates)
    with pytest.raises(NotFound):
        world.connecting.look("user-mallory", connection_id)


def test_a_choice_expires_before_it_can_meet_its_own_sweep(world: World) -> None:
    connection_id, candidates = a_choice(world)
    world.clock.at += UNCLAIMED_CONNECTION_LIVES - timedelta(minutes=1)
    with pytest.raises(Gone):
        world.connecting.choose(USER, connection_id, candidates)
    looked, _ = world.connecting.look(USER, connection_id)
    assert (looked.status, looked.candidates) == (ConnectionStatus.FAILED, ())
    assert looked.error is not None and looked.error.code == "connection_expired"
    world.clock.forward(minutes=1)
    with pytest.raises(Gone):
        world.connecting.choose(USER, connection_id, candidates)


def test_a_consent_that_nobody_gave_in_time_is_as_gone_as_a_choice(world: World) -> None:
    connection_id = leave(world).connection.connection_id
    world.clock.forward(minutes=10)
    with pytest.raises(Gone) as raised:
        world.connecting.choose(USER, connection_id, ["acc_x"])
    assert raised.value.code == "connection_expired"
    looked, _ = world.connecting.look(USER, connection_id)
    assert looked.status is ConnectionStatus.FAILED
    assert looked.error is not None and looked.error.code == "consent_expired"


def test_there_is_nothing_to_choose_of_a_connection_that_is_pending_or_failed(world: World) -> None:
    leaving = leave(world)
    connection_id = leaving.connection.connection_id
    with pytest.raises(Conflict) as raised:
        world.connecting.choose(USER, connection_id, ["acc_x"])
    assert raised.value.code == "nothing_to_choose"
    world.connecting.come_back(state_of(leaving), {}, "code", None)
    with pytest.raises(Conflict):
        world.connecting.choose(USER, connection_id, ["acc_x"])


# Bounds --------------------------------------------------------------------------------------------------------


def fill(world: World, number: int) -> None:
    for n in range(number):
        row = an_account(platform="scripted", platform_account_id=f"filler-{n}", grant_id=f"grant-{n}")
        world.rows.put_account(row)


def test_a_user_has_500_accounts_at_most(world: World) -> None:
    fill(world, 500)
    before = world.everything()
    with pytest.raises(Conflict) as raised:
        leave(world)
    assert raised.value.code == "too_many_accounts"
    assert world.everything() == before
    world.offer(scripted(app_password=True))
    with pytest.raises(Conflict) as by_password:
        world.connecting.log_in(USER, "scripted", LOGIN)
    assert (by_password.value.code, world.called) == ("too_many_accounts", [])
    assert world.everything() == before


def test_a_choice_past_the_500th_is_refused_and_connecting_a_known_one_is_not(world: World) -> None:
    fill(world, 499)
    connection_id, candidates = a_choice(world)
    with pytest.raises(Conflict) as raised:
        world.connecting.choose(USER, connection_id, candidates[:2])
    assert raised.value.code == "too_many_accounts"
    assert world.connecting.choose(USER, connection_id, candidates[:1])
    row = next(iter(world.rows.accounts.values()))
    assert world.connecting.reconnect(USER, row.account_id, CALLBACK)


def test_the_500th_taken_meanwhile_leaves_no_secret(world: World) -> None:
    world.hooks.before("network.identify", lambda: fill(world, 500))

    returned = world.consent()

    assert (returned.outcome, returned.error) == ("failed", "too_many_accounts")
    assert world.secrets == {}
    assert world.tokens.revoked


def test_a_connection_swept_under_a_callback_ends_failed(world: World) -> None:
    leaving = leave(world)
    world.script("exchange", RetryLater("Down."))
    world.hooks.before(
        "connections.save", lambda: world.ports.connections.delete(USER, leaving.connection.connection_id)
    )

    assert world.consent(leaving=leaving).outcome == "failed"


def test_a_grant_with_members_or_an_erase_is_not_swept(world: World) -> None:
    account = world.account()
    world.handle(Wakeup(USER, "grant", account.grant_id))
    assert account.grant_id in world.secrets
    later = world.clock() + timedelta(hours=25)
    world.rows.put_grant(replace(a_grant(account), members=frozenset(), retired=True, wake_at=later))
    world.handle(Wakeup(USER, "grant", account.grant_id))
    assert account.grant_id in world.secrets
    world.clock.at = later
    world.handle(Wakeup(USER, "grant", account.grant_id))
    assert account.grant_id not in world.secrets
    assert world.rows.grants == {}


@pytest.mark.parametrize("person", [None, "ada"], ids=["a token's revoke", "a person's revoke"])
def test_access_that_cannot_be_stored_is_revoked_and_says_so(world: World, person: str | None) -> None:
    if person:
        world.offer(scripted(revoke_ends="person"))
        world.tokens = RotatingTokens(world.clock, extra={"person": person})
        world.answer_well()
    world.hooks.fail("vault.create", RuntimeError("Secrets Manager is away"))

    returned = world.consent()
    assert (returned.outcome, returned.error) == ("failed", "internal_error")
    assert world.tokens.revoked
    assert (world.secrets, world.rows.persons, world.rows.revoking) == ({}, {}, {})
