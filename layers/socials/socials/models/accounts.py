"""A connected account: who it is, how it fares, and the work in flight on it."""

from datetime import date, datetime, timedelta

from msgspec import Struct

from socials.models.runs import Run


class Cause(Struct, frozen=True):
    """What is wrong since when. `code` is stable, `message` a sentence for people, without any platform secret."""

    code: str
    message: str
    since: datetime


class Wait(Struct, frozen=True):
    """The platform asked us to wait, or is out of reach: nothing is called before `until`."""

    code: str
    message: str
    since: datetime
    until: datetime


class FollowerPoint(Struct, frozen=True):
    """The followers of one of the platform's days; `n` None where unknown."""

    date: date
    n: int | None


FOLLOWER_DAYS = 30

# The cause of an account whose person took our access away on the platform itself.
REMOVED = "removed_on_platform"


class Account(Struct, frozen=True, kw_only=True):
    """One identity on one platform, connected by one user.

    `life` is kept by a reconnect and ended only by a disconnect. `broken` is proof that the grant is dead; `failure`
    is why the last run was no success; `wait` is the platform's clock. `lease_*`: whose the run is, until when.
    `moved`: the person left it for another account, though it still answers.
    `instance`: the host that the person named, where the platform has many.
    `insights_through`: the last day whose numbers are final with us. `estimates`: the names of the numbers that days
    behind it were told with. `full_read_on`: when all posts were last read.
    `followers`: the last 30 known days, oldest first, so that the list needs no other item.
    """

    user: str
    account_id: str
    life: str
    platform: str
    platform_account_id: str
    username: str
    display_name: str
    grant_id: str
    connection_id: str
    connected_at: datetime
    instance: str | None = None
    avatar_url: str | None = None
    profile_url: str | None = None
    scopes: tuple[str, ...] = ()
    follower_count: int | None = None
    followers: tuple[FollowerPoint, ...] = ()
    last_synced_at: datetime | None = None
    last_run_finished_at: datetime | None = None
    insights_through: date | None = None
    estimates: frozenset[str] = frozenset()
    full_read_on: date | None = None
    failure: Cause | None = None
    broken: Cause | None = None
    wait: Wait | None = None
    moved: Cause | None = None
    reconnect_by: datetime | None = None
    run: Run | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    attempts: int = 0
    wake_at: datetime | None = None
    receipt_id: str | None = None

    @property
    def disconnecting(self) -> bool:
        return self.receipt_id is not None

    @property
    def active_run(self) -> Run | None:
        return self.run if self.run is not None and self.run.active else None

    def leased_at(self, now: datetime) -> bool:
        return self.lease_until is not None and self.lease_until > now

    def follower_change(self, days: int) -> int | None:
        """The last known day minus the day exactly `days` before it; None unless both are known."""
        known = {point.date: point.n for point in self.followers if point.n is not None}
        if not known:
            return None
        last = max(known)
        earlier = known.get(last - timedelta(days=days))
        return None if earlier is None else known[last] - earlier


def followers_with(points: tuple[FollowerPoint, ...], new: FollowerPoint) -> tuple[FollowerPoint, ...]:
    """The trail with one more day, oldest first, 30 days long at most. A blank overwrites nothing."""
    trail = {point.date: point.n for point in points}
    trail[new.date] = new.n if new.n is not None else trail.get(new.date)
    newest = max(trail)
    return tuple(FollowerPoint(day, trail[day]) for day in sorted(trail) if (newest - day).days < FOLLOWER_DAYS)
