"""Reads the parts of one claimed run from its platform, step by step."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from socials.budgeting import BudgetBook
from socials.clock import Clock
from socials.errors import (
    SCOPE_MISSING,
    AccessRefused,
    NoSecret,
    NotOffered,
    OutOfTime,
    ReconnectNeeded,
    Refused,
    RetryLater,
)
from socials.models.grants import Sealed
from socials.models.parts import Part
from socials.models.readings import Portion, Tokens
from socials.models.runs import PartState, Trigger
from socials.platforms import platform as platform_named
from socials.platforms.base import Client, Session
from socials.refreshing import REFRESH_INTERRUPTED, STORE_SETTLING, Holder, Refreshing
from socials.timing import REFRESH_BEFORE, STOP_BEFORE_SECONDS
from socials.values import replace
from socials.working import IdentityChanged, Work

if TYPE_CHECKING:
    from socials.ports import Doors, Vault

# A secret made a moment ago may not be readable everywhere yet: no proof of anything before this long after a connect.
_SECRET_SETTLES_IN = timedelta(minutes=5)

# More pages than any list of posts has: an endless one ends here.
_MOST_STEPS = 1_000


class Reader:
    """Reads the parts of one claimed run, step by step."""

    def __init__(
        self,
        vault: Vault,
        refreshing: Refreshing,
        doors: Doors,
        clock: Clock,
        work: Work,
        budgets: BudgetBook,
    ) -> None:
        self._vault = vault
        self._refreshing = refreshing
        self._clock = clock
        self._work = work
        self._budgets = budgets
        self._platform = platform_named(work.platform)
        self._client: Client = doors.open(self._platform, work)
        self._sealed: Sealed | None = None
        self._renewed_later = False

    def read_all(self) -> None:
        """Every part that has not ended yet. Raises RetryLater when a part has to wait, after reading the others."""
        self._work.read_profile_again(self._today())
        delays = list(filter(None, map(self._read_or_wait, Part)))
        try:
            if delays:
                raise delays[0]
        finally:  # no circle with this frame
            delays.clear()

    def _read_or_wait(self, part: Part) -> RetryLater | None:
        """What the part has to wait for, if it has not ended yet. Raises what every other has to wait for too."""
        try:
            if not self._work.run.parts[part].ended:
                self._read(part)
        except RetryLater as error:
            self._work.note(part, PartState.WAITING, error)
            if error.holds_for_every_call or part is Part.PROFILE:
                raise
            return error
        return None

    def _read(self, part: Part) -> None:
        try:
            if self._is_offered(part):
                self._read_steps(part)
            else:
                self._work.note(part, PartState.NOT_OFFERED)
        except NotOffered as error:
            # Without a profile nothing is known of the account: that is no success, whoever refuses it.
            state = PartState.FAILED if part is Part.PROFILE else PartState.NOT_OFFERED
            self._work.note(part, state, error)
        except IdentityChanged as error:
            for each in Part:  # whatever these tokens answer with now is another account's
                self._work.note(each, PartState.FAILED, error)
        except (Refused, AccessRefused) as error:
            self._work.note(part, PartState.FAILED, error)

    def _is_offered(self, part: Part) -> bool:
        """By platform and by the scopes that the person gave. Raises ReconnectNeeded where the profile lacks one."""
        held = self._sealed or self._tokens()  # as last read; each step sees for itself that they are still good
        allowed = self._platform.facts.can_read(part, held.tokens.scopes)
        if part is Part.PROFILE and not allowed:
            raise ReconnectNeeded("A permission that the profile needs is missing.", code=SCOPE_MISSING)
        return allowed and part in self._platform.parts

    def _read_steps(self, part: Part) -> None:
        while True:
            if self._work.time_left() < STOP_BEFORE_SECONDS:
                raise OutOfTime
            progress = self._work.run.parts[part]
            if progress.steps >= _MOST_STEPS:
                raise Refused("The platform's list did not end.", code="endless_list")
            today = self._today()
            portion = self._step(part, progress.cursor, today)
            if part is Part.POSTS:
                portion = self._enough(portion, progress.done, today)
            self._work.absorb(part, portion, today)
            if portion.cursor is None:
                return

    def _enough(self, portion: Portion, done: int, today: date) -> Portion:
        """Recent posts are read every day, all of them once a week, and never more than the platform's fact allows."""
        facts = self._platform.facts
        over = portion.cursor is None or done + len(portion.posts) >= facts.backfill_posts
        if self._work.reads_all_posts(today):
            if over:
                self._work.has_read_all_posts(today)
        elif facts.newest_first and portion.posts:
            oldest_wanted = today - timedelta(days=facts.revisit_days)
            over = over or all(post.published_at.date() < oldest_wanted for post in portion.posts)
        return replace(portion, cursor=None) if over else portion

    def _step(self, part: Part, cursor: str | None, today: date) -> Portion:
        """One step; an access token refused once is renewed once, and only then taken as proof."""
        try:
            return self._try(part, cursor, today)
        except AccessRefused:
            assert self._sealed is not None
            if self._work.grant_works and not self._can_renew(self._sealed):
                raise
            self._sealed = self._fresh(self._sealed, refused=True)
            self._renewed_later = False
        try:
            return self._try(part, cursor, today)
        except AccessRefused as error:
            if self._work.grant_works:  # the profile answers: what refuses is this part alone
                raise
            code = "token_revoked" if error.code == AccessRefused.code else error.code
            raise ReconnectNeeded(str(error), code=code, platform=error.platform) from error

    def _can_renew(self, sealed: Sealed) -> bool:
        """Whether there is anything to ask the platform for another access token with."""
        return self._platform.refresh is not None and sealed.tokens.refresh is not None

    def _try(self, part: Part, cursor: str | None, today: date) -> Portion:
        """Not while the platform wants the whole app to wait: a neighbour may have heard so since the last step."""
        self._budgets.check_again(self._work.platform)
        return self._platform.parts[part](self._client, self._session(today), cursor)

    def _session(self, today: date) -> Session:
        account = self._work.account
        return Session(
            tokens=self._tokens().tokens,
            platform_account_id=account.platform_account_id,
            username=account.username,
            today=today,
            days_known_through=account.insights_through,
        )

    def _today(self) -> date:
        return self._platform.facts.today(self._clock())

    def _tokens(self) -> Sealed:
        if self._sealed is None:
            self._sealed = self._read_secret()
        self._sealed = self._renewed_in_time(self._sealed)
        self._work.holds(self._sealed.tokens, self._reconnect_by(self._sealed.tokens))
        return self._sealed

    def _reconnect_by(self, tokens: Tokens) -> datetime | None:
        """When the grant ends, as far as we know; None where renewing keeps it alive."""
        ends = self._platform.facts.grant_ends
        end = tokens.refresh_expires_at if ends else None
        is_not_renewed = self._platform.refresh is None or self._renewed_later
        dies_with_access = is_not_renewed or (ends and tokens.refresh is None)
        return end or (tokens.access_expires_at if dies_with_access else None)

    def _read_secret(self) -> Sealed:
        account = self._work.account
        try:
            return self._vault.read(account.user, account.grant_id)
        except NoSecret:
            run = self._work.run
            since = run.queued_at if run.trigger is Trigger.CONNECT else account.connected_at
            if self._clock() - since < _SECRET_SETTLES_IN:
                raise RetryLater("The stored access is not readable yet.", code=STORE_SETTLING) from None
            raise ReconnectNeeded("The stored access is gone.", code="token_missing") from None

    def _renewed_in_time(self, sealed: Sealed) -> Sealed:
        """An early renewal, as Meta's weeks before the end, may fail by itself: the token works on, and so does the
        sync. The next run tries again; should none succeed, the person is told in time."""
        if self._renewed_later or not self._refreshing.expires_soon(self._platform, sealed.tokens):
            return sealed
        try:
            return self._fresh(sealed)
        except (RetryLater, Refused) as error:
            end = sealed.tokens.access_expires_at
            ends_soon = end is None or end - self._clock() < REFRESH_BEFORE
            if ends_soon or (isinstance(error, RetryLater) and error.holds_for_every_call):
                raise
        self._renewed_later = True
        return sealed

    def _fresh(self, sealed: Sealed, *, refused: bool = False) -> Sealed:
        account = self._work.account
        waited = account.wait is not None and account.wait.code == REFRESH_INTERRUPTED
        holder = Holder(account.user, account.grant_id, self._work.owner, waited)
        return self._refreshing.fresh(self._platform, self._client, holder, sealed, refused=refused)
