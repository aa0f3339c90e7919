"""The people of the sandbox: the same cast on every platform, each with one trait that products trip over.

A person here is only a seed and some traits; what they posted and how many follow them is worked out in `world.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from local.sandbox.chance import draw

_CROWD = re.compile(r"crowd-([1-9][0-9]{0,5})")


@dataclass(frozen=True, slots=True)
class Person:
    """`key` names them in the sandbox's own calls. `every` and `per_day` say how often they post, `history` for how
    many days they had been posting when the sandbox opened. `reach` scales every number of theirs."""

    key: str
    name: str
    about: str
    trait: str
    followers: int = 1200
    rate: int = 3
    reach: int = 900
    every: int = 2
    per_day: int = 1
    history: int = 84
    personal: bool = False
    unknown: bool = False
    nobody: bool = False
    two_factor: bool = False
    own_server: bool = False
    self_hosted: bool = False
    listed: bool = True


CAST = (
    Person("ada", "Ada's Loom", "Weaving, and the patterns behind it.", "ordinary: some 40 posts, all numbers known"),
    Person(
        "bruno",
        "Bruno Bakes",
        "Bread every morning, cake every evening.",
        "many posts: over 320, so lists take several pages",
        followers=48200,
        rate=19,
        reach=5200,
        every=1,
        per_day=2,
        history=160,
        own_server=True,
    ),
    Person(
        "noor",
        "Noor Ceramics",
        "Clay, glaze, fire.",
        "unknown numbers: followers and many metrics are absent or null",
        followers=310,
        unknown=True,
    ),
    Person(
        "salma",
        "سلمى الخطيب 🌻👩🏽‍🎨",
        "خط وألوان — Calligraphy & colour ✨",
        "right-to-left name with emoji",
        followers=7300,
        rate=5,
        reach=2100,
    ),
    Person(
        "pia",
        "Pia Keller",
        "Just me and my garden.",
        "personal account: no business analytics; second factor on the main password",
        followers=64,
        rate=1,
        reach=60,
        personal=True,
        two_factor=True,
    ),
    Person(
        "zora", "Zora New", "First steps.", "real zeros: nobody follows, nobody has looked", followers=0, nobody=True
    ),
    Person(
        "otto",
        "Otto Runs His Own",
        "Everything under my own roof.",
        "a Bluesky server of his own; not offered on the pages, connect by name",
        self_hosted=True,
        listed=False,
    ),
    Person(
        "whale",
        "The Archive",
        "Everything, since ever.",
        "10,000 posts; not offered on the pages, connect by name",
        followers=900_001,
        rate=211,
        reach=40_000,
        every=1,
        per_day=50,
        history=200,
        listed=False,
    ),
)
# The index, welcome and pages offer only the listed.
_BY_KEY = {person.key: person for person in CAST}


def find(key: str) -> Person | None:
    """The person of that key; `crowd-1`, `crowd-2`, ... are as many ordinary people as a load test asks for."""
    if found := _CROWD.fullmatch(key):
        number = int(found[1])
        return Person(
            key,
            f"Crowd Member {number}",
            "One of many.",
            "one of a crowd",
            followers=100 + draw(key) % 900,
            listed=False,
        )
    return _BY_KEY.get(key)


def listed() -> Iterator[Person]:
    return (person for person in CAST if person.listed)
