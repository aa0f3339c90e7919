"""LinkedIn's members: profile, followers, and numbers summed over all that they posted."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from local.sandbox import world
from local.sandbox.avatars import avatar_url
from local.sandbox.chance import letters
from local.sandbox.linkedin_pages import listing
from local.sandbox.people import Person
from local.sandbox.restli import asked, bad, date_range, word
from local.sandbox.state import Sandbox

Reader = Callable[..., Person]
BASIC, PROFILE, POST = "r_basicprofile", "r_member_profileAnalytics", "r_member_postAnalytics"
_BY_DAY = {
    "IMPRESSION": "impressions",
    "REACTION": "likes",
    "COMMENT": "comments",
    "RESHARE": "reposts",
    "POST_SAVE": "saves",
    "POST_SEND": "quotes",
}
_TOTAL_ONLY = {"MEMBERS_REACHED": "impressions", "LINK_CLICKS": "clicks", "FOLLOWER_GAINED_FROM_CONTENT": "follows"}


def member_id(person: Person) -> str:
    return letters(10, "member", person.key)


class Members:
    def __init__(self, sandbox: Sandbox, reader: Reader) -> None:
        self._sandbox, self._reader = sandbox, reader

    def me(self) -> Mapping[str, Any]:
        person = self._reader(BASIC)
        projection = asked("projection").get("projection", "")
        first, _, last = person.name.partition(" ")
        picture: dict[str, Any] = {"displayImage": f"urn:li:digitalmediaAsset:M{member_id(person)}"}
        if "displayImage~:playableStreams" in projection:
            file = {"identifier": avatar_url(f"linkedin-{person.key}"), "mediaType": "image/svg+xml"}
            picture["displayImage~"] = {"elements": [{"identifiers": [file]}, {"identifiers": [file]}]}
        named = {"id": member_id(person), "localizedFirstName": first, "localizedLastName": last}
        return {**named, "vanityName": f"{person.key}-person", "profilePicture": picture}

    def followers(self) -> Mapping[str, Any]:
        person = self._reader(PROFILE)
        word(asked("q"), "q", {"me"})
        count = world.followers(self._self(person), self._sandbox.today)
        return listing([{} if person.unknown else {"memberFollowersCount": count}])

    def numbers(self) -> Mapping[str, Any]:
        person = self._reader(POST)
        query = asked("q", "queryType", "aggregation", "dateRange")
        word(query, "q", {"me"})
        metric = word(query, "queryType", _BY_DAY.keys() | _TOTAL_ONLY.keys())
        daily = word({"aggregation": query.get("aggregation", "TOTAL")}, "aggregation", {"TOTAL", "DAILY"}) == "DAILY"
        if daily and metric in _TOTAL_ONLY:
            raise bad("aggregation")
        first, end = date_range(query)
        days = [first + timedelta(days=n) for n in range(min((end - first).days, 400)) if self._is_over(first, n)]
        counted = [self._count(person, metric, day) for day in days]
        if not daily:
            return listing([_row(metric, sum(counted), first, end)])
        rows = [_row(metric, n, day, day + timedelta(days=1)) for n, day in zip(counted, days, strict=True)]
        return listing(rows)

    def _is_over(self, first: date, days: int) -> bool:
        return first + timedelta(days=days) <= self._sandbox.today

    def _count(self, person: Person, metric: str, day: date) -> int:
        ours = (_BY_DAY | _TOTAL_ONLY)[metric]
        return world.settled(world.account_day(self._self(person), ours, day), day, self._sandbox.now())

    @staticmethod
    def _self(person: Person) -> Person:
        """The member has other numbers than their page."""
        return replace(person, key=f"{person.key}-self", followers=0 if person.nobody else 50 + person.followers // 9)


def _row(metric: str, count: int, first: date, end: date) -> dict[str, Any]:
    return {"count": count, "metricType": metric, "dateRange": {"start": _record(first), "end": _record(end)}}


def _record(day: date) -> dict[str, int]:
    return {"year": day.year, "month": day.month, "day": day.day}
