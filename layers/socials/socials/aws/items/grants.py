"""A grant's row: an empty set of members is an absent one."""

from socials.aws.items import keys
from socials.aws.items.attributes import Item, time
from socials.clock import from_epoch
from socials.models.grants import Grant


def item_to_grant(item: Item) -> Grant:
    return Grant(
        user=keys.user_of(item["pk"]),
        grant_id=item["sk"].removeprefix("GRANT#"),
        platform=item["platform"],
        members=item.get("members", frozenset()),
        created_at=from_epoch(item["created_at"]),
        person=item.get("person"),
        retired=item.get("retired", False),
        lease_owner=item.get("lease_owner"),
        lease_until=time(item.get("lease_until")),
        wake_at=time(item.get("wake_at")),
    )
