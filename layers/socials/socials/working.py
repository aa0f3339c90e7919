"""The work on one claimed run: how far it is, what it finds out of its account, and the fenced writes that keep it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from socials.clock import Clock
from socials.errors import SCOPE_MISSING, OutOfTime, PlatformError, Refused
from socials.models.accounts import Account, Cause, FollowerPoint, followers_with
from socials.models.claims import MOST_BESIDE, Checkpoint
from socials.models.events import Event
from socials.models.lives import LifeKey
from socials.models.parts import Part
from socials.models.readings import Day, Portion, Post, ProfileReading, Tokens
from socials.models.runs import PartProgress, PartState, Problem, Run
from socials.models.wakeups import Wakeup
from socials.pending import Pending, as_many_as_go, by_kind
from socials.platforms.facts import Facts
from socials.timing import RUN_LEASE_SECONDS, UNLISTED_POSTS_LIVE, WRITE_SECONDS
from socials.unlisted import Listing
from socials.values import replace

if TYPE_CHECKING:
    from socials.ports import History, WorkedAccounts

_ALL_POSTS_EVERY = timedelta(days=7)
# Behind the last final day: a number that is refused is back in a day or two, or is told no more.
_MISSING_WAITED_FOR = timedelta(days=7)


class IdentityChanged(Refused):
    """The tokens answer for another identity than the account's."""

    def __init__(self) -> None:
        super().__init__("The platform answered for another account than this one.", code="identity_changed")


