"""Shares of the games, each for a process of its own: a quarter of the meetings, every fourth random order."""

import logging
import os
from collections import Counter
from dataclasses import dataclass, field

from tests.disconnect.playing import (
    Table,
    frozen_into_a_new_life,
    in_any_order,
    killed_everywhere,
    renewed_within_the_end,
    run_within_the_erase,
    stopped_everywhere,
)
from tests.disconnect.scenes import MEETINGS, OF_ONE_LIFE, WAYS_OUT
from tests.support.aws_world import AwsWorldPorts, aws_of_moto

# For AWS: a run of several writes and more than one batch to delete; a hundred would only take longer.
AWS_POSTS = 30
SHARES = 4


@dataclass
class Told:
    """What a share of the games came to. `calls`: by operation, those it was stopped at, and all that it makes."""

    calls: dict[str, tuple[set[str], set[str], int]] = field(default_factory=dict)
    numbers: Counter[str] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)

    def add(self, other: "Told") -> None:
        self.calls |= other.calls
        self.numbers += other.numbers
        self.left += other.left


def play_on_fakes(share: int, seed: int, runs: int) -> Told:
    told, table = Told(), Table()
    if share == 0:
        _stop(told, table, 0, 1)
        told.numbers["within"] = sum(run_within_the_erase(table, meeting) for meeting in MEETINGS)
    if share == 2:
        told.numbers["renewed"] = sum(renewed_within_the_end(table, way_out) for way_out in WAYS_OUT)
    if share == 1:
        told.numbers["kills"] = killed_everywhere(table, 0) + killed_everywhere(table, 1)
    return _in_any_order(told, table, share, seed, runs)


def play_on_aws(share: int, seed: int, runs: int) -> Told:
    """Without kills: those have a test of their own, AWS call by AWS call."""
    logging.disable(logging.CRITICAL)
    endpoint = os.environ.get("DYNAMODB_ENDPOINT")
    with aws_of_moto(endpoint) as aws:
        table = Table("AWS", lambda hooks: AwsWorldPorts(aws.fresh(), hooks), AWS_POSTS, sparingly=True)
        told = Told()
        _stop(told, table, share, SHARES)
        return _in_any_order(told, table, share, seed, runs)


def _stop(told: Told, table: Table, share: int, shares: int) -> None:
    for meeting in MEETINGS[share::shares]:
        covered, moments = stopped_everywhere(table, meeting)
        calls, there = {at.split()[1] for at in covered}, {at.split()[1] for at in moments}
        told.calls[meeting.name] = calls, there | calls, covered.total()
    told.numbers["again"] = sum(frozen_into_a_new_life(table, meeting) for meeting in OF_ONE_LIFE[share::shares])


def _in_any_order(told: Told, table: Table, share: int, seed: int, runs: int) -> Told:
    for number in range(share, runs, SHARES):
        told.numbers["moments"] += in_any_order(table, seed + number)
        told.numbers["runs"] += 1
    told.left = table.left
    return told
