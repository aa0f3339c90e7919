"""The changes by which accounts come onto a grant. No item may be touched twice in one transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from socials.aws.items import history, keys
from socials.aws.items.accounts import (
    account_to_item,
    agenda_fields,
    grant_fields,
    profile_fields,
    run_fields,
    wait_to_map,
)
from socials.aws.table.accounts import run_as_seen
from socials.aws.table.changes import GONE, Change, put, update
from socials.aws.table.grants import NOBODY, last_one_out
from socials.aws.table.table import Table
from socials.models.accounts import Account
from socials.models.connections import Connection, Join
from socials.models.grants import member
from socials.models.lives import LifeKey

_AS_SEEN = "#life = :seen_life AND #grant_id = :seen_grant_id AND attribute_not_exists(#receipt_id)"
_WAITS_AS_SEEN = {True: "#wait = :seen_wait", False: "attribute_not_exists(#wait)"}
_FREE = "attribute_not_exists(#pk) OR attribute_exists(#receipt_id)"


def account_joins(joins: Sequence[Join]) -> list[Change]:
    return [_new(join.account) if join.seen is None else _again(join.account, join.seen) for join in joins]


def diary_entries(joins: Sequence[Join]) -> list[Change]:
    return [put(history.event_to_item(_life(join), join.event)) for join in joins if join.event is not None]


def replaced_runs(joins: Sequence[Join]) -> list[Change]:
    """Not where it has ended by itself since it was seen."""
    ended = ((_life(join), join.replaced) for join in joins if join.replaced is not None)
    return [put(history.run_item(life, run), when=GONE) for life, run in ended]


def grant_joined(connection: Connection, joins: Sequence[Join], now: datetime) -> Change:
    """Make the grant, or add to it. A retired one is about to be revoked and takes nobody."""
    members = frozenset(member(join.account.account_id, (join.seen or join.account).life) for join in joins)
    return update(
        keys.grant(connection.user, connection.grant_id),
        {"platform": connection.platform, "person": connection.person, "shard": keys.agenda_shard(connection.grant_id)},
        also="SET #created_at = if_not_exists(#created_at, :now),"
        " #interrupted_by = if_not_exists(#interrupted_by, :nobody) ADD #members :members",
        when="attribute_not_exists(#retired)",
        now=now,
        nobody=NOBODY,
        members=members,
    )


def departures(table: Table, connection: Connection, joins: Sequence[Join], now: datetime) -> Iterator[Change]:
    """Take reconnected accounts out of the grants they were on, one change a grant. Each old grant is read first, and
    must still have just those members when the transaction comes."""
    leaving: dict[str, set[str]] = {}
    for join in joins:
        if join.seen is not None and join.seen.grant_id != connection.grant_id:
            leaving.setdefault(join.seen.grant_id, set()).add(member(join.seen.account_id, join.seen.life))
    for grant_id, gone in leaving.items():
        key = keys.grant(connection.user, grant_id)
        members = (table.get(key) or {}).get("members", frozenset())
        if gone >= members:
            if members:
                yield last_one_out(key, members, now)
        elif gone & members:
            yield _fewer(key, members, gone & members)


def _fewer(key: keys.Key, members: frozenset[str], gone: frozenset[str]) -> Change:
    return update(key, {}, also="DELETE #members :gone", when="#members = :all", gone=gone, all=members)


def _life(join: Join) -> LifeKey:
    account = join.seen or join.account
    return LifeKey(account.user, account.account_id, account.life)


def _new(account: Account) -> Change:
    return put(account_to_item(account), when=_FREE)


def _again(account: Account, seen: Account) -> Change:
    fields = profile_fields(account) | grant_fields(account) | run_fields(account.run, 0) | agenda_fields(account.run)
    fields |= {"broken": None, "failure": None, "wait": wait_to_map(account.wait), "wake_at": account.wake_at}
    key = keys.account(account.user, account.account_id)
    same_run, values = run_as_seen(seen.run)
    values |= {"seen_life": seen.life, "seen_grant_id": seen.grant_id}
    if seen.wait is not None:
        values["seen_wait"] = wait_to_map(seen.wait)
    as_seen = f"{_AS_SEEN} AND {_WAITS_AS_SEEN[seen.wait is not None]} AND {same_run}"
    return update(key, fields, when=as_seen, **values)
