"""An account's row. It stays under 2 KB, so that one megabyte of a Query holds 500 of them; most are
under 1 KB also while a worker has them, and so one unit a write."""

from datetime import date, timedelta
from typing import Any

from socials.aws.items import keys
from socials.aws.items.attributes import Item, day, known, time
from socials.aws.items.letters import letters_of, metrics_of
from socials.aws.items.runs import item_to_run, run_to_map
from socials.aws.items.trail import text_to_trail, trail_to_text
from socials.clock import from_epoch
from socials.models.accounts import Account, Cause, FollowerPoint, Wait
from socials.models.runs import Run, Trigger

_NOT_A_POINT = -1


def account_to_item(account: Account) -> Item:
    identity = {
        "life": account.life,
        "platform": account.platform,
        "platform_account_id": account.platform_account_id,
        "connected_at": account.connected_at,
        "shard": keys.agenda_shard(account.account_id),
        "receipt_id": account.receipt_id,
    }
    return keys.account(account.user, account.account_id) | known(
        identity
        | grant_fields(account)
        | profile_fields(account)
        | progress_fields(account)
        | agenda_fields(account.run)
    )


def profile_fields(account: Account) -> Item:
    """Who it is on the platform, and the scopes it has."""
    return {
        "username": account.username,
        "display_name": account.display_name,
        "avatar_url": account.avatar_url,
        "profile_url": account.profile_url,
        # Scopes hold no space (RFC 6749), and one string is smaller than a list.
        "scopes": " ".join(account.scopes) or None,
        "reconnect_by": account.reconnect_by,
    }


def grant_fields(account: Account) -> Item:
    return {"grant_id": account.grant_id, "connection_id": account.connection_id, "instance": account.instance}


def progress_fields(account: Account) -> Item:
    """What a sync finds out, and the work in flight. Where the last run was a success, it finished when it synced."""
    finished = account.last_run_finished_at
    return {
        "follower_count": account.follower_count,
        "followers": trail_to_text(account.followers) or None,
        "followers_from": None,  # an older version's
        "last_synced_at": account.last_synced_at,
        "last_run_finished_at": None if finished == account.last_synced_at else finished,
        "insights_through": account.insights_through and account.insights_through.toordinal(),
        "estimates": letters_of(account.estimates) or None,
        "full_read_on": account.full_read_on and account.full_read_on.toordinal(),
        "failure": cause_to_map(account.failure),
        "broken": cause_to_map(account.broken),
        "wait": wait_to_map(account.wait),
        "moved": cause_to_map(account.moved),
        "lease_owner": account.lease_owner if account.lease_until else None,
        "lease_until": account.lease_until,
        "wake_at": account.wake_at,
        **run_fields(account.run, account.attempts),
    }


def run_fields(run: Run | None, attempts: int) -> Item:
    """A row never holds a finished run, and without a run it has no attempts."""
    if run is None or not run.active:
        return dict.fromkeys(("run", "run_state", "run_started_at", "attempts"))
    return {
        "run": run_to_map(run),
        "run_state": run.state,
        "run_started_at": run.started_at,
        "attempts": attempts or None,
    }


def agenda_fields(run: Run | None) -> Item:
    """What the index tells of a run beside its time: that somebody asked for it. Written only where the time changes
    too, so that it moves no entry by itself."""
    if run is None or not run.active or run.trigger is Trigger.DAILY:
        return {"trigger": None}
    return {"trigger": run.trigger}


def item_to_account(item: Item) -> Account:
    account_id = item["sk"].removeprefix("ACCOUNT#")
    return Account(
        user=keys.user_of(item["pk"]),
        account_id=account_id,
        life=item["life"],
        platform=item["platform"],
        platform_account_id=item["platform_account_id"],
        username=item["username"],
        display_name=item["display_name"],
        grant_id=item["grant_id"],
        connection_id=item["connection_id"],
        connected_at=from_epoch(item["connected_at"]),
        instance=item.get("instance"),
        avatar_url=item.get("avatar_url"),
        profile_url=item.get("profile_url"),
        scopes=tuple(item.get("scopes", "").split()),
        reconnect_by=time(item.get("reconnect_by")),
        receipt_id=item.get("receipt_id"),
        **_progress(item, account_id),
    )


def _progress(item: Item, account_id: str) -> dict[str, Any]:
    return {
        "follower_count": item.get("follower_count"),
        "followers": _points(item),
        "last_synced_at": time(item.get("last_synced_at")),
        "last_run_finished_at": time(item.get("last_run_finished_at", item.get("last_synced_at"))),
        "insights_through": day(item.get("insights_through")),
        "estimates": metrics_of(item.get("estimates", "")),
        "full_read_on": day(item.get("full_read_on")),
        "failure": _map_to_cause(item.get("failure")),
        "broken": _map_to_cause(item.get("broken")),
        "wait": _map_to_wait(item.get("wait")),
        "moved": _map_to_cause(item.get("moved")),
        "run": _row_to_run(item, account_id),
        "attempts": item.get("attempts", 0),
        "lease_owner": item.get("lease_owner"),
        "lease_until": time(item.get("lease_until")),
        "wake_at": time(item.get("wake_at")),
    }


def _row_to_run(item: Item, account_id: str) -> Run | None:
    if "run" not in item:
        return None
    run = item["run"] | {"state": item["run_state"], "started_at": item.get("run_started_at")}
    return item_to_run(run, account_id)


def _points(item: Item) -> tuple[FollowerPoint, ...]:
    trail = item.get("followers", "")
    return text_to_trail(trail) if isinstance(trail, str) else _listed_points(item["followers_from"], trail)


def _listed_points(first: str, numbers: list[int | None]) -> tuple[FollowerPoint, ...]:
    """As older versions wrote them."""
    days = (date.fromisoformat(first) + timedelta(days=offset) for offset in range(len(numbers)))
    return tuple(FollowerPoint(day, n) for day, n in zip(days, numbers, strict=True) if n != _NOT_A_POINT)


def cause_to_map(cause: Cause | None) -> Item | None:
    return None if cause is None else {"code": cause.code, "message": cause.message, "since": cause.since}


def _map_to_cause(cause: Item | None) -> Cause | None:
    return None if cause is None else Cause(cause["code"], cause["message"], from_epoch(cause["since"]))


def wait_to_map(wait: Wait | None) -> Item | None:
    if wait is None:
        return None
    return {"code": wait.code, "message": wait.message, "since": wait.since, "until": wait.until}


def _map_to_wait(wait: Item | None) -> Wait | None:
    if wait is None:
        return None
    return Wait(wait["code"], wait["message"], from_epoch(wait["since"]), from_epoch(wait["until"]))
