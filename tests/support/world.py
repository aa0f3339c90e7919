"""One world to play in: the use cases on the fakes, a scripted platform, and workers that may die at any moment."""

import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from socials import platforms
from socials.browsing import Browsing
from socials.budgeting import BudgetBook
from socials.connecting import Connecting, Leaving
from socials.disconnecting import Disconnecting
from socials.dispatching import Dispatching
from socials.erasing import Erasing
from socials.exporting import Exporting
from socials.joining import Joining
from socials.listing import Listing
from socials.models.accounts import Account
from socials.models.grants import Sealed
from socials.models.lives import LifeKey
from socials.models.parts import Part
from socials.models.readings import Day, Identity, Metrics, Portion, Post, ProfileReading
from socials.models.receipts import Receipt
from socials.models.runs import Run
from socials.models.wakeups import Wakeup
from socials.parting import Parting
from socials.platforms.base import Answer, App, Platform, Request
from socials.previewing import Previewing
from socials.pruning import Pruning
from socials.receipting import Receipting
from socials.refreshing import Refreshing
from socials.registering import Registering
from socials.requesting import Requesting
from socials.settling import Settling
from socials.sweeping import Sweeping
from socials.syncing import Syncing
from socials.worker import Outcome, Worker
from tests.support.builders import a_grant, a_post, an_account, an_identity, life_of, wakeup_of
from tests.support.changing import replace
from tests.support.fakes import FakePorts, Hooks, Killed, Rows
from tests.support.fakes.platform import RotatingTokens, scripted


