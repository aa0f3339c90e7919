"""Our models as the API shows them: plain JSON values, times in ISO 8601 with Z."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from socials.clock import iso
from socials.ids import next_daily
from socials.models.parts import Part
from socials.platforms import facts_of
from socials.status import Status, publishable, status_of

if TYPE_CHECKING:  # each function answers with some of them, and loads those by itself
    from collections.abc import Mapping

    from socials import shapes
    from socials.models.accounts import Account
    from socials.models.connections import Connection
    from socials.models.events import Event
    from socials.models.readings import Day, Metrics, Post
    from socials.models.receipts import Deletion, Receipt
    from socials.models.runs import PartProgress, Run
    from socials.platforms.facts import Facts
    from socials.previewing import Preview


def account_answer(account: Account, now: datetime) -> shapes.Account:
    """`Account` of the API."""
    facts = facts_of(account.platform)
    status, reason = status_of(account, now)
    return {
        "account_id": account.account_id,
        "platform": account.platform,
        "username": account.username,
        "display_name": account.display_name,
        "avatar_url": account.avatar_url,
        "profile_url": account.profile_url,
        "follower_count": account.follower_count,
        "follower_change_7d": account.follower_change(7),
        "followers_30d": _followers(account, facts, now),
        "status": status,
        "status_reason": {
            "code": reason.code,
            "message": reason.message,
            "since": iso(reason.since),
            "action": reason.action,
            "next_attempt_at": _time(reason.next_attempt_at),
        },
        "last_synced_at": _time(account.last_synced_at),
        "next_sync_at": _time(_next_sync(account, now)),
        "current_run": run_answer(account.active_run) if account.active_run else None,
        "can_publish": publishable(account, facts.can_publish(account.scopes)),
        "can_read_metrics": facts.can_read_metrics(account.scopes),
        "missing_scopes": list(facts.missing_scopes(account.scopes)),
        "reconnect_by": _time(account.reconnect_by),
        "connected_at": iso(account.connected_at),
    }


def _followers(account: Account, facts: Facts, now: datetime) -> list[shapes.FollowerPoint]:
    """A day that is not over on the platform's clock is provisional: it is read again."""
    today = facts.today(now)
    return [
        {"date": point.date.isoformat(), "n": point.n, "provisional": point.date >= today}
        for point in account.followers
    ]


def _next_sync(account: Account, now: datetime) -> datetime | None:
    """The next time it syncs by itself; None where it will not."""
    if account.disconnecting or account.wake_at is None or account.broken is not None:
        return None
    run = account.active_run
    if run is not None and run.state != "waiting":
        return next_daily(account.account_id, now)
    return account.wake_at


def run_answer(run: Run) -> shapes.Run:
    """`Run` of the API."""
    return {
        "run_id": run.run_id,
        "account_id": run.account_id,
        "trigger": run.trigger,
        "state": run.state,
        "parts": {
            "profile": _part(run.parts[Part.PROFILE]),
            "insights": _part(run.parts[Part.INSIGHTS]),
            "posts": _part(run.parts[Part.POSTS]),
        },
        "queued_at": iso(run.queued_at),
        "started_at": _time(run.started_at),
        "finished_at": _time(run.finished_at),
    }


def _part(progress: PartProgress) -> shapes.PartProgress:
    error = progress.error
    return {
        "state": progress.state,
        "done": progress.done,
        "total": progress.total,
        "error": None if error is None else {"code": error.code, "message": error.message},
    }


def metrics_answer(days: Sequence[Day], today: date) -> shapes.Metrics:
    """Days that have data, and the growth between the first and last known follower count among them."""
    return {"days": [day_answer(day, today) for day in days], "growth": {"followers": _growth(days)}}


def day_answer(day: Day, today: date) -> shapes.Day:
    """`Day` of the API; `today` on the platform's clock."""
    provisional = bool(day.provisional) or day.date >= today
    return {
        "date": day.date.isoformat(),
        "followers": day.followers,
        **_numbers(day.metrics),
        "provisional": provisional,
    }


def _growth(days: Sequence[Day]) -> shapes.Growth | None:
    known = [(day.date, day.followers) for day in days if day.followers is not None]
    if len(known) < 2:
        return None
    (first, start), (last, end) = known[0], known[-1]
    return {
        "from": start,
        "to": end,
        "from_day": first.isoformat(),
        "to_day": last.isoformat(),
        "change": end - start,
        "percent": round(100 * (end - start) / start, 2) if start else None,
    }


def post_answer(post: Post) -> shapes.Post:
    """`Post` of the API."""
    return {
        "post_id": post.post_id,
        "permalink": post.permalink,
        "title": post.title,
        "media_type": post.media_type,
        "published_at": iso(post.published_at),
        "metrics": _numbers(post.metrics),
        "updated_at": _time(post.updated_at),
    }


