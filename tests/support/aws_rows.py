"""What lies in a table, in a vault and in queues, as the fakes would hold it: for looking, past the ports."""

from collections.abc import Iterable, Mapping
from typing import Any

from socials.aws.items.accounts import item_to_account
from socials.aws.items.attributes import Item, decoded
from socials.aws.items.connections import item_to_connection
from socials.aws.items.grants import item_to_grant
from socials.aws.items.history import item_to_event, item_to_post
from socials.aws.items.keys import user_of
from socials.aws.items.receipts import item_to_receipt
from socials.aws.items.runs import item_to_run
from socials.aws.items.weeks import item_to_days
from socials.clock import from_epoch
from socials.models.budgets import Budget
from socials.models.lives import LifeKey
from socials.models.receipts import Deletion
from tests.support.fakes import Rows


def rows_of(items: Iterable[Mapping[str, Any]]) -> Rows:
    """Every item of the table, by noun. Persons are named by the hash that the table has of them."""
    rows, all_of_them = Rows(), list(map(decoded, items))
    whose = {item["life"]: _account_of(item) for item in all_of_them if "life" in item}
    for item in all_of_them:
        noun = item["sk"].partition("#")[0]
        if noun in _OF_A_LIFE:
            _OF_A_LIFE[noun](rows, _life(item, whose), item)
        else:
            _TAKING[noun](rows, item)
    return rows


def _account_of(item: Item) -> str:
    """Of an account's row, or of a receipt's."""
    return str(item["sk"].split("#")[1])


def _life(item: Item, whose: Mapping[str, str]) -> LifeKey:
    """A life of which there is neither row nor receipt should not be there at all: it is nobody's."""
    _, user, life = item["pk"].split("#")
    return LifeKey(user_of(user), whose.get(life, "acc_nobodys"), life)


def _account(rows: Rows, item: Item) -> None:
    account = item_to_account(item)
    rows.accounts[account.user, account.account_id] = account


def _grant(rows: Rows, item: Item) -> None:
    grant = item_to_grant(item)
    rows.grants[grant.user, grant.grant_id] = grant
    if item["interrupted_by"]:
        rows.interrupted.add((grant.user, grant.grant_id))


def _connection(rows: Rows, item: Item) -> None:
    connection = item_to_connection(item)
    rows.connections[connection.user, connection.connection_id] = connection
    if "wake_at" in item:
        rows.sweeps[connection.user, connection.connection_id] = from_epoch(item["wake_at"])


def _receipt(rows: Rows, item: Item) -> None:
    receipt = item_to_receipt(item)
    rows.receipts[receipt.user, receipt.receipt_id] = receipt


def _state(rows: Rows, item: Item) -> None:
    name = item["pk"].removeprefix("STATE#")
    if "receipts" in item:
        receipts = tuple((user, receipt_id) for user, receipt_id in item["receipts"])
        rows.deletions[name] = Deletion(from_epoch(item["requested_at"]), receipts)
    else:
        rows.states[name] = item["user"], item["connection_id"], from_epoch(item["expires_at"])


def _budget(rows: Rows, item: Item) -> None:
    platform = item["pk"].removeprefix("PLATFORM#")
    rows.budgets[platform] = Budget(platform, from_epoch(item["until"]), item["code"], item["message"])


def _person(rows: Rows, item: Item) -> None:
    _, platform, name = item["pk"].split("#")
    if "members" in item:
        rows.persons[platform, name] = set(item["members"])
    if "revoking_by" in item:
        rows.revoking[platform, name] = item["revoking_by"], from_epoch(item["revoking_until"])


def _week(rows: Rows, life: LifeKey, item: Item) -> None:
    rows.life(life).days.update((day.date, day) for day in item_to_days(item))


def _post(rows: Rows, life: LifeKey, item: Item) -> None:
    post = item_to_post(item)
    rows.life(life).posts[post.published_at, post.post_id] = post


def _run(rows: Rows, life: LifeKey, item: Item) -> None:
    run = item_to_run(item, life.account_id)
    rows.life(life).runs[run.run_id] = run


def _event(rows: Rows, life: LifeKey, item: Item) -> None:
    event = item_to_event(item)
    rows.life(life).events[event.event_id] = event


_TAKING = {
    "ACCOUNT": _account,
    "GRANT": _grant,
    "CONNECTION": _connection,
    "RECEIPT": _receipt,
    "STATE": _state,
    "BUDGET": _budget,
    "PERSON": _person,
}
_OF_A_LIFE = {"DAY": _week, "POST": _post, "RUN": _run, "EVENT": _event}
