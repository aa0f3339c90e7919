"""An account as large as real ones: names, addresses and numbers of a usual length, 30 days of followers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from socials.models.accounts import Account, FollowerPoint
from socials.models.readings import Day, Identity, Metrics, Post, Tokens
from tests.support.builders import NOW, a_post, an_account

# As Cognito names a person.
USER = "8f507cfc-0b1d-4697-b07a-ac58fc914c95"
SCOPES = ("read", "posts", "write")
PICTURE = "https://cdn.platform.example/v/t51.2885-19/" + "0123456789abcdef" * 10 + "_n.jpg?oh=" + "ab" * 30
PROFILE = "https://www.platform.example/a.travelling.photographer"
TITLE = "Seven quiet places above the lake that we found on the way to the pass, and one that we keep to ourselves"


def an_identity(number: int = 0) -> Identity:
    return Identity(
        platform_account_id=f"178414{number:011}",
        username=f"a.travelling.photographer.{number}",
        display_name="A Travelling Photographer",
        avatar_url=PICTURE,
        profile_url=PROFILE,
    )


def tokens() -> Tokens:
    """A pair as Google's and Meta's are long."""
    times = {"access_expires_at": NOW + timedelta(hours=1), "refresh_expires_at": NOW + timedelta(days=60)}
    return Tokens(
        access="ya29." + "A" * 215, refresh="1//0" + "r" * 100, scopes=SCOPES, extra={"person": "1" * 21}, **times
    )


def account(number: int = 0, **changes: Any) -> Account:
    """Connected for 40 days, synced yesterday, due when `wake_at` says. Names of ours are as long as real ones."""
    who = an_identity(number)
    days = [(NOW - timedelta(days=back)).date() for back in range(30, 0, -1)]
    fields: dict[str, Any] = {
        "platform": "scripted",
        "platform_account_id": who.platform_account_id,
        "username": who.username,
        "display_name": who.display_name,
        "avatar_url": who.avatar_url,
        "profile_url": who.profile_url,
        "scopes": SCOPES,
        "followers": tuple(FollowerPoint(day, 48_200 + 23 * n) for n, day in enumerate(days)),
        "follower_count": 48_867,
        "last_synced_at": NOW - timedelta(days=1),
        "last_run_finished_at": NOW - timedelta(days=1),
        "insights_through": (NOW - timedelta(days=2)).date(),
        "full_read_on": (NOW - timedelta(days=3)).date(),
        "life": f"l_{number:026}",
        "grant_id": f"grant_{number:026}",
        "connection_id": f"con_{number:026}",
        "user": USER,
    }
    return an_account(**fields | changes)


def post(number: int, likes: int = 1_204, at: datetime | None = None) -> Post:
    """Published an hour before the one of the next higher number, numbers on it."""
    metrics = Metrics(impressions=20_431, reach=18_220, likes=likes, comments=37, saves=112, shares=18, views=23_110)
    more: dict[str, Any] = {"published_at": at} if at else {}
    return a_post(
        number,
        post_id=f"17{number:015}",
        permalink=f"https://www.platform.example/p/C{number:010}/",
        title=TITLE,
        media_type="carousel",
        metrics=metrics,
        updated_at=None,
        **more,
    )


def day(back: int) -> Day:
    """So many days before now, with everything an insights answer holds."""
    metrics = Metrics(impressions=30_120, reach=21_440, likes=811, comments=42, saves=77, shares=12, clicks=96)
    return Day(date=(NOW - timedelta(days=back)).date(), followers=48_300, metrics=metrics, provisional=False)