def event_answer(event: Event) -> shapes.Event:
    """One of `GET /accounts/{id}/events`."""
    return {"at": iso(event.at), "type": event.type, "detail": dict(event.detail)}


def _numbers(metrics: Metrics) -> shapes.Numbers:
    return {
        "impressions": metrics.impressions,
        "reach": metrics.reach,
        "likes": metrics.likes,
        "comments": metrics.comments,
        "saves": metrics.saves,
        "shares": metrics.shares,
        "clicks": metrics.clicks,
        "views": metrics.views,
    }


def connection_answer(connection: Connection, accounts: Sequence[Account], now: datetime) -> shapes.Connection:
    """`GET /connections/{connection_id}`; `accounts` are the user's that the connection names."""
    known = {account.account_id for account in accounts if not account.disconnecting}
    error, facts = connection.error, facts_of(connection.platform)
    return {
        "connection_id": connection.connection_id,
        "platform": connection.platform,
        "status": connection.status,
        "error": None
        if error is None
        else {"code": error.code, "message": error.message, "expected": error.expected, "got": error.got},
        "candidates": [
            {
                "id": each.account_id,
                "username": each.identity.username,
                "display_name": each.identity.display_name,
                "avatar_url": each.identity.avatar_url,
                "connected": each.account_id in known,
                "kind": facts.kind_of(each.identity.platform_account_id),
            }
            for each in connection.candidates
        ],
        "accounts": [account_answer(row, now) for row in accounts if row.account_id in connection.account_ids],
    }


def preview_answer(preview: Preview) -> shapes.Preview:
    """`GET /accounts/{id}/disconnect-preview`."""
    counts = preview.counts
    return {
        "snapshots": counts.snapshots,
        "posts": counts.posts,
        "runs": counts.runs,
        "events": counts.events,
        "first_day": preview.first_day.isoformat() if preview.first_day else None,
        "revokes": preview.revokes,
        "shares_with": list(preview.shares_with),
    }


def deletion_answer(code: str, deletion: Deletion, done: bool) -> shapes.Deletion:
    """`GET /deletions/{code}`: nothing in it says whose it is."""
    from socials.models.receipts import ReceiptState

    return {
        "confirmation_code": code,
        "state": ReceiptState.DONE if done else ReceiptState.ERASING,
        "requested_at": iso(deletion.requested_at),
        "accounts": len(deletion.receipts),
    }


def receipt_answer(receipt: Receipt) -> shapes.Receipt:
    """`Receipt` of the API: nothing in it came from the platform, and it never claims more than has happened: counts
    show when nothing is left to read, the secret when it no longer answers."""
    from socials.models.receipts import Counts, ReceiptState

    help_ = facts_of(receipt.platform).revocation
    counts = receipt.deleted if receipt.deleted is not None and receipt.data_erased else Counts()
    return {
        "receipt_id": receipt.receipt_id,
        "account_id": receipt.account_id,
        "platform": receipt.platform,
        "state": receipt.state,
        "platform_revocation": receipt.revocation,
        "deleted": {
            "snapshots": counts.snapshots,
            "posts": counts.posts,
            "runs": counts.runs,
            "events": counts.events,
            "secrets": counts.secrets if receipt.state is ReceiptState.DONE else 0,
        },
        "revocation": {"url": help_.url_for(receipt.instance), "steps": list(help_.steps)},
        "backups_until": iso(receipt.backups_until),
        "requested_at": iso(receipt.requested_at),
        "finished_at": _time(receipt.finished_at),
    }


def platform_answer(facts: Facts, configured: bool) -> shapes.Platform:
    """One of `GET /platforms`."""
    return {
        "slug": facts.slug,
        "name": facts.name,
        "connect": facts.connect,
        "configured": configured,
        "metrics": _offered(facts.metrics),
        "scopes": {"needed": list(facts.needed_scopes), "publish": list(facts.publish_scopes)},
        "revokes": facts.revokes,
        "day_zone": facts.day_zone,
        "revocation": {
            "url": facts.revocation.url,
            "steps": list(facts.revocation.steps),
            "checked_on": facts.revocation.checked_on,
        },
    }


def _offered(told: frozenset[str]) -> shapes.Offered:
    return {
        "followers": "followers" in told,
        "impressions": "impressions" in told,
        "reach": "reach" in told,
        "likes": "likes" in told,
        "comments": "comments" in told,
        "saves": "saves" in told,
        "shares": "shares" in told,
        "clicks": "clicks" in told,
        "views": "views" in told,
    }


def counts_answer(counts: Mapping[Status, int]) -> shapes.StatusCounts:
    """`counts` of `GET /accounts`."""
    return {
        "connected": counts[Status.CONNECTED],
        "needs_sync": counts[Status.NEEDS_SYNC],
        "connection_error": counts[Status.CONNECTION_ERROR],
        "disconnecting": counts[Status.DISCONNECTING],
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)
