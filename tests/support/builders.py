"""Small models to test with: each builder takes changes by field name and fills in the rest."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from socials import ids
from socials.models.accounts import Account
from socials.models.connections import Connection, ConnectionStatus
from socials.models.grants import Grant, member
from socials.models.lives import LifeKey
from socials.models.readings import Day, Identity, Metrics, Post, Tokens
from socials.models.receipts import Receipt, ReceiptState
from socials.models.runs import Run, RunState, Trigger
from socials.models.wakeups import Wakeup
from socials.timing import CONSENT_LIVES, HEAL_AFTER, UNCLAIMED_CONNECTION_LIVES

NOW = datetime(2026, 11, 22, 20, 45, tzinfo=UTC)
TODAY = NOW.date()
USER = "user-anna"
GRANT_ID = "grant_first"
CONNECTION_ID = "connection_first"
PLATFORM = "pinterest"


def an_account(**changes: Any) -> Account:
    """A connected account without a run, due tomorrow. Its id follows from user, platform and platform_account_id."""
    fields: dict[str, Any] = {
        "user": USER,
        "platform": PLATFORM,
        "platform_account_id": "1001",
        "username": "anna",
        "display_name": "Anna",
        "grant_id": GRANT_ID,
        "connection_id": CONNECTION_ID,
        "connected_at": NOW - timedelta(days=40),
        "scopes": ("user_accounts:read", "pins:read"),
        "wake_at": NOW + timedelta(days=1),
    } | changes
    fields.setdefault("account_id", ids.account_id(fields["user"], fields["platform"], fields["platform_account_id"]))
    fields.setdefault("life", f"l_first_of_{fields['account_id']}")
    return Account(**fields)


def a_run(account: Account | None = None, **changes: Any) -> Run:
    """A queued run."""
    fields: dict[str, Any] = {
        "account_id": (account or an_account()).account_id,
        "trigger": Trigger.MANUAL,
        "state": RunState.QUEUED,
        "queued_at": NOW,
    } | changes
    fields.setdefault("run_id", ids.time_ordered_id(fields["queued_at"]))
    return Run(**fields)


def a_grant(*accounts: Account, **changes: Any) -> Grant:
    """The grant that `accounts` (or one ordinary account) live on."""
    living = accounts or (an_account(),)
    fields: dict[str, Any] = {
        "user": living[0].user,
        "grant_id": living[0].grant_id,
        "platform": living[0].platform,
        "members": frozenset(member(account.account_id, account.life) for account in living),
        "created_at": living[0].connected_at,
    } | changes
    return Grant(**fields)


def a_connection(**changes: Any) -> Connection:
    """An OAuth connection somebody has just started."""
    fields: dict[str, Any] = {
        "user": USER,
        "connection_id": CONNECTION_ID,
        "platform": PLATFORM,
        "status": ConnectionStatus.PENDING,
        "grant_id": GRANT_ID,
        "created_at": NOW,
        "redirect_uri": "https://app.example/connections/callback",
        "state_hash": ids.secret_hash("state"),
        "verifier_hash": ids.secret_hash("verifier"),
    } | changes
    fields.setdefault("expires_at", fields["created_at"] + CONSENT_LIVES)
    return Connection(**fields)


def a_receipt(account: Account | None = None, **changes: Any) -> Receipt:
    """The receipt of a disconnect that has just been asked for."""
    of = account or an_account()
    fields: dict[str, Any] = {
        "user": of.user,
        "account_id": of.account_id,
        "life": of.life,
        "platform": of.platform,
        "grant_id": of.grant_id,
        "connection_id": of.connection_id,
        "state": ReceiptState.ERASING,
        "requested_at": NOW,
    } | changes
    requested_at = fields["requested_at"]
    fields.setdefault("receipt_id", ids.receipt_id(of.account_id, requested_at))
    fields.setdefault("not_before", of.lease_until or requested_at)
    fields.setdefault("backups_until", requested_at + timedelta(days=7))
    fields.setdefault("wake_at", requested_at + HEAL_AFTER)
    return Receipt(**fields)


def tokens(**changes: Any) -> Tokens:
    """A set of tokens that can be refreshed, an hour from its expiry."""
    fields: dict[str, Any] = {
        "access": "access-1",
        "refresh": "refresh-1",
        "access_expires_at": NOW + timedelta(hours=1),
        "refresh_expires_at": NOW + timedelta(days=60),
        "scopes": ("user_accounts:read", "pins:read"),
        "extra": {"service": "https://platform.example"},
    } | changes
    return Tokens(**fields)


def an_identity(**changes: Any) -> Identity:
    fields: dict[str, Any] = {"platform_account_id": "1001", "username": "anna", "display_name": "Anna"} | changes
    return Identity(**fields)


def a_post(number: int = 1, **changes: Any) -> Post:
    """The post of that number; a higher one is an hour newer."""
    fields: dict[str, Any] = {
        "post_id": f"post-{number:05}",
        "published_at": datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=number),
        "permalink": f"https://platform.example/p/{number}",
        "title": f"Post {number}",
        "media_type": "image",
        "metrics": Metrics(likes=number, comments=0),
        "updated_at": NOW,
    } | changes
    return Post(**fields)


def a_day(day: date = TODAY, **changes: Any) -> Day:
    fields: dict[str, Any] = {"date": day, "followers": 120, "metrics": Metrics(impressions=7, clicks=0)} | changes
    return Day(**fields)


def life_of(account: Account) -> LifeKey:
    return LifeKey(account.user, account.account_id, account.life)


def wakeup_of(account: Account) -> Wakeup:
    return Wakeup(account.user, "account", account.account_id, account.life)


def sweep_time(connection: Connection) -> datetime:
    """When an unclaimed connection is swept."""
    return connection.created_at + UNCLAIMED_CONNECTION_LIVES