class Dying(Hooks):
    """Hooks of a process that can die at any moment: from then on it makes no call any more, until it is revived.

    Every call has two moments, one before and one after it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.moments = 0
        self.dies_at: int | None = None
        self.dead = False
        self.died_at = ""

    def run(self, moment: str, call: str) -> None:
        if self.dead:
            raise Killed(call)
        if self.dies_at == self.moments:
            self.dead, self.died_at = True, f"{moment} {call}"
            raise Killed(self.died_at)
        self.moments += 1
        try:
            super().run(moment, call)
        except Killed:
            self.dead = True
            raise

    def die_at(self, moment: int) -> None:
        self.moments, self.dies_at = 0, moment

    def revive(self) -> None:
        self.dead, self.dies_at = False, None


class World:
    """On the fakes, or on any other ports of their shape (`AwsWorldPorts`)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, ports_with: Callable[[Hooks], Any] | None = None) -> None:
        self._monkeypatch = monkeypatch
        self.hooks = Dying()
        self.ports: Any = ports_with(self.hooks) if ports_with else FakePorts(hooks=self.hooks)
        ports = self.ports
        self.clock, self.network, self.queues = ports.clock, ports.network, ports.queues
        self.tokens = RotatingTokens(self.clock)
        self._hook_network()
        self.offer(scripted())
        ports.registrations.apps["scripted"] = App("client-id", "client-secret")
        self.workers = 0
        self._compose(ports)
        self.answer_well()

    @property
    def rows(self) -> Rows:
        """What lies in the table."""
        return self.ports.rows  # type: ignore[no-any-return]

    @property
    def secrets(self) -> dict[str, Sealed]:
        """What lies in the vault, by grant_id."""
        return self.ports.secrets.secrets  # type: ignore[no-any-return]

    def _compose(self, p: Any) -> None:
        self.refreshing = Refreshing(p.grants, p.vault, p.apps, p.doors, p.clock)
        self.syncing = Syncing(p.accounts, p.history, p.receipts, p.vault, p.doors, self.refreshing, p.wakeups, p.clock)
        self.joining = Joining(p.accounts, p.connections, p.wakeups, p.clock)
        self.settling = Settling(p.grants, p.vault, p.apps, p.doors, p.persons, p.clock)
        self.connecting = Connecting(
            p.accounts,
            p.connections,
            p.vault,
            p.doors,
            p.persons,
            Registering(p.apps, p.doors),
            self.joining,
            self.settling,
            p.clock,
        )
        self.disconnecting = Disconnecting(p.accounts, p.receipts, p.wakeups, p.clock, 7)
        pruning = Pruning(p.accounts, p.connections, p.grants, p.vault, p.clock)
        self.erasing = Erasing(
            p.receipts,
            p.remains,
            p.grants,
            p.connections,
            p.vault,
            self.settling,
            pruning,
            p.wakeups,
            p.clock,
        )
        self.sweeping = Sweeping(p.connections, p.grants, p.vault, self.settling, pruning, p.clock)
        self.dispatching = Dispatching(p.agenda, p.wakeups)
        self.requesting = Requesting(p.accounts, p.wakeups, p.clock)
        self.listing = Listing(p.accounts, p.clock)
        self.browsing = Browsing(self.listing, p.history, p.clock)
        self.previewing = Previewing(p.accounts, p.grants, p.persons, p.history, p.remains, p.clock)
        self.exporting = Exporting(p.accounts, p.history, p.clock)
        self.receipting = Receipting(p.receipts, p.clock)
        self.parting = Parting(p.accounts, p.grants, p.persons, p.apps, p.deletions, self.disconnecting, p.clock)
        self.worker = Worker(p.wakeups, p.clock)

    def _hook_network(self) -> None:
        """Calls to the platform are moments too: `network.<call>`."""
        reply = self.network.reply

        def hooked(request: Request) -> Answer:
            self.hooks.run("before", f"network.{request.call}")
            answer = reply(request)
            self.hooks.run("after", f"network.{request.call}")
            return answer

        self.network.reply = hooked  # type: ignore[method-assign]

    # The platform ---------------------------------------------------------------------------------------------

    def offer(self, platform: Platform) -> Platform:
        self._monkeypatch.setitem(platforms.registered, platform.slug, platform)
        return platform

    def script(self, call: str, *replies: Any) -> None:
        """What the next calls get: an error, something called with the request, or the model that it answers."""
        self.network.script(call, *(self._reply(reply) for reply in replies))

    def _reply(self, reply: Any) -> Any:
        return reply if isinstance(reply, Exception | Answer) or callable(reply) else self.network.answer(reply)

    def answer_well(self, posts: Sequence[Sequence[Post]] = ((),), followers: int | None = 120) -> None:
        """A platform on a good day, for whoever has the living token: a profile, two days, pages of posts."""
        guarded = self.tokens.guarding
        self.script("profile", guarded(profile(followers=followers)))
        today = self.clock().date()
        self.script("insights", guarded(Portion(days=(final_day(today - timedelta(days=1)),))))
        self.script("posts", self._pages(posts))
        self.script("refresh", self.tokens.refresh)
        self.script("revoke", self.tokens.revoke)
        self.script("identify", guarded((an_identity(),)))
        self.script("exchange", lambda _: self.network.answer(self.tokens.pair()))
        self.script("log_in", lambda _: self.network.answer(self.tokens.pair()))

    def _pages(self, pages: Sequence[Sequence[Post]]) -> Callable[[Request], Answer]:
        """Pages by cursor, so that a repeated call gets the same page."""

        def reply(request: Request) -> Answer:
            number = int(dict(request.query)["cursor"] or 0)
            cursor = str(number + 1) if number + 1 < len(pages) else None
            return self.tokens.guarding(Portion(posts=tuple(pages[number]), cursor=cursor))(request)

        return reply

    @property
    def called(self) -> list[str]:
        return [request.call for request in self.network.requests]

    # People ---------------------------------------------------------------------------------------------------

    def account(self, platform_account_id: str = "1001", user: str = "user-anna") -> Account:
        """Connect somebody by consent, with all that belongs to it, and take the wake-up from the queue."""
        self.script("identify", self.tokens.guarding((an_identity(platform_account_id=platform_account_id),)))
        returned = self.consent(user)
        assert returned.outcome == "done"
        self.queues.sent.clear()
        account_id = self.rows.connections[user, returned.connection_id or ""].account_ids[0]
        return self.row(account_id, user)

    def consent(self, user: str = "user-anna", leaving: Leaving | None = None) -> Any:
        leaving = leaving or self.connecting.leave(user, "scripted", "https://app.example/connections/callback")
        cookies = {f"connect_{leaving.connection.connection_id}": leaving.verifier}
        return self.connecting.come_back(state_of(leaving), cookies, "the-code", None)

    def settled_account(self, **changes: Any) -> Account:
        """A connected account whose first run is over, put directly."""
        account = an_account(platform="scripted", scopes=("read", "posts", "write"), **changes)
        self.rows.put_account(account)
        self.rows.put_grant(a_grant(account))
        self.ports.secrets.create(account.user, account.grant_id, self.tokens.pair())
        return account

    def row(self, account_id: str, user: str = "user-anna") -> Account:
        return self.rows.accounts[user, account_id]

    def of(self, account: Account) -> Account:
        return self.row(account.account_id, account.user)

    # Work -----------------------------------------------------------------------------------------------------

    def ask(self, account: Account) -> Wakeup:
        """Press Sync, and take the wake-up from the queue."""
        self.requesting.sync(account.user, account.account_id)
        return self.queues.take("manual")[-1]

    def sync(self, account: Account, time_left: float | Callable[[], float] = 100) -> Outcome:
        """One message about the account, for a worker of its own."""
        left = time_left if callable(time_left) else lambda: time_left
        return self.syncing.run(wakeup_of(account), self.an_owner(), left, self.budgets())

    def erase(self, receipt: Receipt, time_left: float = 100) -> Outcome:
        wakeup = Wakeup(receipt.user, "receipt", receipt.receipt_id, receipt.life)
        return self.erasing.erase(wakeup, self.an_owner(), lambda: time_left)

    def an_owner(self) -> str:
        self.workers += 1
        return f"worker-{self.workers}"

    def budgets(self) -> BudgetBook:
        return BudgetBook(self.ports.budgets, self.clock)

    def receipt(self, receipt_id: str, user: str = "user-anna") -> Receipt:
        return self.rows.receipts[user, receipt_id]

    def handle(self, wakeup: Wakeup) -> Outcome:
        """As the functions do it."""
        if wakeup.kind == "account":
            return self.syncing.run(wakeup, self.an_owner(), lambda: 100, self.budgets())
        if wakeup.kind == "receipt":
            return self.erasing.erase(wakeup, self.an_owner(), lambda: 100)
        if wakeup.kind == "grant":
            return self.sweeping.sweep_grant(wakeup)
        return self.sweeping.sweep_connection(wakeup)

    def wake_overdue(self) -> None:
        """The hourly sweep, and everything that it wakes."""
        self.queues.sent.clear()
        self.dispatching.dispatch(self.clock(), sweep=True)
        self.work_off()

    def work_off(self) -> None:
        """Every message that waits in a queue."""
        for queue in ("manual", "daily", "erase"):
            for wakeup in self.queues.take(queue):
                self.handle(wakeup)

    # Looking --------------------------------------------------------------------------------------------------

    def days(self, account: Account) -> dict[date, Day]:
        return dict(self.rows.life(life_of(account)).days)

    def posts(self, account: Account) -> dict[str, Post]:
        return {post.post_id: post for post in self.rows.life(life_of(account)).posts.values()}

    def runs(self, account: Account) -> list[Run]:
        return sorted(self.rows.life(life_of(account)).runs.values(), key=lambda run: run.run_id)

    def last_run(self, account: Account) -> Run:
        """Of those that a worker began: one that was replaced in the same second may sort behind it."""
        return [run for run in self.runs(account) if run.started_at is not None][-1]

    def holds_of(self, life: LifeKey) -> int:
        rows = self.rows.life(life)
        return len(rows.days) + len(rows.posts) + len(rows.runs) + len(rows.events)

    def everything(self) -> dict[str, Any]:
        """All that rests anywhere but receipts: what a refused connection must leave as it was."""
        lives = {
            key: rows for key, rows in self.rows.lives.items() if rows.days or rows.posts or rows.runs or rows.events
        }
        return {
            "accounts": dict(self.rows.accounts),
            "grants": dict(self.rows.grants),
            "connections": dict(self.rows.connections),
            "sweeps": dict(self.rows.sweeps),
            "states": dict(self.rows.states),
            "lives": {key: replace(rows) for key, rows in lives.items()},
            "secrets": dict(self.secrets),
        }


def state_of(leaving: Leaving) -> str:
    return leaving.authorize_url.partition("state=")[2].partition("&")[0]


def profile(identity: Identity | None = None, followers: int | None = 120, moved_to: str | None = None) -> Portion:
    reading = ProfileReading(identity=identity or an_identity(), followers=followers, moved_to=moved_to)
    return Portion(profile=reading)


def final_day(day: date, impressions: int = 7) -> Day:
    return Day(date=day, metrics=Metrics(impressions=impressions), provisional=False)


def some_posts(first: int, last: int) -> tuple[Post, ...]:
    """Posts as a platform tells them, from `first` to `last`."""
    return tuple(replace(a_post(number), updated_at=None) for number in range(first, last + 1))


def record_of(wakeup: Wakeup, number: int = 1) -> dict[str, Any]:
    body = {"user": wakeup.user, "kind": wakeup.kind, "id": wakeup.id, "life": wakeup.life}
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"handle-{number}",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:daily",
        "body": json.dumps(body),
    }


PARTS = tuple(Part)
