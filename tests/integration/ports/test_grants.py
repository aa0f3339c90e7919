"""The contract of grant rows: members, retirement, the refresh lease."""

from datetime import timedelta
from typing import Any

import pytest

from socials import ids
from socials.errors import NoSecret
from socials.models.connections import Join
from socials.models.grants import RefreshLease, member
from socials.models.wakeups import Wakeup
from socials.timing import HEAL_AFTER, REFRESH_LEASE_SECONDS
from tests.support.builders import GRANT_ID, NOW, USER, a_connection, a_grant, an_account
from tests.support.changing import replace
from tests.support.seeding import seed

LEASE = timedelta(seconds=REFRESH_LEASE_SECONDS)
ANNA, SHOP = an_account(), an_account(platform_account_id="1002", username="shop")
ANNA_MEMBER, SHOP_MEMBER = member(ANNA.account_id, ANNA.life), member(SHOP.account_id, SHOP.life)


def test_a_grant_reads_as_it_was_made(ports: Any) -> None:
    seed(ports, ANNA, SHOP)
    assert ports.grants.get(USER, GRANT_ID) == a_grant(ANNA, SHOP)
    assert ports.grants.get("user-ben", GRANT_ID) is None


def test_the_last_one_out_retires_the_grant(ports: Any) -> None:
    seed(ports, ANNA, SHOP)
    left = ports.grants.leave(USER, GRANT_ID, ANNA_MEMBER, NOW)
    assert left == a_grant(SHOP, created_at=left.created_at)
    empty = replace(left, members=frozenset(), retired=True, wake_at=NOW + HEAL_AFTER)
    assert ports.grants.leave(USER, GRANT_ID, SHOP_MEMBER, NOW) == empty
    assert ports.grants.get(USER, GRANT_ID) == empty
    due = list(ports.agenda.due(ids.shard(GRANT_ID), NOW, NOW + HEAL_AFTER))
    assert Wakeup(USER, "grant", GRANT_ID) in due


def test_leaving_again_changes_nothing(ports: Any) -> None:
    seed(ports, ANNA, SHOP)
    once = ports.grants.leave(USER, GRANT_ID, ANNA_MEMBER, NOW)
    assert ports.grants.leave(USER, GRANT_ID, ANNA_MEMBER, NOW + LEASE) == once
    retired = ports.grants.leave(USER, GRANT_ID, SHOP_MEMBER, NOW)
    assert ports.grants.leave(USER, GRANT_ID, SHOP_MEMBER, NOW + LEASE) == retired


def test_another_life_is_another_member(ports: Any) -> None:
    seed(ports, ANNA)
    stays = ports.grants.leave(USER, GRANT_ID, member(ANNA.account_id, "life_other"), NOW)
    assert stays.members == {ANNA_MEMBER}
    assert not stays.retired


def test_nobody_leaves_a_grant_that_is_not_there(ports: Any) -> None:
    assert ports.grants.leave(USER, GRANT_ID, ANNA_MEMBER, NOW) is None
    ports.grants.delete(USER, GRANT_ID)
    assert ports.grants.get(USER, GRANT_ID) is None


def test_only_a_grant_without_members_is_deleted(ports: Any) -> None:
    seed(ports, ANNA)
    ports.grants.delete(USER, GRANT_ID)
    assert ports.grants.get(USER, GRANT_ID)
    ports.grants.leave(USER, GRANT_ID, ANNA_MEMBER, NOW)
    ports.grants.delete(USER, GRANT_ID)
    assert ports.grants.get(USER, GRANT_ID) is None


# ---------------------------------------------------------------- the refresh lease


def test_one_at_a_time_may_refresh(ports: Any) -> None:
    seed(ports, ANNA)
    lease = ports.grants.take_lease(USER, GRANT_ID, "w1", NOW)
    assert lease == RefreshLease(GRANT_ID, "w1", NOW + LEASE, interrupted=False)
    assert ports.grants.take_lease(USER, GRANT_ID, "w2", NOW + LEASE - timedelta(seconds=1)) is None
    assert ports.grants.get(USER, GRANT_ID).lease_owner == "w1"


def test_a_lease_can_be_taken_again_in_the_same_name(ports: Any) -> None:
    seed(ports, ANNA)
    ports.grants.take_lease(USER, GRANT_ID, "r1", NOW)
    again = ports.grants.take_lease(USER, GRANT_ID, "r1", NOW + timedelta(seconds=5))
    assert again is not None and again.until == NOW + timedelta(seconds=5) + LEASE
    assert ports.grants.take_lease(USER, GRANT_ID, "w2", NOW + LEASE) is None


