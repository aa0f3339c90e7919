"""Every platform we know, in the order the page shows them. CONTRIBUTING.md says how to add one.

Each is imported when it is first asked for: a function's cold start pays for the platforms that it meets, no others.
Whoever wants to know something of one, and calls none, asks for its facts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from socials.errors import FieldError, Invalid

if TYPE_CHECKING:
    from socials.platforms.base import Platform
    from socials.platforms.facts import Facts

# A platform's module is named as its slug, and the value in it as the slug in capitals.
SLUGS = (
    "instagram",
    "facebook",
    "threads",
    "pinterest",
    "linkedin",
    "x",
    "tiktok",
    "youtube",
    "bluesky",
    "mastodon",
)

# Those asked for so far. A test or a benchmark puts its own here, beside ours or in the place of one.
registered: dict[str, Platform] = {}


def platform(slug: str) -> Platform:
    """The platform of that slug. Raises Invalid (field `platform`) for one we do not know."""
    if slug not in registered:
        check_known(slug)
        registered[slug] = getattr(import_module(f"{__name__}.{slug}"), slug.upper())
    return registered[slug]


def facts_of(slug: str) -> Facts:
    """What is always true of that platform, without importing what calls it. Raises Invalid as `platform` does."""
    if slug in registered:
        return registered[slug].facts
    check_known(slug)
    from socials.platforms.facts_table import FACTS

    return FACTS[slug]


def check_known(slug: str) -> None:
    """Raises Invalid (field `platform`) for a slug we do not know, without importing anything."""
    if slug not in registered and slug not in SLUGS:
        raise Invalid([FieldError("platform", f"one of {', '.join(SLUGS)}")], code="unknown_platform")


def every_platform() -> tuple[Platform, ...]:
    """All of ours, imported, in the order the page shows them."""
    return tuple(platform(slug) for slug in SLUGS)
