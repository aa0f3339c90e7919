"""Pinterest's analytics: days with their data status, sums of a period, top Pins."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import request

from local.sandbox import world
from local.sandbox.doorway import Refusal
from local.sandbox.people import Person
from local.sandbox.pinterest_pins import Reader, find_pin, is_video, pin_id
from local.sandbox.state import Sandbox
from local.sandbox.world import Post

_PLATFORM = "pinterest"
# Pinterest's names for the world's counts.
_COUNTS = {"IMPRESSION": "impressions", "OUTBOUND_CLICK": "clicks", "PIN_CLICK": "closeups", "SAVE": "saves"}
_ACCOUNT_METRICS = (
    *("ENGAGEMENT", "ENGAGEMENT_RATE", "IMPRESSION", "OUTBOUND_CLICK", "OUTBOUND_CLICK_RATE"),
    *("PIN_CLICK", "PIN_CLICK_RATE", "SAVE", "SAVE_RATE"),
)
_LIFETIME = {"TOTAL_COMMENTS": "comments", "TOTAL_REACTIONS": "likes"}
_VIDEO = {
    "VIDEO_MRC_VIEW": 1.0,
    "VIDEO_10S_VIEW": 0.5,
    "QUARTILE_95_PERCENT_VIEW": 0.2,
    "VIDEO_V50_WATCH_TIME": 9000.0,
    "VIDEO_START": 1.3,
    "VIDEO_AVG_WATCH_TIME": 0.0,
}
_SHARED = (*_COUNTS, "SAVE_RATE", *_LIFETIME)
_STANDARD_METRICS = (*_SHARED, "USER_FOLLOW", "PROFILE_VISIT")
_VIDEO_METRICS = (*_SHARED, *_VIDEO)
_CHOICES = {
    "app_types": ("ALL", "MOBILE", "TABLET", "WEB"),
    "from_claimed_content": ("OTHER", "CLAIMED", "BOTH"),
    "pin_format": (
        *("ALL", "ORGANIC_IMAGE", "ORGANIC_PRODUCT", "ORGANIC_VIDEO"),
        *("ADS_STANDARD", "ADS_PRODUCT", "ADS_VIDEO", "ADS_IDEA"),
    ),
    "content_type": ("ALL", "PAID", "ORGANIC"),
    "source": ("ALL", "YOUR_PINS", "OTHER_PINS"),
    "created_in_last_n_days": ("30",),
    # Splits are not built: nothing of the product asks for one.
    "split_field": ("NO_SPLIT",),
}


class Analytics:
    def __init__(self, sandbox: Sandbox, reader: Reader) -> None:
        self._sandbox, self._reader = sandbox, reader

    def account(self) -> Mapping[str, Any]:
        person = self._business("user_accounts:read")
        bad = Refusal(400, {"code": 400, "message": "Invalid user accounts analytics parameters."})
        days, metrics = self._days(bad), _metric_types(_ACCOUNT_METRICS, bad) or _ACCOUNT_METRICS
        rows = [self._account_row(person, day, metrics) for day in days]
        counts = {name: sum(int(row[name]) for _, row in rows) for name in _COUNTS}
        daily = [
            {"date": day.isoformat(), "data_status": self._status(person, day), "metrics": _chosen(row, metrics)}
            for day, row in rows
        ]
        return {"all": {"daily_metrics": daily, "summary_metrics": _chosen(_with_rates(counts), metrics)}}

    def pin(self, pin_id: str) -> Mapping[str, Any]:
        person = self._business("boards:read", "pins:read")
        bad = Refusal(400, {"code": 400, "message": "Invalid pins analytics parameters."})
        post = find_pin(self._sandbox.posts(person, _PLATFORM), pin_id)
        days = self._days(bad)
        metrics = _metric_types(_VIDEO_METRICS if is_video(post) else _STANDARD_METRICS, bad)
        lifetime = [name for name in metrics if name in _LIFETIME]
        # One request cannot mix numbers of a period with numbers of a lifetime.
        if not metrics or (lifetime and len(lifetime) < len(metrics)):
            raise bad
        if lifetime:
            ever = {name: world.total(post, _LIFETIME[name], self._sandbox.today) for name in lifetime}
            return {"all": {"daily_metrics": [], "summary_metrics": {}, "lifetime_metrics": ever}}
        daily = [
            {
                "date": day.isoformat(),
                "data_status": "BEFORE_PIN_CREATED" if day < post.at.date() else self._status(person, day),
                "metrics": _chosen(self._pin_row(post, [day]), metrics),
            }
            for day in days
        ]
        return {"all": {"daily_metrics": daily, "summary_metrics": _chosen(self._pin_row(post, days), metrics)}}

    def pins(self) -> Mapping[str, Any]:
        """In beta, for chosen apps only; this one was not chosen."""
        self._reader("boards:read", "pins:read")
        message = "Your application does not have access to this restricted feature."
        raise Refusal(401, {"code": 3, "message": message})

    def top_pins(self) -> Mapping[str, Any]:
        return self._top(("ENGAGEMENT", *_COUNTS), _ACCOUNT_METRICS, videos_only=False)

    def top_video_pins(self) -> Mapping[str, Any]:
        names = ("IMPRESSION", "SAVE", "OUTBOUND_CLICK", *_VIDEO)
        return self._top(names, names, videos_only=True)

    def _top(self, sorts: Sequence[str], known: Sequence[str], videos_only: bool) -> Mapping[str, Any]:
        person = self._business("pins:read", "user_accounts:read")
        bad = Refusal(400, {"code": 400, "message": "Invalid user accounts analytics parameters."})
        days, metrics = self._days(bad), _metric_types(known, bad) or tuple(known)
        sort_by, count = request.args.get("sort_by"), request.args.get("num_of_pins", "10")
        if sort_by not in sorts or not count.isdigit() or not 1 <= int(count) <= 50:
            raise bad
        young = self._sandbox.today - timedelta(days=30) if "created_in_last_n_days" in request.args else date.min
        posts = self._sandbox.posts(person, _PLATFORM)
        asked = [post for post in posts if post.at.date() >= young and (is_video(post) or not videos_only)]
        # Only the winners get all their numbers worked out.
        first = sorted(asked, key=lambda post: self._rank(post, str(sort_by), days), reverse=True)[: int(count)]
        best = [(post, self._pin_row(post, days)) for post in first]
        status = self._status(person, days[-1])
        # The last moment of the last day that is final.
        latest = datetime.combine(self._sandbox.today - timedelta(days=1), time(), UTC) - timedelta(seconds=1)
        return {
            "sort_by": sort_by,
            "date_availability": {"is_realtime": False, "latest_available_timestamp": int(latest.timestamp()) * 1000},
            "pins": [
                {
                    "pin_id": pin_id(post.key),
                    "metrics": _chosen(row, metrics),
                    "data_status": dict.fromkeys(metrics, status),
                }
                for post, row in best
            ],
        }

    def _business(self, *scopes: str) -> Person:
        person = self._reader(*scopes)
        # Whether a personal account is refused here is not known. Careful: it is, with the same code as a missing
        # scope, so that only the granted scopes tell the product which of the two it is.
        if person.personal:
            raise Refusal(403, {"code": 29, "message": "You are not permitted to access that resource."})
        return person

    def _days(self, bad: Refusal) -> list[date]:
        for name, allowed in _CHOICES.items():
            if name in request.args and request.args[name] not in allowed:
                raise bad
        start, end = (_date(request.args.get(name, ""), bad) for name in ("start_date", "end_date"))
        today = self._sandbox.today
        # Careful: a day that has not begun is refused as well.
        if not today - timedelta(days=90) <= start <= end <= min(today, start + timedelta(days=90)):
            raise bad
        return [start + timedelta(days=n) for n in range((end - start).days + 1)]

    def _status(self, person: Person, day: date) -> str:
        age = (self._sandbox.today - day).days
        if person.unknown and age > 20:
            return "BEFORE_BUSINESS_CREATED"
        if person.unknown and day.toordinal() % 9 == 4:
            return "IN_BAD_TAG_DATE"
        return {0: "PROCESSING", 1: "ESTIMATE"}.get(age, "READY")

    def _account_row(self, person: Person, day: date, metrics: Sequence[str]) -> tuple[date, dict[str, float]]:
        # Careful: a day without data says so in its status only; its numbers are zeros that mean nothing.
        known = self._status(person, day) in ("READY", "ESTIMATE", "PROCESSING")
        known = known and request.args.get("content_type") != "PAID"
        now = self._sandbox.now()
        counts = {
            name: world.settled(world.account_day(person, metric, day), day, now) if known else 0
            for name, metric in _COUNTS.items()
        }
        return day, _with_rates(counts)

    def _pin_row(self, post: Post, days: Sequence[date]) -> dict[str, float]:
        row = _with_rates({name: self._gained(post, metric, days) for name, metric in _COUNTS.items()})
        row |= {"USER_FOLLOW": self._gained(post, "follows", days), "PROFILE_VISIT": self._gained(post, "visits", days)}
        if is_video(post):
            views = self._gained(post, "video_views", days)
            row |= {name: int(views * share) for name, share in _VIDEO.items()}
            row["VIDEO_AVG_WATCH_TIME"] = 7250.5 if views else 0
        return row

    def _rank(self, post: Post, sort_by: str, days: Sequence[date]) -> float:
        if sort_by in _VIDEO:
            return self._gained(post, "video_views", days) * (_VIDEO[sort_by] or 1)
        metrics = [_COUNTS[sort_by]] if sort_by in _COUNTS else ["clicks", "closeups", "saves"]
        return sum(self._gained(post, metric, days) for metric in metrics)

    def _gained(self, post: Post, metric: str, days: Sequence[date]) -> int:
        """The sum over the days; whole at once up to the days that are still being counted."""
        today = self._sandbox.today
        final = [day for day in days if (today - day).days >= 2]
        counting = days[len(final) :]
        now = self._sandbox.now()
        late = sum(world.settled(world.gained(post, metric, day), day, now) for day in counting)
        if not final:
            return late
        return late + world.total(post, metric, final[-1]) - world.total(post, metric, final[0] - timedelta(days=1))


def _date(text: str, bad: Refusal) -> date:
    if len(text) != 10:
        raise bad
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad from None


def _metric_types(known: Iterable[str], bad: Refusal) -> tuple[str, ...]:
    """Comma-joined in one parameter (explode false); careful: the repeated form is refused."""
    given = request.args.getlist("metric_types")
    names = tuple(given[0].split(",")) if given else ()
    if len(given) > 1 or not set(names) <= set(known):
        raise bad
    return names


def _with_rates(counts: Mapping[str, int]) -> dict[str, float]:
    engagement = sum(number for name, number in counts.items() if name != "IMPRESSION")
    shown = counts["IMPRESSION"]
    parts = {**counts, "ENGAGEMENT": engagement}
    rates = {f"{name}_RATE": (number / shown if shown else 0) for name, number in parts.items() if name != "IMPRESSION"}
    return parts | rates


def _chosen(row: Mapping[str, float], metrics: Iterable[str]) -> dict[str, float]:
    return {name: row[name] for name in metrics}
