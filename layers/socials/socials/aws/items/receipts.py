"""A receipt: nothing in it came from the platform."""

from msgspec.structs import asdict

from socials.aws.items import keys
from socials.aws.items.attributes import Item, known, time
from socials.clock import from_epoch
from socials.models.receipts import Counts, Receipt, ReceiptState, Revocation
from socials.timing import RECEIPT_LIVES


def receipt_to_item(receipt: Receipt) -> Item:
    fields = {
        "life": receipt.life,
        "platform": receipt.platform,
        "grant_id": receipt.grant_id,
        "connection_id": receipt.connection_id,
        "instance": receipt.instance,
        "requested_at": receipt.requested_at,
        "not_before": receipt.not_before,
        "shard": keys.agenda_shard(receipt.receipt_id),
    }
    return keys.receipt(receipt.user, receipt.receipt_id) | known(fields | progress_fields(receipt))


def progress_fields(receipt: Receipt) -> Item:
    """What the erase writes as it goes on. Only a finished receipt ever ends."""
    done = receipt.state is ReceiptState.DONE
    return {
        "state": receipt.state,
        "revocation": receipt.revocation,
        "deleted": receipt.deleted and asdict(receipt.deleted),
        "data_erased": receipt.data_erased or None,
        "finished_at": receipt.finished_at,
        "backups_until": receipt.backups_until,
        "lease_owner": receipt.lease_owner if receipt.lease_until else None,
        "lease_until": receipt.lease_until,
        "wake_at": receipt.wake_at,
        "attempts": receipt.attempts,
        "expires_at": receipt.requested_at + RECEIPT_LIVES if done else None,
    }


def item_to_receipt(item: Item) -> Receipt:
    _, account_id, ulid = item["sk"].split("#")
    revocation, deleted = item.get("revocation"), item.get("deleted")
    return Receipt(
        user=keys.user_of(item["pk"]),
        receipt_id=f"{account_id}.{ulid}",
        account_id=account_id,
        life=item["life"],
        platform=item["platform"],
        grant_id=item["grant_id"],
        connection_id=item["connection_id"],
        instance=item.get("instance"),
        state=ReceiptState(item["state"]),
        requested_at=from_epoch(item["requested_at"]),
        not_before=from_epoch(item["not_before"]),
        backups_until=from_epoch(item["backups_until"]),
        revocation=revocation and Revocation(revocation),
        deleted=deleted and Counts(**deleted),
        data_erased=item.get("data_erased", False),
        finished_at=time(item.get("finished_at")),
        lease_owner=item.get("lease_owner"),
        lease_until=time(item.get("lease_until")),
        wake_at=time(item.get("wake_at")),
        attempts=item.get("attempts", 0),
    )