class Work:
    """Owned by the worker that claimed the run. Every write is fenced by that claim and renews the lease."""

    def __init__(
        self,
        accounts: WorkedAccounts,
        history: History,
        clock: Clock,
        account: Account,
        owner: str,
        facts: Facts,
        time_left: Callable[[], float],
    ) -> None:
        assert account.run is not None
        self._facts = facts
        self._accounts = accounts
        self._clock = clock
        self._run: Run = account.run
        self.account = account
        self._stored = account
        self.owner = owner
        self.time_left = time_left
        self._pending = Pending(history, LifeKey(account.user, account.account_id, account.life))
        self._final_through = account.insights_through
        self._told: frozenset[str] = frozenset()
        self._estimated: frozenset[str] = frozenset()
        self._full_reading = False
        self._listing: Listing | None = None

    @property
    def run(self) -> Run:
        return self._run

    @property
    def platform(self) -> str:
        return self.account.platform

    @property
    def now(self) -> datetime:
        return self._clock()

    @property
    def grant_works(self) -> bool:
        """The platform answered for this grant in this run."""
        return self._run.parts[Part.PROFILE].state is PartState.SUCCEEDED

    @property
    def wakeup(self) -> Wakeup:
        return Wakeup(self.account.user, "account", self.account.account_id, self.account.life)

    def cover(self, seconds: int) -> None:
        """The lease lasts `seconds` from now, renewed if need be. Raises Fenced: no call may begin any more. Raises
        OutOfTime where the invocation may end before what the call brings is written, were it a new pair of tokens.

        Looked at again after each renewal: a slow write may have used up what it renewed.
        """
        if self.time_left() < seconds + WRITE_SECONDS:
            raise OutOfTime
        while not self._covered(seconds):
            self.checkpoint()

    def _covered(self, seconds: int) -> bool:
        until = self.account.lease_until
        return until is not None and until - self._clock() >= timedelta(seconds=seconds)

    def holds(self, tokens: Tokens, reconnect_by: datetime | None) -> None:
        """The row shows the scopes of the tokens in use, but for those that the platform says are gone, and when the
        person has to connect again at the latest."""
        lost = self._lost_scopes()
        scopes = tuple(scope for scope in tokens.scopes if scope not in lost) if lost else tokens.scopes
        if (scopes, reconnect_by) != (self.account.scopes, self.account.reconnect_by):
            self.account = replace(self.account, scopes=scopes, reconnect_by=reconnect_by)

    def _lost_scopes(self) -> frozenset[str]:
        """Of the parts that the platform refused in this run for want of a permission: somebody took it back there. Not
        one that another part was read with, unless there is no other that could be missing."""
        parts, scopes_of = self._run.parts, self._facts.part_scopes
        refused = [part for part, each in parts.items() if each.error and each.error.code == SCOPE_MISSING]
        if not refused:
            return frozenset()
        read = (part for part, each in parts.items() if each.state is PartState.SUCCEEDED)
        there = frozenset[str]().union(*(scopes_of.get(part, ()) for part in read))
        needed = [scopes_of.get(part, frozenset()) for part in refused]
        return frozenset[str]().union(*(scopes - there or scopes for scopes in needed))

    def reads_all_posts(self, today: date) -> bool:
        """Whether this run is the week's that reads old posts too; an account's first one is."""
        last = self.account.full_read_on
        self._full_reading = last is None or today - last >= _ALL_POSTS_EVERY
        return self._full_reading

    def has_read_all_posts(self, today: date) -> None:
        self.account = replace(self.account, full_read_on=today)

    def note(self, part: Part, state: PartState, error: PlatformError | None = None) -> None:
        problem = None if error is None else Problem(error.code, str(error))
        self._progress(part, replace(self._run.parts[part], state=state, error=problem))
        if (lost := self._lost_scopes()) & set(self.account.scopes):
            self.account = replace(self.account, scopes=tuple(s for s in self.account.scopes if s not in lost))

    def read_profile_again(self, today: date) -> None:
        """Where a run goes on upon another of the platform's days: it ends as synced now, so its profile is of now."""
        trail = self.account.followers
        if self.grant_works and trail and trail[-1].date < today:
            self._progress(Part.PROFILE, PartProgress(steps=self._run.parts[Part.PROFILE].steps))

    def absorb(self, part: Part, portion: Portion, today: date) -> None:
        """Take in what one step brought; written at the latest with the next checkpoint."""
        if portion.profile is not None:
            self._take_profile(portion.profile, today)
        for day in portion.days:
            self._pending.take_day(day)
        estimated_from = self._take_numbers_of(portion.days, self._run.parts[part].estimated_from)
        if part is Part.INSIGHTS and portion.cursor is None:
            self._wait_for_what_is_missing(today)
        self._take_posts(portion.posts)
        self._progress(part, _further(self._run.parts[part], portion, estimated_from))
        if self.account.attempts:
            self.account = replace(self.account, attempts=0)
        # After the last page the verdict's own write takes them along.
        if self._pending.is_much and portion.cursor is not None:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Write what is pending and renew the lease. Raises Fenced."""
        self.write(replace(self.account, run=self._run, lease_until=self._lease_end()))

    def change_run(self, run: Run) -> None:
        self._run = run

    def roll_back(self) -> None:
        """Forget all that is not written, the progress with it: a cursor never runs ahead of what is stored."""
        assert self._stored.run is not None
        self.account, self._run = self._stored, self._stored.run
        self._pending.forget()
        self._listing = None

    def write(self, account: Account, finished: Run | None = None, events: Sequence[Event] = ()) -> None:
        """Write everything pending, the given row (with the finished run, the events) with the last of it: until then
        the row tells of the progress before, so that a death in between reads the rest again. Raises Fenced."""
        renew = self._facts.keeps.posts is not None and self._full_reading
        all_new, listing = self._has_stored_nothing(), self._listing
        beside = self._pending.beside(self._clock(), all_new=all_new, renew=renew, listing=listing)
        is_whole = self._run.parts[Part.POSTS].state is PartState.SUCCEEDED
        if listing is not None and is_whole:
            leaves_at = self._clock() + UNLISTED_POSTS_LIVE
            beside += [("posts", replace(post, leaves_at=leaves_at)) for post in listing.passed_over()]
        last = Checkpoint(account=account, finished=finished, events=tuple(events))
        room_at_last = MOST_BESIDE - len(last.events) - (finished is not None)
        while len(beside) > room_at_last:
            some, beside = as_many_as_go(beside)
            renewed = replace(self._stored, lease_until=self._lease_end())
            self._save(Checkpoint(account=renewed, **by_kind(some)))
        self._save(replace(last, **by_kind(beside)))
        self.account = account
        self._pending.forget()
        if is_whole:
            self._listing = None

    def _save(self, checkpoint: Checkpoint) -> None:
        posts_until, days_until = self._kept_until(self._facts.keeps.posts), self._kept_until(self._facts.keeps.days)
        self._accounts.save(replace(checkpoint, posts_until=posts_until, days_until=days_until), self.owner)
        self._stored = checkpoint.account

    def _kept_until(self, days: int | None) -> datetime | None:
        return None if days is None else self._clock() + timedelta(days=days)

    def _lease_end(self) -> datetime:
        return self._clock() + timedelta(seconds=RUN_LEASE_SECONDS)

    def _progress(self, part: Part, progress: PartProgress) -> None:
        self._run = self._run.with_part(part, progress)

    def _take_posts(self, posts: Sequence[Post]) -> None:
        """A reading of all posts that began in this invocation also finds those that are listed no more. Where posts
        may be kept for a time only, that time ends them."""
        if self._full_reading and self._facts.keeps.posts is None and not self._run.parts[Part.POSTS].steps:
            self._listing = Listing()
        if self._listing is not None:
            self._listing.take(posts)
        self._pending.take_posts(posts)

    def _take_profile(self, profile: ProfileReading, today: date) -> None:
        identity = profile.identity
        if identity.platform_account_id != self.account.platform_account_id:
            raise IdentityChanged
        is_told = profile.followers is not None or profile.hides_followers
        known = profile.followers if is_told else self.account.follower_count
        self.account = replace(
            self.account,
            username=identity.username,
            display_name=identity.display_name,
            avatar_url=identity.avatar_url,
            profile_url=identity.profile_url,
            follower_count=known,
            followers=followers_with(self.account.followers, FollowerPoint(today, profile.followers)),
            moved=self._moved(profile.moved_to),
        )
        self._pending.take_day(Day(date=today, followers=profile.followers))

    def _moved(self, moved_to: str | None) -> Cause | None:
        """Since we first heard of it, as long as it is to the same account."""
        if moved_to is None:
            return None
        known, message = self.account.moved, f"This account has moved to {moved_to}. Connect that one to go on with it."
        return known if known is not None and known.message == message else Cause("account_moved", message, self.now)

    def _take_numbers_of(self, days: Sequence[Day], estimated_from: date | None) -> date | None:
        """The last day that is final with us lies before every one of this reading that the platform still works on:
        a later sync has to read those again. Takes and returns the oldest of them, as far as the reading has come."""
        self._told = self._told.union(*(day.metrics.known() for day in days))
        self._estimated = self._estimated.union(*(day.metrics.known() for day in days if day.provisional))
        estimated = [day.date for day in days if day.provisional] + ([estimated_from] if estimated_from else [])
        final = [day.date for day in days if day.provisional is False]
        through = max(final + ([self.account.insights_through] if self.account.insights_through else []), default=None)
        if through is not None and estimated:
            through = min(through, min(estimated) - timedelta(days=1))
        if through != self.account.insights_through:
            self.account = replace(self.account, insights_through=through)
        return min(estimated, default=None)

    def _wait_for_what_is_missing(self, today: date) -> None:
        """Where a reading has nowhere a number that days were estimated with before, as where the platform refuses it
        just now, those days are read again for a few days more: no final number of theirs has been told."""
        before, is_missing = self._final_through, bool(self.account.estimates - self._told)
        if is_missing and before is not None and today - before <= _MISSING_WAITED_FOR:
            self.account = replace(self.account, insights_through=before)
        elif self._estimated != self.account.estimates:
            self.account = replace(self.account, estimates=self._estimated)

    def _has_stored_nothing(self) -> bool:
        """In the first attempt at the run that a life begins with, before its first write: there is nothing to ask for.
        A reconnect's run is queued later than the life began; whatever died over a write is a second attempt, or has
        steps done."""
        row = self._stored
        assert row.run is not None
        begins = row.run.queued_at == row.connected_at and row.attempts == 1
        return begins and not any(progress.steps for progress in row.run.parts.values())


def _further(progress: PartProgress, portion: Portion, estimated_from: date | None) -> PartProgress:
    """`done` counts what was read: posts, days, the one profile. The total is known at the latest at the end."""
    done = progress.done + len(portion.posts) + len(portion.days) + (portion.profile is not None)
    complete = portion.cursor is None
    return replace(
        progress,
        state=PartState.SUCCEEDED if complete else PartState.RUNNING,
        done=done,
        total=done if complete else portion.total or progress.total,
        cursor=portion.cursor,
        error=None,
        steps=progress.steps + 1,
        estimated_from=None if complete else estimated_from,
    )
