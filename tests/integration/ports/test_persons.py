"""The contract of person rows: who may revoke, and who may join meanwhile."""

from datetime import timedelta
from typing import Any

from tests.support.builders import NOW

ONE, OTHER = "grant_one", "grant_other"
A_MINUTE = timedelta(seconds=60)
WHO = ("tiktok", "open-id-1")


def test_the_last_one_out_may_revoke(ports: Any) -> None:
    assert ports.persons.join(*WHO, ONE, NOW)
    assert ports.persons.join(*WHO, OTHER, NOW)
    assert not ports.persons.leave(*WHO, ONE, NOW)
    assert ports.persons.leave(*WHO, OTHER, NOW)


def test_who_never_joined_may_revoke_only_where_nobody_else_is(ports: Any) -> None:
    assert ports.persons.leave(*WHO, ONE, NOW)
    ports.persons.settle(*WHO, ONE)
    assert ports.persons.join(*WHO, OTHER, NOW)
    assert not ports.persons.leave(*WHO, ONE, NOW)


def test_persons_of_two_platforms_or_names_are_apart(ports: Any) -> None:
    assert ports.persons.join(*WHO, ONE, NOW)
    assert ports.persons.leave("facebook", WHO[1], OTHER, NOW)
    assert ports.persons.leave(WHO[0], "open-id-2", OTHER, NOW)


def test_joining_twice_counts_once(ports: Any) -> None:
    assert ports.persons.join(*WHO, ONE, NOW)
    assert ports.persons.join(*WHO, ONE, NOW)
    assert ports.persons.leave(*WHO, ONE, NOW)


def test_nobody_joins_while_the_last_one_out_revokes(ports: Any) -> None:
    assert ports.persons.join(*WHO, ONE, NOW)
    assert ports.persons.leave(*WHO, ONE, NOW)
    assert not ports.persons.join(*WHO, OTHER, NOW)
    assert not ports.persons.leave(*WHO, OTHER, NOW)
    assert ports.persons.leave(*WHO, ONE, NOW), "asked again after a crash, it is still the last one out"
    ports.persons.settle(*WHO, ONE)
    assert ports.persons.join(*WHO, OTHER, NOW)


def test_a_revoke_that_never_ended_keeps_nobody_out_for_long(ports: Any) -> None:
    assert ports.persons.join(*WHO, ONE, NOW)
    assert ports.persons.leave(*WHO, ONE, NOW)
    assert ports.persons.join(*WHO, OTHER, NOW + A_MINUTE)
    assert not ports.persons.leave(*WHO, ONE, NOW + A_MINUTE), "it would cut off the one that joined meanwhile"


def test_settling_leaves_what_joined_since(ports: Any) -> None:
    assert ports.persons.join(*WHO, ONE, NOW)
    assert ports.persons.leave(*WHO, ONE, NOW)
    assert ports.persons.join(*WHO, OTHER, NOW + A_MINUTE)
    ports.persons.settle(*WHO, ONE)
    ports.persons.settle(*WHO, ONE)
    assert not ports.persons.leave(*WHO, ONE, NOW + A_MINUTE)
    assert ports.persons.leave(*WHO, OTHER, NOW + A_MINUTE)
