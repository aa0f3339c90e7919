"""What an opened platform gives the rest of the sandbox."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint

from local.sandbox.faults import Ground
from local.sandbox.people import Person


@dataclass(frozen=True, slots=True)
class Opened:
    """`describe(person)`: how they are known there, and how to log in. `revoke(person)`: they remove the product in
    their settings; answers what that did."""

    slug: str
    name: str
    blueprint: Blueprint
    ground: Ground
    describe: Callable[[Person], Mapping[str, Any]]
    revoke: Callable[[Person], Mapping[str, Any]]
