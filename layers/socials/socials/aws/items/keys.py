"""Where each item lies: pk and sk, as the item map over the table in template.yaml have them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from socials import ids
from socials.clock import iso

if TYPE_CHECKING:  # every function makes keys, few of them have all of these
    from socials.models.lives import LifeKey
    from socials.models.readings import Post

Key = dict[str, str]

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
    """A life's name is never used again, so that it stands for its account too. Lives of older versions, which have a
    longer name, lie under both."""
    older = life.life.startswith("life_")
    return (
        f"{user_pk(life.user)}#ACCOUNT#{life.account_id}#{life.life}" if older else f"{user_pk(life.user)}#{life.life}"
    )


def week_sk(day: date) -> str:
    """The item that this day lies in: a week's days have one, named by its Monday."""
    return day_sk(day - timedelta(days=day.weekday()))


def day_sk(day: date) -> str:
    """A day's place among all that a life has: there is an item of that name only for a Monday."""
    return f"DAY#{day.isoformat()}"


def week_around(place: str) -> str | None:
    """The item that a day's place lies in; None for any other place."""
    try:
        return week_sk(date.fromisoformat(place.removeprefix("DAY#"))) if place.startswith("DAY#") else None
    except (ValueError, OverflowError):
        return None


def post_sk(post: Post) -> str:
    return f"POST#{iso(post.published_at)}#{post.post_id}"


def run_sk(run_id: str) -> str:
    return f"RUN#{run_id}"


def run_of(sk: str) -> str:
    return sk.removeprefix("RUN#")


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


def agenda_shard(item_id: str) -> int:
    return ids.shard(item_id)
