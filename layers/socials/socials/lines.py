"""An export's lines: JSON Lines, or CSV with one heading for everything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from socials.answers import account_answer, day_answer, event_answer, post_answer, run_answer
from socials.clock import iso
from socials.models.accounts import Account
from socials.models.events import Event
from socials.models.readings import METRIC_NAMES, Day, Post
from socials.models.runs import Run

if TYPE_CHECKING:
    from socials.ports import Entry

_ACCOUNT = (
    *("account_id", "platform", "platform_account_id", "instance", "username", "display_name", "avatar_url"),
    *("profile_url", "status", "status_reason", "follower_count", "follower_change_7d", "followers_30d"),
    *("scopes", "can_publish", "can_read_metrics", "missing_scopes", "connected_at", "last_synced_at"),
    *("last_run_finished_at", "next_sync_at", "reconnect_by", "insights_through", "full_read_on", "current_run"),
)
_OTHERS = (
    *("date", "followers", *METRIC_NAMES, "provisional"),
    *("post_id", "permalink", "title", "media_type", "published_at", "updated_at"),
    *("run_id", "trigger", "state", "parts", "queued_at", "started_at", "finished_at"),
    *("at", "event", "detail"),
)
COLUMNS = ("type", *_ACCOUNT, *_OTHERS)

Json = dict[str, Any]

# A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Format(Struct, frozen=True):
    media_type: str
    heading: bytes
    line: Callable[[Mapping[str, Any]], bytes]


def record(entry: Account | Entry, now: datetime, today: date) -> Json:
    """What we hold, as the API shows it, with its `type`; an account with what its answer leaves out."""
    match entry:
        case Account():
            return {"type": "account", **account_answer(entry, now), **_account_beside(entry)}
        case Day():
            return {"type": "day", **day_answer(entry, today)}
        case Post():
            return {"type": "post", **post_answer(entry)}
        case Run():
            return {"type": "run", **run_answer(entry)}
        case Event():
            told = event_answer(entry)
            return {"type": "event", "at": told["at"], "event": told["type"], "detail": told["detail"]}


def _account_beside(account: Account) -> Json:
    finished = account.last_run_finished_at
    return {
        "platform_account_id": account.platform_account_id,
        "instance": account.instance,
        "scopes": list(account.scopes),
        "last_run_finished_at": iso(finished) if finished else None,
        "insights_through": account.insights_through.isoformat() if account.insights_through else None,
        "full_read_on": account.full_read_on.isoformat() if account.full_read_on else None,
    }


def _json_line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _csv_line(values: Mapping[str, Any]) -> bytes:
    flat = {**values, **(values["metrics"] if values["type"] == "post" else {})}
    return _row([_cell(flat.get(name)) for name in COLUMNS])


def _row(cells: list[Any]) -> bytes:
    import csv
    import io

    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


FORMATS: Mapping[str, Format] = {
    "jsonl": Format("application/x-ndjson", b"", _json_line),
    "csv": Format("text/csv; charset=utf-8", (",".join(COLUMNS) + "\r\n").encode(), _csv_line),
}
