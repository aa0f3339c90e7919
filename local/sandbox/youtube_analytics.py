"""YouTube's Analytics API v2: days of a channel and sums of videos, three days late, in Pacific time."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from local.sandbox import world
from local.sandbox.doorway import Refusal
from local.sandbox.people import Person
from local.sandbox.state import Sandbox
from local.sandbox.world import Post
from local.sandbox.youtube_channels import PLATFORM, channel_id, video_id

METRICS: Mapping[str, str] = {
    "views": "video_views",
    "likes": "likes",
    "comments": "comments",
    "shares": "reposts",
    "videosAddedToPlaylists": "saves",
    "cardClicks": "clicks",
    "endScreenElementClicks": "visits",
}
_OPTIONAL = frozenset({"videosAddedToPlaylists", "cardClicks", "endScreenElementClicks"})
# Careful: described since 2026-01, and refused to many.
_REFUSED = frozenset({"videoThumbnailImpressions", "videoThumbnailImpressionsClickRate"})
_LATE = timedelta(days=3)
_PACIFIC = ZoneInfo("America/Los_Angeles")
_KNOWN = frozenset(
    "ids startDate endDate metrics dimensions filters sort maxResults startIndex currency "
    "includeHistoricalChannelData".split()
)


class Reports:
    def __init__(self, sandbox: Sandbox, reader: Callable[[], Person], refusal: Callable[..., Refusal]) -> None:
        self._sandbox, self._reader, self._refusal = sandbox, reader, refusal

    def query(self) -> Mapping[str, Any]:
        person = self._reader()
        if request.args.get("ids") not in ("channel==MINE", f"channel=={channel_id(person)}"):
            raise self._refusal("forbidden")
        metrics = [name for name in request.args.get("metrics", "").split(",") if name]
        self._demand(set(request.args) <= _KNOWN and bool(metrics) and not set(metrics) & _REFUSED)
        self._demand(set(metrics) <= METRICS.keys())
        # Careful: an optional metric beside others makes a query that is not supported.
        self._demand(len(metrics) == 1 or not set(metrics) & _OPTIONAL)
        first, last = self._day("startDate"), self._day("endDate")
        self._demand(first <= last)
        last = min(last, self._sandbox.now().astimezone(_PACIFIC).date() - _LATE)
        dimension = request.args.get("dimensions")
        self._demand(dimension in ("day", "video"))
        rows = self._days(person, metrics, first, last) if dimension == "day" else self._videos(person, metrics, last)
        headers = [{"name": dimension, "columnType": "DIMENSION", "dataType": "STRING"}]
        headers += [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in metrics]
        # Careful: without data there are no rows at all.
        return {
            "kind": "youtubeAnalytics#resultTable",
            "columnHeaders": headers,
            **({"rows": rows} if rows else {}),
        }

    def _demand(self, fine: bool) -> None:
        if not fine:
            raise self._refusal("bad_request")

    def _day(self, name: str) -> date:
        try:
            return date.fromisoformat(request.args.get(name, ""))
        except ValueError:
            raise self._refusal("bad_request", f"Invalid value for {name}.") from None

    def _days(self, person: Person, metrics: list[str], first: date, last: date) -> list[list[Any]]:
        began = self._sandbox.opened - timedelta(days=person.history)
        first = max(first, began)
        if person.unknown and {"cardClicks", "endScreenElementClicks"} & set(metrics):
            return []
        days = [first + timedelta(days=n) for n in range(max(0, (last - first).days + 1))]
        return [[day.isoformat(), *(world.account_day(person, METRICS[name], day) for name in metrics)] for day in days]

    def _videos(self, person: Person, metrics: list[str], last: date) -> list[list[Any]]:
        """Careful: a video without any data has no row."""
        name, _, listed = request.args.get("filters", "").partition("==")
        ids = listed.split(",")
        self._demand(name == "video" and len(ids) <= 500)
        posts = [post for post in self._sandbox.posts(person, PLATFORM) if video_id(post.key) in ids]
        known = [post for post in posts if post.at.date() <= last]
        return [[video_id(post.key), *(self._total(post, name, last) for name in metrics)] for post in known]

    def _total(self, post: Post, name: str, last: date) -> int:
        return world.total(post, METRICS[name], last)
