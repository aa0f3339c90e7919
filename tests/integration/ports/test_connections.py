"""The contract of connections: the state is single use, and a connect ends in one transaction or not at all."""

from datetime import timedelta
from typing import Any

import pytest

from socials import ids
from socials.errors import Fenced
from socials.models.accounts import Account, Cause, FollowerPoint, Wait
from socials.models.connections import Candidate, Connection, ConnectionProblem, ConnectionStatus, Join
from socials.models.grants import member
from socials.models.receipts import Deletion
from socials.models.runs import Problem
from socials.models.wakeups import Wakeup
from socials.timing import HEAL_AFTER
from tests.support.builders import (
    CONNECTION_ID,
    NOW,
    TODAY,
    USER,
    a_connection,
    a_run,
    an_account,
    an_identity,
    life_of,
    sweep_time,
)
from tests.support.changing import replace
from tests.support.seeding import disconnecting, seed, stored

SECOND = timedelta(seconds=1)
STATE = ids.secret_hash("state")


def started(ports: Any, **changes: Any) -> Connection:
    connection = a_connection(**changes)
    ports.connections.start(connection)
    return connection


def again(**changes: Any) -> Connection:
    """A second connect, on a grant of its own."""
    fields = {"connection_id": "connection_2", "grant_id": "grant_2", "state_hash": ids.secret_hash("state2")}
    return a_connection(**(fields | changes))


def done(connection: Connection, *accounts: Account) -> Connection:
    ids_of = tuple(account.account_id for account in accounts)
    return replace(connection, status=ConnectionStatus.DONE, account_ids=ids_of)


# ---------------------------------------------------------------- the row


def test_a_connection_reads_as_it_was_started(ports: Any) -> None:
    connection = started(ports)
    assert ports.connections.get(USER, CONNECTION_ID) == connection
    assert ports.connections.get("user-ben", CONNECTION_ID) is None
    for odd in ("", "x" * 3000, "\x00"):
        assert ports.connections.get(USER, odd) is None


def test_a_connection_is_on_the_agenda_until_it_is_deleted(ports: Any) -> None:
    connection = started(ports)
    shard, time = ids.shard(CONNECTION_ID), sweep_time(connection)
    wakeup = Wakeup(USER, "connection", CONNECTION_ID)
    assert list(ports.agenda.due(shard, None, time - SECOND)) == []
    assert list(ports.agenda.due(shard, None, time)) == [wakeup]
    assert ports.connections.finish(done(connection), [], NOW)
    assert list(ports.agenda.due(shard, None, time)) == [wakeup]
    ports.connections.delete(USER, CONNECTION_ID)
    assert list(ports.agenda.due(shard, None, time + SECOND)) == []


def test_a_saved_connection_keeps_all_that_it_says_and_its_place_on_the_agenda(ports: Any) -> None:
    connection = started(ports, target="acc_x")
    offered = (
        Candidate(account_id="acc_1", identity=an_identity(avatar_url="https://cdn.example/a.png")),
        Candidate(account_id="acc_2", identity=an_identity(username="", display_name="")),
    )
    changed = replace(
        connection,
        status=ConnectionStatus.CHOOSE,
        scopes=("a", "b"),
        candidates=offered,
        error=ConnectionProblem("identity_mismatch", "Another one.", "anna", "ben"),
        target=None,
    )
    ports.connections.save(changed)
    assert ports.connections.get(USER, CONNECTION_ID) == changed
    assert list(ports.agenda.due(ids.shard(CONNECTION_ID), None, sweep_time(connection)))
    ports.connections.save(connection)
    assert ports.connections.get(USER, CONNECTION_ID) == connection


def test_what_is_gone_is_not_saved_or_finished(ports: Any) -> None:
    connection = started(ports)
    ports.connections.delete(USER, CONNECTION_ID)
    ports.connections.delete(USER, CONNECTION_ID)
    with pytest.raises(Fenced):
        ports.connections.save(connection)
    assert not ports.connections.finish(done(connection), [Join(an_account(), None)], NOW)
    assert ports.connections.get(USER, CONNECTION_ID) is None
    assert ports.accounts.list(USER) == []


# ---------------------------------------------------------------- the state


def test_a_state_leads_to_its_connection_once(ports: Any) -> None:
    started(ports)
    assert ports.connections.take_state(STATE, NOW) == (USER, CONNECTION_ID)
    assert ports.connections.take_state(STATE, NOW) is None


def test_the_code_of_a_deletion_is_no_state_and_stays(ports: Any) -> None:
    deletion = Deletion(NOW, ((USER, "receipt"),))
    ports.deletions.keep(ids.secret_hash("code"), deletion)
    assert ports.connections.take_state(ids.secret_hash("code"), NOW) is None
    assert ports.deletions.find(ids.secret_hash("code"), NOW) == deletion


def test_a_state_dies_with_its_time_or_its_connection(ports: Any) -> None:
    connection = started(ports)
    assert ports.connections.take_state(ids.secret_hash("other"), NOW) is None
    assert ports.connections.take_state(STATE, connection.expires_at) is None
    assert ports.connections.take_state(STATE, connection.expires_at - SECOND)
    second = again()
    ports.connections.start(second)
    ports.connections.delete(USER, second.connection_id)
    assert ports.connections.take_state(second.state_hash, NOW) is None


