"""An account's status: the truth, and why. A view at read, never an event."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from socials import ids
from socials.models.accounts import Account
from socials.models.runs import RunState
from socials.timing import EXPIRES_SOON, SUCCESS_IS_FRESH_FOR


class Status(StrEnum):
    CONNECTED = "connected"
    NEEDS_SYNC = "needs_sync"
    CONNECTION_ERROR = "connection_error"
    DISCONNECTING = "disconnecting"


class Action(StrEnum):
    """What the person can do about it."""

    NONE = "none"
    WAIT = "wait"
    SYNC = "sync"
    RECONNECT = "reconnect"


class Reason(Struct, frozen=True):
    """Why a status is what it is, since when, and the next time that we try by ourselves."""

    code: str
    message: str
    since: datetime
    action: Action
    next_attempt_at: datetime | None = None


def status_of(account: Account, now: datetime) -> tuple[Status, Reason]:
    """`connection_error` only on proof; `needs_sync` comes with time, whatever the cause."""
    if account.receipt_id is not None:
        since = ids.time_of(account.receipt_id)
        reason = Reason("disconnecting", "Being disconnected; its data are being deleted.", since, Action.NONE)
        return Status.DISCONNECTING, reason
    if account.broken:
        cause = account.broken
        return Status.CONNECTION_ERROR, Reason(cause.code, cause.message, cause.since, Action.RECONNECT)
    fresh = account.last_synced_at is not None and now - account.last_synced_at < SUCCESS_IS_FRESH_FOR
    return (Status.CONNECTED, _connected(account, now)) if fresh else (Status.NEEDS_SYNC, _stale(account, now))


def _connected(account: Account, now: datetime) -> Reason:
    if waiting := _waiting(account, now):
        return waiting
    # Once that time is over, what each sync finds says how the account fares.
    if account.reconnect_by is not None and timedelta() < account.reconnect_by - now <= EXPIRES_SOON:
        since = max(account.reconnect_by - EXPIRES_SOON, account.connected_at)
        return Reason(
            "expires_soon",
            "The time that the access was given for ends soon; connect again to keep it.",
            since,
            Action.RECONNECT,
        )
    if account.failure:
        cause = account.failure
        return Reason(cause.code, cause.message, cause.since, Action.NONE, account.wake_at)
    if account.moved:
        return Reason(account.moved.code, account.moved.message, account.moved.since, Action.NONE)
    return Reason("ok", "Up to date.", account.last_synced_at or account.connected_at, Action.NONE)


def _stale(account: Account, now: datetime) -> Reason:
    if waiting := _waiting(account, now):
        return waiting
    if account.active_run:
        return Reason("syncing", "A sync is under way.", account.active_run.queued_at, Action.WAIT)
    if account.failure:
        cause = account.failure
        return Reason(cause.code, cause.message, cause.since, Action.SYNC)
    if account.last_synced_at is None:
        return Reason("never_synced", "Not synced yet.", account.connected_at, Action.SYNC)
    since = account.last_synced_at + SUCCESS_IS_FRESH_FOR
    return Reason("sync_overdue", "No successful sync for more than a day.", since, Action.SYNC)


def _waiting(account: Account, now: datetime) -> Reason | None:
    run, wait = account.active_run, account.wait
    if wait is None or not (wait.until > now or (run is not None and run.state is RunState.WAITING)):
        return None
    return Reason(wait.code, wait.message, wait.since, Action.WAIT, account.wake_at or wait.until)


def publishable(account: Account, allowed: bool) -> bool:
    """The person agreed to publishing, and the grant works as far as we know."""
    return allowed and account.broken is None and not account.disconnecting
