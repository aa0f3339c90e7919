"""What an account takes in the table after a year, in bytes as DynamoDB counts them for storage.

An item is the names and the values of its attributes and 100 bytes beside them, an entry of the index likewise:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from socials import ids
from socials.aws.items import keys
from socials.aws.items.accounts import account_to_item
from socials.aws.items.attributes import Item, encoded
from socials.aws.items.history import event_to_item, post_to_item, run_item
from socials.aws.items.tokens import tokens_to_text
from socials.aws.items.weeks import weeks
from socials.aws.sealing import seal
from socials.models.events import run_ended
from socials.models.lives import LifeKey
from socials.models.parts import Part
from socials.models.runs import PartProgress, PartState, Run, RunState, Trigger
from tests.benchmarks import typical, units
from tests.support.aws_ports import agenda_carries
from tests.support.builders import NOW, a_run
from tests.support.changing import replace

ITEMS = {"row": 1, "sealed tokens": 1, "weeks of days": 52, "posts": 150, "runs": 33, "diary entries": 30}
BESIDE = 100


def stored() -> int:
    """All of them together."""
    return sum(number * bytes_of(what) for what, number in ITEMS.items())


def bytes_of(what: str) -> int:
    """One of these, with its entry in the index."""
    return sum(units.size(encoded(item)) + BESIDE for item in _items(what))


def _items(what: str) -> Iterator[Item]:
    account = typical.account(wake_at=NOW)
    life = LifeKey(account.user, account.account_id, account.life)
    run = a_finished_run()
    match what:
        case "row":
            row = account_to_item(account)
            yield row
            yield {name: row[name] for name in ("pk", "sk", "shard", "wake_at", *agenda_carries()) if name in row}
        case "sealed tokens":
            text = tokens_to_text(1, typical.tokens()).encode()
            sealed = seal(bytes(32), text, account.user, account.grant_id, 1, ids.random_id("key"))
            named = {"version": 1, "key_id": ids.random_id("key"), "sealed": sealed}
            yield keys.secret(account.user, account.grant_id) | named
        case "weeks of days":
            yield from (key | week for key, week, _ in weeks(life, map(typical.day, range(7))))
        case "posts":
            yield post_to_item(life, replace(typical.post(1), updated_at=NOW))
        case "runs":
            yield run_item(life, run)
        case "diary entries":
            yield event_to_item(life, run_ended(run, NOW))


def a_finished_run() -> Run:
    """A daily one that went well."""
    parts = {part: PartProgress(state=PartState.SUCCEEDED, done=1) for part in Part}
    times = {"started_at": NOW, "finished_at": NOW + timedelta(seconds=3)}
    return a_run(typical.account(), trigger=Trigger.DAILY, state=RunState.SUCCEEDED, parts=parts, **times)
