"""A connection: somebody on the way to connecting an account. It never outlives 15 minutes unclaimed."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from socials.models.accounts import Account
from socials.models.events import Event
from socials.models.readings import Identity
from socials.models.runs import Run
from socials.timing import UNCLAIMED_CONNECTION_LIVES


class ConnectionStatus(StrEnum):
    PENDING = "pending"
    CHOOSE = "choose"
    DONE = "done"
    FAILED = "failed"


class ConnectionProblem(Struct, frozen=True):
    """Why a connection failed or what has to be decided; `expected` and `got` are handles for `identity_mismatch`."""

    code: str
    message: str
    expected: str | None = None
    got: str | None = None


class Candidate(Struct, frozen=True, kw_only=True):
    """An identity that the grant offers, under the id that its account has or would have."""

    account_id: str
    identity: Identity


class Connection(Struct, frozen=True, kw_only=True):
    """`grant_id` names the secret before any code is exchanged, so a crash leaves nothing that cannot be swept.

    `state_hash` and `verifier_hash`: of the OAuth state and of the browser's cookie (the PKCE verifier).
    `target`: the account_id to reconnect. `instance`: the host whose consent page it is, where the platform has many.
    `scopes`: what the person granted, once known. `person`: the hash of who that is, where the platform says it.
    """

    user: str
    connection_id: str
    platform: str
    status: ConnectionStatus
    grant_id: str
    created_at: datetime
    expires_at: datetime
    instance: str | None = None
    redirect_uri: str | None = None
    state_hash: str | None = None
    verifier_hash: str | None = None
    target: str | None = None
    scopes: tuple[str, ...] = ()
    person: str | None = None
    candidates: tuple[Candidate, ...] = ()
    account_ids: tuple[str, ...] = ()
    error: ConnectionProblem | None = None

    def over_at(self, now: datetime) -> bool:
        """Its 15 minutes are over: nobody can claim it any more."""
        return self.created_at + UNCLAIMED_CONNECTION_LIVES <= now


class Join(Struct, frozen=True):
    """One account to be written by `Connections.finish`: the row to write, and the row seen when deciding that.

    A reconnect (`seen` alive) keeps life, connected_at, followers, history and lease of the row and replaces profile
    fields, grant_id, connection_id, instance, scopes, reconnect_by, wait, run (no attempts yet) and wake_at, and clears
    broken and failure. `replaced`: the run of `seen` that ends by it, kept for whoever follows it.
    """

    account: Account
    seen: Account | None
    event: Event | None = None
    replaced: Run | None = None
