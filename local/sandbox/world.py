"""What people post and how it is received: days, posts and numbers, all worked out from who and when.

Nothing is stored. A number depends only on the person, the post, the metric and the day, so it moves on when the
stack's clock does, and a restart on the same day shows the same world.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from local.sandbox.chance import draw, fraction
from local.sandbox.people import Person

# Shares of a person's reach that end up as each kind of reaction.
WEIGHTS = {
    "impressions": 1.0,
    "video_views": 0.42,
    "closeups": 0.061,
    "clicks": 0.019,
    "saves": 0.027,
    "likes": 0.043,
    "comments": 0.006,
    "reposts": 0.009,
    "quotes": 0.003,
    "bookmarks": 0.005,
    "follows": 0.001,
    "visits": 0.008,
}
# People take back a like or delete a comment; nobody takes back having looked.
_CAN_SHRINK = frozenset({"likes", "comments", "reposts", "quotes", "bookmarks"})
_START = date(2026, 1, 1)
_SUBJECTS = ("linen towels", "a sourdough loaf", "the blue glaze", "spring seedlings", "an old atlas", "letter forms")
_OPENINGS = ("How I made", "Three mistakes with", "A quiet morning with", "The story behind", "Finally finished:")
_SALMA = ("صباح الخير من المرسم 🌻", "خطوة بخطوة: الحبر والورق ✍️", "ألوان جديدة 🎨✨", "شكراً لكم 💛")


@dataclass(frozen=True, slots=True)
class Post:
    """`foreign`: not the person's own creation, or an answer to somebody (a save, a repost, a reply)."""

    person: Person
    platform: str
    number: int
    at: datetime
    text: str
    foreign: bool

    @property
    def key(self) -> str:
        return f"{self.platform}/{self.person.key}/{self.number}"


def day_of(now: datetime) -> date:
    return now.astimezone(UTC).date()


def posts(person: Person, platform: str, opened: date, now: datetime) -> list[Post]:
    """All the person had posted by `now`, newest first. Their history begins `person.history` days before `opened`."""
    day = day_of(now)
    past = _whole_days(person, platform, opened - timedelta(days=person.history), day)
    return [*(post for post in _one_day(person, platform, day) if post.at <= now), *past]


@lru_cache(maxsize=256)
def _whole_days(person: Person, platform: str, first: date, end: date) -> tuple[Post, ...]:
    days = ((end - timedelta(days=back)) for back in range(1, (end - first).days + 1))
    return tuple(post for day in days for post in _one_day(person, platform, day))


def _one_day(person: Person, platform: str, day: date) -> list[Post]:
    ordinal = day.toordinal()
    if ordinal % person.every:
        return []
    made = [_post(person, platform, day, ordinal // person.every * person.per_day + n) for n in range(person.per_day)]
    return sorted(made, key=lambda post: post.at, reverse=True)


def _post(person: Person, platform: str, day: date, number: int) -> Post:
    seed = (platform, person.key, number)
    at = datetime.combine(day, time(), UTC) + timedelta(milliseconds=draw("time", *seed) % 86_400_000)
    return Post(person, platform, number, at, _words(person, seed), foreign=number % 6 == 5)


def _words(person: Person, seed: tuple[object, ...]) -> str:
    if person.key == "salma":
        return _SALMA[draw("words", *seed) % len(_SALMA)]
    return f"{_OPENINGS[draw('o', *seed) % len(_OPENINGS)]} {_SUBJECTS[draw('s', *seed) % len(_SUBJECTS)]}"


def followers(person: Person, day: date) -> int:
    """Never the same on two days running (the swing of 4 never cancels a rate that is not a multiple of it), and
    shrinking about one day in three; 0 for ever for a person whom nobody knows."""
    if person.nobody:
        return 0
    days = (day - _START).days
    return max(1, person.followers + person.rate * days + 4 * (draw("swing", person.key, day) % (person.rate + 2)))


def total(post: Post, metric: str, day: date) -> int:
    """The post's lifetime number at the end of `day`; most of it comes in the first days, a little for ever."""
    age = (day - post.at.date()).days
    if post.person.nobody or age < 0:
        return 0
    strength, start = _strength(post.person, post.key, metric)
    grown = int(strength * (1 - 0.75 ** (age + 1)) + strength * 0.004 * age + start)
    if metric in _CAN_SHRINK and draw("taken back", post.key, metric, day) % 4 == 0:
        return max(0, grown - 1)
    return grown


@lru_cache(maxsize=200_000)
def _strength(person: Person, key: str, metric: str) -> tuple[float, float]:
    strength = person.reach * WEIGHTS[metric] * (0.3 + 1.4 * fraction("strength", key, metric))
    return strength, fraction("start", key, metric)


def gained(post: Post, metric: str, day: date) -> int:
    """What the post gained on `day`; only for metrics that cannot shrink."""
    return total(post, metric, day) - total(post, metric, day - timedelta(days=1))


def account_day(person: Person, metric: str, day: date) -> int:
    """The account's own number of `day`. It is no sum over posts: platforms count what the list does not show."""
    if person.nobody:
        return 0
    weekend = 1.25 if day.weekday() >= 5 else 1.0
    return round(person.reach * 4 * WEIGHTS[metric] * weekend * (0.6 + 0.8 * fraction("day", person.key, metric, day)))


def settled(value: int, day: date, now: datetime) -> int:
    """`value` of `day` as a platform shows it while still counting: today and yesterday are short of the final."""
    age = (day_of(now) - day).days
    if age >= 2:
        return value
    if age == 1:
        return int(value * 0.9)
    moment = now.astimezone(UTC)
    return int(value * 0.8 * (moment.hour * 60 + moment.minute) / 1440)
