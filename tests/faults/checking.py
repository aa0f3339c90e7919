"""What must always hold, looked at after every step. A breach is written down with its invariant's name."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from socials.models.accounts import Account
from socials.models.lives import LifeKey
from socials.models.receipts import Counts, Receipt, ReceiptState, Revocation
from socials.models.runs import RunState
from socials.models.wakeups import Wakeup
from socials.platforms.base import Request
from socials.ports import Lease
from socials.timing import RECONNECT_CHECKS_FOR, RETAKE_AFTER, SUCCESS_IS_FRESH_FOR
from socials.working import Work

if TYPE_CHECKING:
    from tests.faults.platform import Chain
    from tests.faults.world import FaultWorld, Process

FALSE_ERROR = "false connection error"
LOST_UPDATE = "lost update"
EARLY_CALL = "early call"
LEFTOVER = "leftover"
TWO_RUNS = "two runs at once"
OVERWRITTEN = "number overwritten"
FORGOTTEN = "account forgotten"
CUT_OFF = "sibling cut off"
UNTRUE = "untrue status or receipt"
INVARIANTS = (FALSE_ERROR, LOST_UPDATE, EARLY_CALL, LEFTOVER, TWO_RUNS, OVERWRITTEN, FORGOTTEN, CUT_OFF, UNTRUE)

_LONGEST_WAIT = timedelta(days=9)


class Watch:
    """Sees every call to a platform, and all rows between two steps."""

    def __init__(self, world: "FaultWorld") -> None:
        self._world = world
        self.breaches: list[str] = []
        self.kinds: Counter[str] = Counter()
        self.affected: set[str] = set()
        self.budget_stored_at = 0
        self._firm: dict[tuple[str, str], datetime] = {}
        self._stored: dict[str, datetime] = {}
        self._fenced: dict[str, tuple[LifeKey, Receipt, Counts]] = {}
        self._consents: dict[str, Chain] = {}
        self._known: dict[tuple[Any, ...], dict[str, int]] = {}

    def breach(self, invariant: str, text: str) -> None:
        self.kinds[invariant] += 1
        self.breaches.append(f"{invariant}: {text} (at {self._world.clock():%d %H:%M:%S})")

    # While a process runs -------------------------------------------------------------------------------------

    def calling(self, request: Request, lease: Lease | None) -> None:
        """A call to a platform begins."""
        if request.call == "revoke":
            self._revoking(request)
        if not isinstance(lease, Work):
            return
        now, mine = self._world.clock(), lease.account
        self.affected.add(mine.account_id)
        row = self._world.raw.accounts.get(mine.user, mine.account_id)
        if row is None or row.life != mine.life:
            self.breach(TWO_RUNS, f"{request.call} for a life that is over")
            return
        if row.lease_owner != lease.owner or row.lease_until is None or row.lease_until < now:
            # A reconnect replaces the run, not the lease.
            self.breach(TWO_RUNS, f"{request.call} without the lease: {row.lease_owner}, {lease.owner}")
        self._clock_obeyed(request, row, lease, now)
        if row.disconnecting:
            self._fence_obeyed(request, row, now)

    def _clock_obeyed(self, request: Request, row: Account, lease: Work, now: datetime) -> None:
        if row.run is not None and lease.run.run_id != row.run.run_id:
            return  # reconnected meanwhile: this worker's wait is another run's
        if row.wait is not None and row.wait.until > now:
            self.breach(EARLY_CALL, f"{request.call} before {row.wait.until:%H:%M:%S} ({row.wait.code})")
        until = max(self._firm.get((row.life, row.grant_id), now), self._stored.get(row.life, now))
        if until > now:
            self.breach(EARLY_CALL, f"{request.call} before {until:%H:%M:%S}, as the platform said")
        budget = self._world.raw.budgets.get(row.platform)
        process = self._world.process
        read = process.budget_read.get("any", 0) if process else 0
        if budget is not None and budget.until > now and self.budget_stored_at < read:
            self.breach(EARLY_CALL, f"{request.call} before the app's time")

    def _fence_obeyed(self, request: Request, row: Account, now: datetime) -> None:
        assert row.receipt_id is not None
        receipt = self._world.raw.receipts.get(row.user, row.receipt_id, now)
        if receipt is not None and (receipt.deleted is not None or receipt.not_before <= now):
            self.breach(TWO_RUNS, f"{request.call} after the erase may begin")

    def _revoking(self, request: Request) -> None:
        chain = self._world.server.chain_of((request.form or {})["token"])
        if chain is None or chain.revoked:
            return
        names = {each.name for each in self._world.server.cut_off_with(chain) if not each.dead}
        for account in self._world.living():
            theirs = self._world.chain_of(account.user, account.grant_id)
            if theirs is not None and theirs.name in names:
                self.breach(CUT_OFF, f"the revoke of {chain.name} ends {account.username}'s access")

    def told(self, lease: Lease | None, until: datetime) -> None:
        """The platform named a time to this account."""
        process = self._world.process
        if isinstance(lease, Work) and process is not None:
            process.told_until[lease.account.life, lease.account.grant_id] = until

    def process_ended(self, process: "Process") -> None:
        """What a process heard holds, unless something kept it from writing it down; what it wrote down holds for the
        account, whatever consent it is connected by."""
        if not process.harmed:
            self._firm.update(process.told_until)
        if process.told_until:
            for account in self._world.accounts():
                until = process.told_until.get((account.life, account.grant_id))
                if account.wait is not None and until is not None and _is_named(account.wait.until, until):
                    self._stored[account.life] = account.wait.until

    def fenced(self, receipt: Receipt) -> None:
        """A DELETE has answered."""
        if receipt.receipt_id not in self._fenced:
            life = LifeKey(receipt.user, receipt.account_id, receipt.life)
            self._fenced[receipt.receipt_id] = life, receipt, self._world.truth.remains.count(life)
            chain = self._world.chain_of(receipt.user, receipt.grant_id)
            if chain is not None:
                self._consents[receipt.receipt_id] = chain

    def buried(self, wakeup: Wakeup) -> None:
        """A message went to the dead letters: no run may be left behind with it, whatever the row says."""
        if wakeup.kind != "account":
            return
        row = self._world.truth.accounts.get(wakeup.user, wakeup.id)
        if row is None or row.life != wakeup.life or row.disconnecting:
            return
        if row.run is None or row.run.state is RunState.WAITING:
            return
        if row.wake_at is None or row.wake_at - self._world.clock() > RETAKE_AFTER:
            self.breach(FORGOTTEN, f"{row.username} is in the dead letters, and its run on nobody's mind")

    # Between two steps ----------------------------------------------------------------------------------------

    def look(self) -> None:
        """Everything that can be seen while no process runs."""
        now = self._world.clock()
        for account in self._world.accounts():
            if account.disconnecting:
                self._has_a_receipt(account, now)
            else:
                self._is_on_the_agenda(account, now)
                self._is_broken_on_proof(account)
                self._keeps_tokens(account)
            self._keeps_numbers(account)
        for life, receipt, counts in list(self._fenced.values()):
            self._stays_fenced(life, receipt, counts, now)
        self._forget_lies()

    def _is_on_the_agenda(self, account: Account, now: datetime) -> None:
        checked_enough = account.broken is not None and now - account.broken.since >= RECONNECT_CHECKS_FOR
        if account.wake_at is None and not checked_enough:
            self.breach(FORGOTTEN, f"{account.username} has no time to be woken")
        elif account.wake_at is not None and account.wake_at - now > _LONGEST_WAIT:
            self.breach(FORGOTTEN, f"{account.username} sleeps until {account.wake_at}")

    def _has_a_receipt(self, account: Account, now: datetime) -> None:
        assert account.receipt_id is not None
        receipt = self._world.truth.receipts.get(account.user, account.receipt_id, now)
        if receipt is None or receipt.state is ReceiptState.DONE or receipt.wake_at is None:
            self.breach(FORGOTTEN, f"the erase of {account.username} is forgotten")

    def _is_broken_on_proof(self, account: Account) -> None:
        chain = self._world.chain_of(account.user, account.grant_id)
        if chain is None:
            return
        if account.broken is not None and not chain.dead and not chain.lied:
            self.breach(FALSE_ERROR, f"{account.username} ({account.broken.code}), though its access works")

    def _forget_lies(self) -> None:
        """A lie of the platform excuses nothing any more once everybody who may have heard it is well again."""
        unsettled = {(a.user, a.grant_id) for a in self._world.accounts() if a.broken is not None or a.run is not None}
        excused = {chain.name for each in unsettled if (chain := self._world.chain_of(*each)) is not None}
        for chain in self._world.server.chains.values():
            chain.lied = chain.lied and chain.name in excused

    def _keeps_tokens(self, account: Account) -> None:
        chain = self._world.chain_of(account.user, account.grant_id)
        if chain is None:
            self.breach(LOST_UPDATE, f"the secret of {account.username} is gone")
            return
        held = self._world.truth.secrets[account.grant_id].tokens
        if not chain.dead and held.refresh != f"{chain.name}.{chain.number}.r":
            self.breach(LOST_UPDATE, f"{account.username}: the platform's last pair is {chain.number}, not {held!r}")

    def _keeps_numbers(self, account: Account) -> None:
        history, life = self._world.truth.history, LifeKey(account.user, account.account_id, account.life)
        for day in history.days(life, date(2026, 1, 1), date(2030, 1, 1)):
            self._keeps((life, day.date), day.metrics.known() | _known(followers=day.followers))
        for post in history.posts(life, 100, None).items:
            self._keeps((life, post.post_id), post.metrics.known())
        self._keeps((life, "row"), _known(followers=account.follower_count))

    def _keeps(self, key: tuple[Any, ...], now: dict[str, int]) -> None:
        """The platform's numbers only grow: one that is gone, or smaller, was made up."""
        before = self._known.setdefault(key, {})
        for name in before.keys() - now.keys():
            self.breach(OVERWRITTEN, f"{name} of {key[1]} is unknown again")
        for name, value in now.items():
            if value < before.get(name, 1):
                self.breach(OVERWRITTEN, f"{name} of {key[1]}: {before.get(name)} became {value}")
        self._known[key] = now

    def _stays_fenced(self, life: LifeKey, receipt: Receipt, before: Counts, now: datetime) -> None:
        left = self._world.truth.remains.count(life)
        if left.snapshots > before.snapshots or left.posts > before.posts or left.runs > before.runs:
            self.breach(LEFTOVER, f"something was stored after DELETE had answered: {before} became {left}")
        row = self._world.truth.receipts.get(receipt.user, receipt.receipt_id, now)
        if row is None:
            self._fenced.pop(receipt.receipt_id)
            return
        if row.state is ReceiptState.DONE:
            self._left_nothing(life, row, left)

    def _left_nothing(self, life: LifeKey, receipt: Receipt, left: Counts) -> None:
        if left.items:
            self.breach(LEFTOVER, f"{left} after the receipt said done")
        account = self._world.truth.accounts.get(life.user, life.account_id)
        if account is not None and account.life == life.life:
            self.breach(LEFTOVER, "the row after the receipt said done")
        taken_along = receipt.deleted is not None and receipt.deleted.secrets
        if taken_along and receipt.grant_id in self._world.secrets():
            self.breach(LEFTOVER, "the secret after the receipt said done")
        chain = self._consents.get(receipt.receipt_id)
        if receipt.revocation is Revocation.REVOKED and chain is not None and not chain.dead:
            self.breach(UNTRUE, f"the receipt says revoked, but {chain.name} works on the platform")

    # After good weather ---------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Two good days later nothing is under way: every account is synced or truly dead, nothing else is left."""
        self.look()
        now = self._world.clock()
        self._status_is_true(now)
        members = {account.grant_id for account in self._world.accounts()}
        for account in self._world.accounts():
            if account.disconnecting:
                self.breach(LEFTOVER, f"{account.username} is still being disconnected")
        there = {(each.user, each.platform, each.platform_account_id) for each in self._world.living()}
        for identity, expected in self._world.model.items():
            if expected is not None and expected != (identity in there):
                self.breach(LOST_UPDATE, f"{identity} was {'connected' if expected else 'disconnected'}")
        for grant_id in self._world.secrets() - members:
            self.breach(LEFTOVER, f"the secret of {grant_id}, on which nobody lives")
        for user in self._world.users:
            for grant_id in self._world.grants_of(user) - members:
                self.breach(LEFTOVER, f"the row of {grant_id}, on which nobody lives")

    def _status_is_true(self, now: datetime) -> None:
        for account in self._world.living():
            chain = self._world.chain_of(account.user, account.grant_id)
            if chain is None:
                continue
            synced = account.last_synced_at is not None and now - account.last_synced_at < SUCCESS_IS_FRESH_FOR
            if chain.dead and account.broken is None:
                self.breach(UNTRUE, f"{account.username} is dead on the platform and {_said(account)}")
            if not chain.dead and (account.broken is not None or not synced):
                self.breach(UNTRUE, f"{account.username} works on the platform and {_said(account)}")


def _said(account: Account) -> str:
    facts = (account.broken, account.wait, account.failure, account.run, account.wake_at, account.last_synced_at)
    return "says broken={}, wait={}, failure={}, run={}, wake_at={}, synced={}".format(*facts)


def _is_named(stored: datetime, told: datetime) -> bool:
    """A number of seconds counts from the end of the second in which it was told."""
    return told <= stored <= told + timedelta(seconds=1)


def _known(**numbers: int | None) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number is not None}
