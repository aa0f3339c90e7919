"""LinkedIn's members: profile, followers, and days summed over all posts. The posts themselves are listed to nobody.

Unconfirmed, and so read with care: how far back days can be had, and whether a member's count of followers by day is a
total (so it is not read).
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from socials.errors import NotOffered, Refused
from socials.models.readings import Day, Identity, Metrics, Portion, ProfileReading, Tokens
from socials.platforms.base import Client, Session
from socials.platforms.restli import get, get_unversioned, record_of
from socials.platforms.untrusted import body_of, count, inner, items_of, matching, text, unreadable, web_url

DAYS_BACK = 89
DAYS_READ_AGAIN = 3

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VANITY = re.compile(r"[^\s/?#<>\"\\%]{1,120}")
_PROFILE = (
    "projection=(id,localizedFirstName,localizedLastName,vanityName,profilePicture(displayImage~:playableStreams))"
)
# One metric a call. The others can only be had for a whole period.
_BY_DAY = {
    "IMPRESSION": "impressions",
    "REACTION": "likes",
    "COMMENT": "comments",
    "RESHARE": "shares",
    "POST_SAVE": "saves",
}


def read_member(client: Client, call: str, tokens: Tokens) -> Identity:
    body = body_of(client.call(get_unversioned(call, "/me", tokens, _PROFILE)))
    member_id, vanity = matching(body.get("id"), _ID), matching(body.get("vanityName"), _VANITY)
    if member_id is None:
        raise unreadable()
    names = (text(body.get("localizedFirstName")), text(body.get("localizedLastName")))
    name = " ".join(part for part in names if part) or vanity or member_id
    return Identity(
        platform_account_id=f"urn:li:person:{member_id}",
        username=text(vanity) or name,
        display_name=name,
        avatar_url=_picture(inner(body, "profilePicture", "displayImage~")),
        profile_url=web_url(f"https://www.linkedin.com/in/{vanity}") if vanity else None,
    )


def _picture(streams: Mapping[str, Any]) -> str | None:
    """The last of the sizes, which is the largest."""
    sizes = streams.get("elements")
    if not isinstance(sizes, list) or not sizes or not isinstance(sizes[-1], dict):
        return None
    files = sizes[-1].get("identifiers")
    first = files[0] if isinstance(files, list) and files else None
    return web_url(first.get("identifier")) if isinstance(first, dict) else None


def profile(client: Client, session: Session) -> ProfileReading:
    identity = read_member(client, "profile", session.tokens)
    if identity.platform_account_id != session.platform_account_id:
        raise unreadable("LinkedIn answered with another account.")
    return ProfileReading(identity=identity, followers=_followers(client, session.tokens))


def _followers(client: Client, tokens: Tokens) -> int | None:
    try:
        body = body_of(client.call(get("followers", "/memberFollowersCount", tokens, "q=me")))
    except (NotOffered, Refused):
        return None
    return next((count(item.get("memberFollowersCount")) for item in items_of(body, "elements", 1)), None)


def insights(client: Client, session: Session) -> Portion:
    """Each metric by itself: one that LinkedIn does not tell costs no other."""
    first = session.first_day(DAYS_BACK, DAYS_READ_AGAIN)
    found: dict[date, dict[str, int]] = {}
    refusals: list[NotOffered | Refused] = []
    for metric, ours in _BY_DAY.items():
        try:
            numbers = _by_day(client, session, metric, first)
        except (NotOffered, Refused) as error:
            refusals.append(error)
            continue
        for day, number in numbers.items():
            found.setdefault(day, {})[ours] = number
    if len(refusals) == len(_BY_DAY):
        raise refusals[-1]
    return Portion(days=tuple(_day(day, found[day], session.today) for day in sorted(found)))


def _day(day: date, numbers: Mapping[str, int], today: date) -> Day:
    return Day(date=day, metrics=Metrics(**numbers), provisional=(today - day).days <= DAYS_READ_AGAIN)


def _by_day(client: Client, session: Session, metric: str, first: date) -> dict[date, int]:
    span = f"dateRange=(start:{record_of(first)},end:{record_of(session.today)})"
    query = ("q=me", f"queryType={metric}", "aggregation=DAILY", span)
    body = body_of(client.call(get("member_days", "/memberCreatorPostAnalytics", session.tokens, *query)))
    read = ((_date(inner(item, "dateRange", "start")), count(item.get("count"))) for item in _elements(body))
    return {day: number for day, number in read if day and number is not None and first <= day < session.today}


def _elements(body: Mapping[str, Any]) -> Any:
    return items_of(body, "elements", 2 * DAYS_BACK)


def _date(record: Mapping[str, Any]) -> date | None:
    parts = [count(record.get(name)) for name in ("year", "month", "day")]
    try:
        return date(*(part for part in parts if part is not None))
    except (TypeError, ValueError, OverflowError):
        return None
