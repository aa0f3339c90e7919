"""Where each item lies: pk and sk, as the item map over the table in template.yaml has them."""

from datetime import date
from typing import Any

from socials import ids
from socials.clock import iso
from socials.models.readings import Post
from socials.ports import Kind, LifeKey, Wakeup

Key = dict[str, str]

_KINDS: tuple[Kind, ...] = ("account", "receipt", "connection", "grant")
_LONGEST_SORT_KEY = 1024


def account(user: str, account_id: str) -> Key:
    return {"pk": user_pk(user), "sk": f"ACCOUNT#{account_id}"}


def grant(user: str, grant_id: str) -> Key:
    return {"pk": user_pk(user), "sk": f"GRANT#{grant_id}"}


def secret(user: str, grant_id: str) -> Key:
    """A grant's sealed tokens, where the table is the vault."""
    return {"pk": user_pk(user), "sk": f"SECRET#{grant_id}"}


def connection(user: str, connection_id: str) -> Key:
    return {"pk": user_pk(user), "sk": f"CONNECTION#{connection_id}"}


def receipt(user: str, receipt_id: str) -> Key:
    account_id, _, ulid = receipt_id.rpartition(".")
    return {"pk": user_pk(user), "sk": f"{receipts_of(account_id)}{ulid}"}


def receipts_of(account_id: str) -> str:
    """What the sort keys of an account's receipts begin with."""
    return f"RECEIPT#{account_id}#"


def state(state_hash: str) -> Key:
    return {"pk": f"STATE#{state_hash}", "sk": "STATE"}


def person(platform: str, person_hash: str) -> Key:
    return {"pk": f"PERSON#{platform}#{person_hash}", "sk": "PERSON"}


def budget(platform: str) -> Key:
    return {"pk": f"PLATFORM#{platform}", "sk": "BUDGET"}


def life_pk(life: LifeKey) -> str:
    return f"{user_pk(life.user)}#ACCOUNT#{life.account_id}#{life.life}"


def day_sk(day: date) -> str:
    return f"DAY#{day.isoformat()}"


def post_sk(post: Post) -> str:
    return f"POST#{iso(post.published_at)}#{post.post_id}"


def run_sk(run_id: str) -> str:
    return f"RUN#{run_id}"


def event_sk(event_id: str) -> str:
    return f"EVENT#{event_id}"


def user_pk(user: str) -> str:
    """A `#` in a user's name must not lead into another partition."""
    return "USER#" + user.replace("%", "%25").replace("#", "%23")


def user_of(pk: str) -> str:
    return pk.removeprefix("USER#").replace("%23", "#").replace("%25", "%")


def exists_nowhere(key: Key) -> bool:
    """A caller's id may be of any length; DynamoDB refuses what cannot be a key rather than finding nothing."""
    return len(key["sk"].encode()) > _LONGEST_SORT_KEY


def wakeup(item: dict[str, Any]) -> Wakeup:
    """Whom an item of the agenda wakes: all of it is in its keys, with the life and a run's trigger beside them."""
    noun, _, item_id = item["sk"].partition("#")
    kind = next(kind for kind in _KINDS if kind.upper() == noun)
    if kind == "receipt":
        item_id = item_id.replace("#", ".")
    return Wakeup(user_of(item["pk"]), kind, item_id, item.get("life", ""), by_hand="trigger" in item)


def agenda_shard(item_id: str) -> int:
    return ids.shard(item_id)
