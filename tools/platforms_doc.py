"""Writes docs/platforms.md from the platforms' own facts (`make docs`); what only people need stands here."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from socials.models.readings import METRIC_NAMES
from socials.platforms import every_platform
from socials.platforms.facts import Facts

PAGE = Path(__file__).parents[1] / "docs" / "platforms.md"
CALLBACK = "`<public origin>/connections/callback`"


@dataclass(frozen=True, slots=True)
class Upkeep:
    """For whoever runs the product: what to enter where when registering, tokens' lives, limits of calls."""

    registering: str
    lifetimes: str
    limits: str


UPKEEP = {
    "instagram": Upkeep(
        f"Meta app, product “Instagram” with Instagram Login: redirect {CALLBACK}; take the *Instagram* app id and "
        "secret. Other people's accounts need App Review (Advanced Access). Professional accounts only.",
        "one long token of 60 days that renews itself; nothing to refresh after it has ended",
        "calls in 24 h: 4,800 × impressions of the account, per account",
    ),
    "facebook": Upkeep(
        f"Meta app, Facebook Login: redirect {CALLBACK}; App Review and Business Verification for other people.",
        "page tokens without an end; the user token (for a revoke) 60 days",
        "calls in 24 h: 4,800 × engaged users, per page",
    ),
    "threads": Upkeep(
        f"Meta app, use case Threads: redirect {CALLBACK}; the *Threads* app id and secret; App Review per permission.",
        "one long token of 60 days that renews itself",
        "calls in 24 h: 4,800 × impressions, at least 48,000, per account",
    ),
    "pinterest": Upkeep(
        f"developers.pinterest.com, an app with redirect {CALLBACK}; Trial access first, Standard after a review.",
        "access 30 days, refresh 60 days; every refresh brings a new pair",
        "per user and minute: 1,000 reads, 60 analytics; Trial: 1,000 calls a day for the whole app",
    ),
    "linkedin": Upkeep(
        f"An app of its own with the Community Management product: redirect {CALLBACK} (https).",
        "access 60 days; refresh (partner apps) 365 days from the consent, never longer",
        "per day, app and member; Development tier 500 calls a day for the app",
    ),
    "x": Upkeep(
        f"X developer portal, OAuth 2.0 Web App (confidential): callback {CALLBACK} (127.0.0.1, not localhost).",
        "access 2 hours; every refresh brings a new pair and ends the old one",
        "per user and 15 minutes: 75 profiles, 900 lists; every post read is paid for",
    ),
    "tiktok": Upkeep(
        f"TikTok for Developers, Login Kit (web): redirect {CALLBACK}; all scopes but the basic one are reviewed.",
        "access 2 hours, refresh 180 days (as each answer says); every refresh brings a new pair",
        "600 calls a minute per endpoint, for the whole app",
    ),
    "youtube": Upkeep(
        f"Google Cloud project of its own, YouTube Data and Analytics API on, OAuth web client: redirect {CALLBACK}; "
        "verification for the sensitive scopes (in Testing, access ends after 7 days).",
        "access 1 hour; the refresh token stays, until it is revoked or idle for 6 months",
        "10,000 units a day for the whole project, about 5 units a sync of 100 videos",
    ),
    "bluesky": Upkeep(
        "Nothing to register: people make an app password.",
        "access 2 hours, refresh 90 days; every refresh brings a new pair",
        "3,000 calls in 5 minutes per address; 30 log-ins in 5 minutes per person",
    ),
    "mastodon": Upkeep(
        "Nothing to register beforehand: the product registers itself with each server, once.",
        "access without an end (Pixelfed, Pleroma: as they say)",
        "300 calls in 5 minutes per token, 300 pages in 15 minutes per person",
    ),
}


def page() -> str:
    """The whole page."""
    lines = [
        "# Platforms",
        "",
        "Made by `make docs` from the platforms' own facts; not written by hand.",
        "",
        "## What they tell",
        "",
        "| | " + " | ".join(("followers", *METRIC_NAMES)) + " |",
        "|---" * (len(METRIC_NAMES) + 2) + "|",
        *(_metrics(platform.facts) for platform in every_platform()),
        "",
        "– not offered: the number is null for ever, and the page says so.",
        "",
    ]
    for platform in every_platform():
        lines += _section(platform.facts, UPKEEP[platform.slug])
    return "\n".join(lines)


def _metrics(facts: Facts) -> str:
    cells = ("✓" if name in facts.metrics else "–" for name in ("followers", *METRIC_NAMES))
    return f"| {facts.name} | " + " | ".join(cells) + " |"


def _section(facts: Facts, upkeep: Upkeep) -> Iterable[str]:
    ends = {
        "nothing": "nothing: the platform offers none for our tokens",
        "token": "the one token",
        "person": "every grant of the person to our app, so only the last one of them is revoked",
    }
    yield f"## {facts.name}"
    yield ""
    yield f"- **Connecting**: {facts.connect.replace('_', ' ')}. {upkeep.registering}"
    yield f"- **Scopes** to read: {_code(facts.needed_scopes)}; to publish: {_code(facts.publish_scopes)}"
    yield f"- **Tokens**: {upkeep.lifetimes}"
    yield f"- **Limits**: {upkeep.limits}"
    yield f"- **A revoke ends** {ends[facts.revokes]}"
    yield (
        f"- **Reading**: days in {facts.day_zone}; posts up to {facts.backfill_posts:,}, those younger than "
        f"{facts.revisit_days} days every day, older ones weekly"
        + (f"; posts are kept for {facts.keeps.posts} days at most" if facts.keeps.posts else "")
        + (f"; days for {facts.keeps.days}" if facts.keeps.days else "")
    )
    yield f"- **Revoking by hand** ({facts.revocation.checked_on}): <{facts.revocation.url}>. " + " ".join(
        facts.revocation.steps
    )
    yield ""


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} written\n")