def test_a_connection_without_consent_has_no_state(ports: Any) -> None:
    connection = started(ports, state_hash=None, verifier_hash=None, redirect_uri=None)
    assert ports.connections.get(USER, CONNECTION_ID) == connection
    ports.connections.delete(USER, CONNECTION_ID)


# ---------------------------------------------------------------- the end of a connect


def test_a_connect_makes_the_account_and_its_grant_at_once(ports: Any) -> None:
    connection = started(ports)
    account = an_account(run=a_run(), wake_at=NOW + HEAL_AFTER)
    assert ports.connections.finish(done(connection, account), [Join(account, None)], NOW)
    assert stored(ports, account) == account
    assert ports.connections.get(USER, CONNECTION_ID) == done(connection, account)
    grant = ports.grants.get(USER, connection.grant_id)
    assert grant.members == {member(account.account_id, account.life)}
    assert (grant.platform, grant.created_at, grant.retired, grant.wake_at) == (account.platform, NOW, False, None)


def test_a_connection_is_finished_once(ports: Any) -> None:
    connection = started(ports)
    account, other = an_account(), an_account(platform_account_id="1002")
    assert ports.connections.finish(done(connection, account), [Join(account, None)], NOW)
    assert not ports.connections.finish(done(connection, other), [Join(other, None)], NOW)
    assert ports.accounts.list(USER) == [account]


def test_two_connects_at_once_leave_one_account_with_one_life(ports: Any) -> None:
    first, second = started(ports), again()
    ports.connections.start(second)
    account = an_account()
    rival = an_account(life="life_rival", grant_id=second.grant_id)
    assert ports.connections.finish(done(first, account), [Join(account, None)], NOW)
    assert not ports.connections.finish(done(second, rival), [Join(rival, None)], NOW)
    assert ports.accounts.list(USER) == [account]
    assert ports.grants.get(USER, second.grant_id) is None
    assert ports.connections.get(USER, second.connection_id) == second
    assert ports.connections.finish(done(second, rival), [Join(rival, account)], NOW)
    assert stored(ports, account).life == account.life


def test_a_reconnect_keeps_the_life_and_what_is_known(ports: Any) -> None:
    old = seed(
        ports,
        an_account(
            follower_count=9,
            followers=(FollowerPoint(TODAY, 9),),
            last_synced_at=NOW,
            last_run_finished_at=NOW,
            insights_through=TODAY,
            estimates=frozenset({"likes"}),
            broken=Cause("token_revoked", "", NOW),
            failure=Cause("token_revoked", "", NOW),
            wait=Wait("rate_limited", "", NOW, NOW),
            attempts=3,
            run=a_run(),
            lease_owner="w1",
            lease_until=NOW + SECOND,
            reconnect_by=NOW,
        ),
    )
    second = again()
    ports.connections.start(second)
    run = a_run(queued_at=NOW + SECOND)
    new = an_account(
        life="life_unused",
        grant_id=second.grant_id,
        connection_id=second.connection_id,
        username="anna2",
        display_name="Anna 2",
        avatar_url="https://cdn.example/2.png",
        profile_url="https://platform.example/anna2",
        scopes=("a",),
        connected_at=NOW,
        run=run,
        wake_at=NOW + HEAL_AFTER,
    )
    assert ports.connections.finish(done(second, new), [Join(new, old)], NOW)
    assert stored(ports, old) == replace(
        new,
        life=old.life,
        connected_at=old.connected_at,
        follower_count=old.follower_count,
        followers=old.followers,
        last_synced_at=old.last_synced_at,
        last_run_finished_at=old.last_run_finished_at,
        insights_through=old.insights_through,
        estimates=old.estimates,
        lease_owner=old.lease_owner,
        lease_until=old.lease_until,
    )
    assert ports.grants.get(USER, second.grant_id).members == {member(old.account_id, old.life)}


def test_a_run_that_a_reconnect_replaces_is_kept_unless_it_has_ended_by_itself(ports: Any) -> None:
    seen = seed(ports, an_account(run=a_run()))
    assert seen.run is not None
    ended = seen.run.failing_open_parts(Problem("replaced", "Connected again.")).finished(NOW + SECOND)
    new = replace(seen, grant_id="g2", connection_id="c2", run=a_run())
    connection = started(ports, connection_id="c2", grant_id="g2", state_hash="other")
    assert ports.connections.finish(done(connection), [Join(new, seen, replaced=ended)], NOW)
    assert ports.history.run(life_of(seen), ended.run_id) == ended

    once_more = started(ports, connection_id="c3", grant_id="g3", state_hash="third")
    again = Join(replace(new, grant_id="g3", connection_id="c3"), stored(ports, seen), replaced=ended)
    assert not ports.connections.finish(done(once_more), [again], NOW)
    assert stored(ports, seen).grant_id == "g2"