@pytest.mark.parametrize("cut_off_before", [False, True])
def test_a_lease_asked_for_again_in_the_same_second_is_the_same_lease(ports: Any, cut_off_before: bool) -> None:
    seed(ports, ANNA)
    if cut_off_before:
        ports.grants.take_lease(USER, GRANT_ID, "w0", NOW - LEASE)
    lease = ports.grants.take_lease(USER, GRANT_ID, "w1", NOW)
    assert lease.interrupted is cut_off_before
    assert ports.grants.take_lease(USER, GRANT_ID, "w1", NOW) == lease


def test_a_settled_lease_leaves_no_trace(ports: Any) -> None:
    seed(ports, ANNA)
    before = ports.grants.get(USER, GRANT_ID)
    lease = ports.grants.take_lease(USER, GRANT_ID, "w1", NOW)
    ports.grants.release_lease(USER, lease, settled=True)
    assert ports.grants.get(USER, GRANT_ID) == before
    assert not ports.grants.take_lease(USER, GRANT_ID, "w2", NOW).interrupted


def test_a_lease_that_ran_out_leaves_the_next_one_interrupted(ports: Any) -> None:
    seed(ports, ANNA)
    ports.grants.take_lease(USER, GRANT_ID, "w1", NOW)
    assert ports.grants.take_lease(USER, GRANT_ID, "w2", NOW + LEASE).interrupted


def test_interrupted_stays_until_somebody_settles(ports: Any) -> None:
    seed(ports, ANNA)
    lease = ports.grants.take_lease(USER, GRANT_ID, "w1", NOW)
    ports.grants.release_lease(USER, lease, settled=False)
    for owner in ("w2", "w3"):
        lease = ports.grants.take_lease(USER, GRANT_ID, owner, NOW)
        assert lease.interrupted
        ports.grants.release_lease(USER, lease, settled=owner == "w3")
    assert not ports.grants.take_lease(USER, GRANT_ID, "w4", NOW).interrupted


def test_a_lost_lease_is_not_released(ports: Any) -> None:
    seed(ports, ANNA)
    lost = ports.grants.take_lease(USER, GRANT_ID, "w1", NOW)
    ports.grants.take_lease(USER, GRANT_ID, "w2", NOW + LEASE)
    ports.grants.release_lease(USER, lost, settled=True)
    assert ports.grants.get(USER, GRANT_ID).lease_owner == "w2"
    assert ports.grants.take_lease(USER, GRANT_ID, "w3", NOW + 2 * LEASE).interrupted


def test_there_is_no_lease_on_a_grant_that_is_gone(ports: Any) -> None:
    with pytest.raises(NoSecret):
        ports.grants.take_lease(USER, GRANT_ID, "w1", NOW)
    ports.grants.release_lease(USER, RefreshLease(GRANT_ID, "w1", NOW, interrupted=False), settled=True)
    assert ports.grants.get(USER, GRANT_ID) is None


def test_a_retired_grant_may_be_refreshed_for_its_revoke(ports: Any) -> None:
    seed(ports, ANNA)
    ports.grants.leave(USER, GRANT_ID, ANNA_MEMBER, NOW)
    assert ports.grants.take_lease(USER, GRANT_ID, "w1", NOW)


def test_somebody_who_joins_later_starts_on_a_clean_lease(ports: Any) -> None:
    seed(ports, ANNA)
    seed(ports, SHOP)
    assert ports.grants.get(USER, GRANT_ID).members == {ANNA_MEMBER, SHOP_MEMBER}
    assert not ports.grants.take_lease(USER, GRANT_ID, "w1", NOW).interrupted


def test_a_users_grants_are_listed_with_the_hash_of_their_person(ports: Any) -> None:
    connection = a_connection(connection_id="connection_2", grant_id="grant_2", person="a-hash", state_hash=None)
    ports.connections.start(connection)
    assert ports.connections.get(USER, "connection_2").person == "a-hash"
    assert ports.connections.finish(connection, [Join(an_account(grant_id="grant_2"), None)], NOW)
    seed(ports, an_account(platform_account_id="2"))

    assert {(grant.grant_id, grant.person) for grant in ports.grants.list(USER)} == {
        ("grant_2", "a-hash"),
        (an_account().grant_id, None),
    }
    assert ports.grants.list("user-bert") == []
