"""What can go wrong, by name, and the plan of what goes wrong next."""

import inspect
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Literal

from socials import ports

Moment = Literal["before", "after", "message", "answer"]


class Away(Exception):
    """AWS answered with an error, after every attempt of the adapter."""


class Throttled(Away):
    """AWS wants less of us, still after every attempt of the adapter."""


PORT_KINDS: dict[str, Moment] = {
    "error before": "before",
    "error after": "after",
    "throttled": "before",
    "conflict": "before",
    "killed before": "before",
    "killed after": "after",
    "late before": "before",
    "late after": "after",
    "frozen after": "after",
}
MEANWHILE_KINDS: dict[str, Moment] = {
    "meanwhile doubled": "after",
    "meanwhile disconnected": "after",
    "meanwhile reconnected": "after",
    "meanwhile pressed": "after",
}
MESSAGE_KINDS: dict[str, Moment] = {
    "message lost": "message",
    "message doubled": "message",
    "message late": "message",
    "message overtaken": "message",
}
# What only a distributed table and a vault that deletes in its own time do, each at its call.
ENGINE_KINDS = {"lagging index": "agenda.due", "slow deletion": "vault.destroy"}
# The platform was not reached, or did nothing of what was asked.
UNDONE_KINDS = (
    "429 with seconds",
    "429 with a date",
    "429 without a time",
    "429 for the app",
    "500",
    "503 with seconds",
    "503 with a page",
    "timeout before",
    "reset before",
    "DNS",
    "TLS",
    "redirect",
    "expired",
)
# It said that the access is dead though it is not.
LIES = ("revoked", "scope missing")
# It did what was asked, and its answer was spoiled on the way.
SPOILED_KINDS = (
    "timeout after",
    "reset after",
    "truncated",
    "not JSON",
    "wrong type",
    "huge",
    "no body",
    "empty",
    "nulls",
    "blanks",
    "slow",
)
ANSWER_KINDS = (*UNDONE_KINDS, *LIES, *SPOILED_KINDS)
CALLS = ("exchange", "identify", "profile", "insights", "posts", "refresh", "revoke")


_PORTS = {
    "accounts": "WorkedAccounts",
    "history": "History",
    "grants": "Grants",
    "connections": "Connections",
    "receipts": "Receipts",
    "remains": "Remains",
    "agenda": "Agenda",
    "budgets": "Budgets",
    "vault": "Vault",
    "persons": "Persons",
    "deletions": "Deletions",
    "apps": "Apps",
    "wakeups": "Wakeups",
}


def port_calls() -> list[str]:
    """Every method of every port that may fail, read from the protocols themselves."""
    protocols = {name: kind for name, kind in vars(ports).items() if getattr(kind, "_is_protocol", False)}
    calls = []
    for attribute, hint in _PORTS.items():
        methods = inspect.getmembers(protocols[hint], inspect.isfunction)
        calls += [f"{attribute}.{name}" for name, _ in methods if not name.startswith("_")]
    return calls


# What these runs never come to, as tests/unit/test_the_watch.py makes sure of: reads for the page, hosts that a person
# names, port methods to spare.
_READS = ("history.days", "history.posts", "history.runs", "history.run", "history.events", "history.everything")
_READS += ("history.first_day", "grants.list")
_ELSEWHERE = ("grants.leave", "apps.keep", "apps.forget")
NOT_HERE = frozenset(_READS + _ELSEWHERE)


def pairs() -> list[tuple[str, str]]:
    """Every pair of a call and what can go wrong with it."""
    found = [(call, kind) for call in port_calls() if call not in NOT_HERE for kind in (*PORT_KINDS, *MEANWHILE_KINDS)]
    found += [(call, kind) for call in ("wakeups.send", "wakeups.send_many") for kind in MESSAGE_KINDS]
    found += [(call, kind) for kind, call in ENGINE_KINDS.items()]
    found += [(f"network.{call}", kind) for call in CALLS for kind in ("killed before", "killed after", "late after")]
    found += [(f"network.{call}", kind) for call in CALLS for kind in MEANWHILE_KINDS]
    return found + [(f"network.{call}", kind) for call in CALLS for kind in ANSWER_KINDS]


def moment_of(kind: str) -> Moment:
    known = PORT_KINDS | MEANWHILE_KINDS | MESSAGE_KINDS
    if kind in known:
        return known[kind]
    return "message" if kind in ENGINE_KINDS else "answer"


@dataclass
class Planned:
    kind: str
    call: str | None
    skip: int = 0


class Plan:
    """Faults that wait for their moment. `fired`: how often each pair came to pass."""

    def __init__(self) -> None:
        self.waiting: list[Planned] = []
        self.fired: Counter[tuple[str, str]] = Counter()

    def arm(self, kind: str, call: str | None = None, skip: int = 0) -> None:
        """`call` None: whichever comes, after `skip` others."""
        self.waiting.append(Planned(kind, call, skip))

    def take(self, moment: Moment, call: str) -> str | None:
        for planned in self.waiting:
            if moment_of(planned.kind) != moment or planned.call not in (None, call):
                continue
            if planned.call is None and not fits(planned.kind, call):
                continue
            if planned.skip > 0:
                planned.skip -= 1
                continue
            self.waiting.remove(planned)
            self.fired[call, planned.kind] += 1
            return planned.kind
        return None


def fits(kind: str, call: str) -> bool:
    """Whether that can happen there."""
    if moment_of(kind) == "message":
        return call == ENGINE_KINDS.get(kind, call) and (kind in ENGINE_KINDS or call.startswith("wakeups."))
    if not call.startswith("network."):
        return kind not in ANSWER_KINDS
    return kind not in ("error before", "error after", "throttled", "conflict", "late before", "frozen after")


def some_fault(random: Random) -> Planned:
    """Any fault, at one of the next moments."""
    dice = random.random()
    if dice < 0.1:
        return Planned(random.choice((*ENGINE_KINDS, "lagging index")), None, random.randrange(4))
    if dice < 0.55:
        kind = random.choice((*PORT_KINDS, *PORT_KINDS, *MEANWHILE_KINDS, *MESSAGE_KINDS))
        return Planned(kind, None, random.randrange(12))
    kind = random.choice((*UNDONE_KINDS, *UNDONE_KINDS, *SPOILED_KINDS, *LIES))
    return Planned(kind, None, random.randrange(4))
