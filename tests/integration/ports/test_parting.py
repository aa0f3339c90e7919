"""The contract of what a platform's callback changes: a dead grant, a person's grants, a request for deletion."""

from datetime import timedelta
from typing import Any

from socials.models.accounts import Cause, Wait
from socials.models.events import broke
from socials.models.receipts import Deletion
from socials.models.runs import Problem
from socials.timing import RECEIPT_LIVES
from tests.support.builders import NOW, USER, a_run, an_account, life_of
from tests.support.changing import replace
from tests.support.seeding import claimed, disconnecting, seed, stored

CAUSE = Cause("removed_on_platform", "You removed us.", NOW)
EVENT = broke(CAUSE, NOW)


def test_an_ended_access_breaks_the_account_once_and_is_told(ports: Any) -> None:
    wait = Wait("rate_limited", "Later.", NOW, NOW)
    seen = claimed(ports, seed(ports, an_account(run=a_run(), wait=wait)))
    assert seen.run is not None

    assert ports.accounts.end_access(seen, CAUSE, EVENT, seen.run.finished(NOW))
    assert not ports.accounts.end_access(seen, CAUSE, replace(EVENT, event_id="01M82NYKSGJP9JMWQX74Y88TDG"))

    row = stored(ports, seen)
    assert (row.broken, row.run, row.attempts) == (CAUSE, None, 0)
    assert row.wait == wait, "whoever connects again waits until then, too"
    assert row.lease_until == seen.lease_until
    assert ports.history.events(life_of(seen), 10, None).items == (EVENT,)


def test_an_access_does_not_end_where_another_run_was_queued_or_the_one_seen_has_ended(ports: Any) -> None:
    seen = seed(ports, an_account())
    earlier = a_run(seen, run_id="earlier").finished(NOW)
    assert not ports.accounts.end_access(seen, CAUSE, EVENT, earlier)
    assert ports.accounts.request_run(USER, seen.account_id, a_run(seen, run_id="asked"), NOW)[0]
    assert not ports.accounts.end_access(seen, CAUSE, EVENT)
    assert not ports.accounts.end_access(seen, CAUSE, EVENT, earlier)

    row = stored(ports, seen)
    assert (row.broken, row.run.run_id) == (None, "asked")
    assert ports.history.events(life_of(seen), 10, None).items == ()


def test_the_run_that_an_ended_access_stops_is_kept_unless_it_has_ended_by_itself(ports: Any) -> None:
    seen = claimed(ports, seed(ports, an_account(run=a_run())))
    assert seen.run is not None
    ended = seen.run.failing_open_parts(Problem(CAUSE.code, CAUSE.message)).finished(NOW)
    assert ports.accounts.end_access(seen, CAUSE, EVENT, ended)
    assert ports.history.run(life_of(seen), ended.run_id) == ended

    another = Cause("token_revoked", "The platform ended it.", NOW)
    assert not ports.accounts.end_access(seen, another, broke(another, NOW), ended)
    assert stored(ports, seen).broken == CAUSE


def test_an_access_ends_only_where_it_is_still_the_one_that_was_seen(ports: Any) -> None:
    seen = seed(ports, an_account())
    for other in (replace(seen, life="life_other"), replace(seen, connection_id="connection_other")):
        assert not ports.accounts.end_access(other, CAUSE, EVENT)
    disconnecting(ports, seen)
    assert not ports.accounts.end_access(seen, CAUSE, EVENT)
    assert ports.history.events(life_of(seen), 10, None).items == ()


def test_a_persons_grants_are_known_until_they_leave(ports: Any) -> None:
    assert ports.persons.holdings("facebook", "ada") == frozenset()
    for holding in ("user-anna#grant_1", "user#bert#grant_2"):
        assert ports.persons.join("facebook", "ada", holding, NOW)
    assert ports.persons.holdings("facebook", "ada") == {"user-anna#grant_1", "user#bert#grant_2"}
    assert not ports.persons.leave("facebook", "ada", "user-anna#grant_1", NOW)
    assert ports.persons.holdings("facebook", "ada") == {"user#bert#grant_2"}


def test_a_deletion_is_found_by_its_code_for_thirty_days(ports: Any) -> None:
    deletion = Deletion(NOW, ((USER, "acc_1.X"), ("user-bert", "acc_2.Y")))
    ports.deletions.keep("hash", deletion)
    ports.deletions.keep("nothing", Deletion(NOW, ()))

    assert ports.deletions.find("hash", NOW + RECEIPT_LIVES - timedelta(seconds=1)) == deletion
    assert ports.deletions.find("nothing", NOW) == Deletion(NOW, ())
    assert ports.deletions.find("hash", NOW + RECEIPT_LIVES) is None
    assert ports.deletions.find("unknown", NOW) is None
