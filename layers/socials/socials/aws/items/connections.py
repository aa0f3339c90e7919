"""A connection's row. `expires_at` is the table's word for an item's end, so the consent's end is `consent_until`."""

from datetime import timedelta

from msgspec.structs import asdict

from socials.aws.items import keys
from socials.aws.items.attributes import Item, known
from socials.clock import from_epoch
from socials.models.connections import Candidate, Connection, ConnectionProblem, ConnectionStatus
from socials.models.readings import Identity
from socials.timing import UNCLAIMED_CONNECTION_LIVES

# The sweep deletes connections, one that is still to be revoked after a day; should it ever miss one, the table does.
_NET = timedelta(days=2)


def connection_to_item(connection: Connection) -> Item:
    """The whole row as it is first written, with its place on the agenda."""
    swept_at = connection.created_at + UNCLAIMED_CONNECTION_LIVES
    place = {"shard": keys.agenda_shard(connection.connection_id), "wake_at": swept_at, "expires_at": swept_at + _NET}
    return keys.connection(connection.user, connection.connection_id) | known(connection_fields(connection) | place)


def connection_fields(connection: Connection) -> Item:
    return {
        "platform": connection.platform,
        "status": connection.status,
        "grant_id": connection.grant_id,
        "created_at": connection.created_at,
        "consent_until": connection.expires_at,
        "instance": connection.instance,
        "redirect_uri": connection.redirect_uri,
        "state_hash": connection.state_hash,
        "verifier_hash": connection.verifier_hash,
        "target": connection.target,
        "scopes": " ".join(connection.scopes) or None,
        "person": connection.person,
        "candidates": [_candidate_to_map(candidate) for candidate in connection.candidates] or None,
        "account_ids": list(connection.account_ids) or None,
        "error": known(asdict(connection.error)) if connection.error else None,
    }


def item_to_connection(item: Item) -> Connection:
    return Connection(
        user=keys.user_of(item["pk"]),
        connection_id=item["sk"].removeprefix("CONNECTION#"),
        platform=item["platform"],
        status=ConnectionStatus(item["status"]),
        grant_id=item["grant_id"],
        created_at=from_epoch(item["created_at"]),
        expires_at=from_epoch(item["consent_until"]),
        instance=item.get("instance"),
        redirect_uri=item.get("redirect_uri"),
        state_hash=item.get("state_hash"),
        verifier_hash=item.get("verifier_hash"),
        target=item.get("target"),
        scopes=tuple(item.get("scopes", "").split()),
        person=item.get("person"),
        candidates=tuple(_map_to_candidate(candidate) for candidate in item.get("candidates", ())),
        account_ids=tuple(item.get("account_ids", ())),
        error=ConnectionProblem(**item["error"]) if "error" in item else None,
    )


def _candidate_to_map(candidate: Candidate) -> Item:
    return {"account_id": candidate.account_id, "identity": known(asdict(candidate.identity))}


def _map_to_candidate(candidate: Item) -> Candidate:
    return Candidate(account_id=candidate["account_id"], identity=Identity(**candidate["identity"]))