def test_a_reconnect_is_refused_where_another_run_was_queued_meanwhile(ports: Any) -> None:
    seen = seed(ports, an_account())
    assert ports.accounts.request_run(USER, seen.account_id, a_run(seen, run_id="asked"), NOW)[0]
    connection = started(ports, connection_id="c2", grant_id="g2", state_hash="other")
    join = Join(replace(seen, grant_id="g2", connection_id="c2", run=a_run(seen)), seen)
    for unlike in (None, a_run(seen, run_id="earlier")):
        assert not ports.connections.finish(done(connection), [replace(join, seen=replace(seen, run=unlike))], NOW)
    assert stored(ports, seen).run.run_id == "asked"
    assert ports.connections.finish(done(connection), [replace(join, seen=stored(ports, seen))], NOW)


def test_a_reconnect_keeps_a_wait_and_is_refused_where_another_was_stored_meanwhile(ports: Any) -> None:
    until = Wait("rate_limited", "Later.", NOW, NOW + timedelta(hours=1))
    seen = seed(ports, an_account(wait=until))
    connection = started(ports, connection_id="c2", grant_id="g2", state_hash="other")
    join = Join(replace(seen, grant_id="g2", connection_id="c2", run=a_run(seen)), seen)
    for unlike in (None, replace(until, until=NOW + timedelta(hours=2))):
        assert not ports.connections.finish(done(connection), [replace(join, seen=replace(seen, wait=unlike))], NOW)
    assert ports.connections.finish(done(connection), [join], NOW)
    assert (stored(ports, seen).wait, stored(ports, seen).grant_id) == (until, "g2")


def test_a_reconnect_retires_the_grant_that_nobody_lives_on_any_more(ports: Any) -> None:
    anna, shop = an_account(), an_account(platform_account_id="1002")
    seed(ports, anna, shop)
    for number, (old, members) in enumerate([(anna, {member(shop.account_id, shop.life)}), (shop, set())]):
        connection = again(connection_id=f"again_{number}", grant_id=f"grant_{number}", state_hash=None)
        ports.connections.start(connection)
        new = replace(old, grant_id=connection.grant_id)
        assert ports.connections.finish(done(connection, new), [Join(new, old)], NOW)
        left = ports.grants.get(USER, anna.grant_id)
        assert left.members == members
        assert left.retired is (not members)
        assert left.wake_at == (None if members else NOW + HEAL_AFTER)


def test_several_accounts_leave_one_grant_together(ports: Any) -> None:
    one, two, three = (an_account(platform_account_id=number) for number in ("1", "2", "3"))
    seed(ports, one, two, three)
    connection = again()
    ports.connections.start(connection)
    joins = [Join(replace(old, grant_id=connection.grant_id), old) for old in (one, two)]
    assert ports.connections.finish(done(connection, one, two), joins, NOW)
    assert ports.grants.get(USER, one.grant_id).members == {member(three.account_id, three.life)}
    assert len(ports.grants.get(USER, connection.grant_id).members) == 2


def test_one_account_that_changed_stops_the_whole_connect(ports: Any) -> None:
    old = seed(ports, an_account())
    fresh = an_account(platform_account_id="1002", grant_id="grant_2")
    connection = again()
    ports.connections.start(connection)
    for seen in (replace(old, life="life_before"), replace(old, grant_id="grant_before"), None):
        joins = [Join(fresh, None), Join(replace(old, grant_id="grant_2"), seen)]
        assert not ports.connections.finish(done(connection, fresh, old), joins, NOW)
    assert ports.accounts.list(USER) == [old]
    assert ports.grants.get(USER, "grant_2") is None
    assert ports.grants.get(USER, old.grant_id).members == {member(old.account_id, old.life)}


def test_a_retired_grant_takes_nobody(ports: Any) -> None:
    old = seed(ports, an_account())
    ports.grants.leave(USER, old.grant_id, member(old.account_id, old.life), NOW)
    connection = started(ports, connection_id="connection_3")
    fresh = an_account(platform_account_id="1002")
    assert not ports.connections.finish(done(connection, fresh), [Join(fresh, None)], NOW)


def test_connecting_while_disconnecting_starts_a_clean_life(ports: Any) -> None:
    old = seed(ports, an_account(follower_count=9))
    receipt = disconnecting(ports, old)
    connection = again()
    ports.connections.start(connection)
    new = an_account(life="life_second", grant_id=connection.grant_id, connection_id=connection.connection_id)
    assert not ports.connections.finish(done(connection, new), [Join(new, old)], NOW)
    assert ports.connections.finish(done(connection, new), [Join(new, None)], NOW)
    assert stored(ports, new) == new
    ports.remains.delete_account(USER, old.account_id, receipt.life)
    assert stored(ports, new) == new


def test_a_reconnect_on_the_same_grant_keeps_its_membership(ports: Any) -> None:
    old = seed(ports, an_account())
    connection = started(ports, connection_id="connection_3")
    assert ports.connections.finish(done(connection, old), [Join(replace(old, username="x"), old)], NOW)
    grant = ports.grants.get(USER, old.grant_id)
    assert grant.members == {member(old.account_id, old.life)}
    assert not grant.retired
