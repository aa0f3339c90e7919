"""The contract of the diary: written in the transaction of what it tells, or not at all."""

from typing import Any

import pytest

from socials.errors import Fenced
from socials.models.claims import Checkpoint
from socials.models.connections import Join
from socials.models.events import EventType, happened
from socials.timing import EVENT_LIVES
from tests.support.builders import NOW, USER, a_connection, a_post, a_run, an_account, life_of
from tests.support.changing import replace
from tests.support.seeding import claimed, disconnecting, seed, stored

CONNECTED, SYNCED = happened(EventType.CONNECTED, NOW), happened(EventType.SYNCED, NOW, run_id="1", code="ü")


def test_an_event_reads_as_it_was_written_with_a_checkpoint(ports: Any) -> None:
    mine = claimed(ports, seed(ports, an_account(run=a_run())))
    ports.accounts.save(Checkpoint(account=mine, events=(SYNCED, CONNECTED)), "worker")

    assert ports.history.events(life_of(mine), 10, None).items == (SYNCED, CONNECTED)
    assert ports.history.events(life_of(mine), 1, None).items == (SYNCED,)
    assert ports.remains.count(life_of(mine)).events == 2


def test_a_fenced_checkpoint_leaves_no_event(ports: Any) -> None:
    mine = claimed(ports, seed(ports, an_account(run=a_run())))
    disconnecting(ports, mine)
    with pytest.raises(Fenced):
        ports.accounts.save(Checkpoint(account=mine, events=(SYNCED,)), "worker")
    assert ports.history.events(life_of(mine), 10, None).items == ()


def test_events_count_among_the_items_of_a_checkpoint(ports: Any) -> None:
    mine = claimed(ports, seed(ports, an_account(run=a_run())))
    posts = tuple(a_post(n) for n in range(98))
    ports.accounts.save(Checkpoint(account=mine, posts=posts, events=(SYNCED,)), "worker")
    with pytest.raises(ValueError, match="99"):
        ports.accounts.save(Checkpoint(account=mine, posts=posts, events=(SYNCED, CONNECTED)), "worker")


def test_a_join_writes_its_event_under_the_life_that_it_keeps(ports: Any) -> None:
    old = seed(ports, an_account())
    connection = a_connection(connection_id="connection_2", grant_id="grant_2")
    ports.connections.start(connection)
    again = Join(replace(old, grant_id="grant_2", life="life_ignored"), old, happened(EventType.RECONNECTED, NOW))
    assert ports.connections.finish(connection, [again], NOW)

    assert [event.type for event in ports.history.events(life_of(old), 10, None).items] == ["reconnected"]


def test_a_connect_that_was_too_late_leaves_no_event(ports: Any) -> None:
    old = seed(ports, an_account())
    connection = a_connection(connection_id="connection_2", grant_id="grant_2")
    ports.connections.start(connection)
    disconnecting(ports, old)
    assert not ports.connections.finish(connection, [Join(replace(old, grant_id="grant_2"), old, CONNECTED)], NOW)

    assert ports.history.events(life_of(old), 10, None).items == ()


def test_two_dozen_reconnects_amid_runs_from_grants_of_their_own_fit_one_transaction(ports: Any) -> None:
    old = [an_account(platform_account_id=str(n), grant_id=f"grant_old_{n}", run=a_run()) for n in range(24)]
    for account in old:
        seed(ports, account)
    connection = a_connection(connection_id="connection_2", grant_id="grant_2")
    ports.connections.start(connection)
    seen = [stored(ports, account) for account in old]
    event = happened(EventType.RECONNECTED, NOW)
    joins = [Join(replace(each, grant_id="grant_2"), each, event, each.run.finished(NOW)) for each in seen]

    assert ports.connections.finish(connection, joins, NOW)
    assert len(ports.grants.get(USER, "grant_2").members) == 24
    assert all(ports.grants.get(USER, each.grant_id).retired for each in old)


def test_an_event_ends_after_ninety_days(ports: Any) -> None:
    mine = claimed(ports, seed(ports, an_account(run=a_run())))
    ports.accounts.save(Checkpoint(account=mine, events=(SYNCED,)), "worker")
    ports.clock.at = NOW + EVENT_LIVES
    assert ports.history.events(life_of(mine), 10, None).items == ()
