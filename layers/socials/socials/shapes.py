"""What the API's answers look like, by the contract's own names: types only, read by mypy and by `make docs`.

No function imports this at run time: an answer costs nothing to describe.
"""

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from socials.models.connections import ConnectionStatus
from socials.models.events import EventType
from socials.models.receipts import ReceiptState, Revocation
from socials.models.runs import PartState, RunState, Trigger
from socials.status import Action, Status

Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time", "pattern": "Z$"})]
Date = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Address = Annotated[str, WithJsonSchema({"type": "string", "format": "uri"})]
Count = Annotated[int, Field(ge=0)]
Revokes = Literal["nothing", "token", "person"]
Kind = Literal["profile", "page"]


class Problem(TypedDict):
    """Why something failed: for programs a code that stays, for people a sentence."""

    code: str
    message: str


class StatusReason(TypedDict):
    """Why the account has its status."""

    code: str
    message: str
    since: Time
    action: Action
    """What the person can do about it."""
    next_attempt_at: Time | None


class FollowerPoint(TypedDict):
    """The followers of one of the platform's days."""

    date: Date
    n: Count | None
    """Null where unknown."""
    provisional: bool
    """The day is not over on the platform's clock."""


class PartProgress(TypedDict):
    """How far one part of a run is."""

    state: PartState
    done: Count
    total: Count | None
    """Null until the platform has told it."""
    error: Problem | None


class Parts(TypedDict):
    """Each has its own outcome."""

    profile: PartProgress
    insights: PartProgress
    posts: PartProgress


class Run(TypedDict):
    """One pass over one account. Succeeded: every part succeeded or is not offered; failed: none succeeded."""

    run_id: str
    account_id: str
    trigger: Trigger
    state: RunState
    parts: Parts
    queued_at: Time
    started_at: Time | None
    finished_at: Time | None


class Account(TypedDict):
    """One identity on one platform, connected by one user."""

    account_id: str
    platform: str
    username: str
    display_name: str
    avatar_url: Address | None
    profile_url: Address | None
    follower_count: Count | None
    follower_change_7d: int | None
    """The last known day minus the day exactly seven before it; null unless both are known."""
    followers_30d: list[FollowerPoint]
    """Oldest first."""
    status: Status
    status_reason: StatusReason
    last_synced_at: Time | None
    next_sync_at: Time | None
    """Null where it will not sync by itself."""
    current_run: Run | None
    can_publish: bool
    can_read_metrics: bool
    missing_scopes: list[str]
    reconnect_by: Time | None
    """When the access ends for good, where the platform ends it."""
    connected_at: Time


class StatusCounts(TypedDict):
    """Over all of the user's accounts, whatever was filtered."""

    connected: Count
    needs_sync: Count
    connection_error: Count
    disconnecting: Count


class AccountPage(TypedDict):
    """In the order of connecting, oldest first."""

    accounts: list[Account]
    next_cursor: str | None
    counts: StatusCounts


class Accounts(TypedDict):
    """Those that were just connected."""

    accounts: list[Account]


class RunPage(TypedDict):
    """Newest first."""

    runs: list[Run]
    next_cursor: str | None


class Numbers(TypedDict):
    """Counts by our names; null where the platform does not offer or does not know the number."""

    impressions: Count | None
    reach: Count | None
    likes: int | None
    """Below zero where a platform counts more that were taken back than given, as LinkedIn may."""
    comments: Count | None
    saves: Count | None
    shares: Count | None
    clicks: Count | None
    views: Count | None


class Day(Numbers):
    """One of the platform's days, in the platform's own account-level numbers; never a sum of ours."""

    date: Date
    followers: Count | None
    provisional: bool
    """The platform still works on the numbers."""


Growth = TypedDict(
    "Growth",
    {"from": Count, "to": Count, "from_day": Date, "to_day": Date, "change": int, "percent": float | None},
)
Growth.__doc__ = "The difference between the first and the last known day; the percentage is null from zero."


class GrowthByName(TypedDict):
    """Null where fewer than two days are known."""

    followers: Growth | None


class Metrics(TypedDict):
    """Days without data are absent."""

    days: list[Day]
    growth: GrowthByName


class Post(TypedDict):
    """One post with its lifetime totals."""

    post_id: str
    permalink: Address
    title: str | None
    media_type: str | None
    published_at: Time
    metrics: Numbers
    updated_at: Time | None
    """When a number of it last changed with us."""


class PostPage(TypedDict):
    """Newest first."""

    posts: list[Post]
    next_cursor: str | None


class Event(TypedDict):
    """An entry of an account's diary."""

    at: Time
    type: EventType
    detail: dict[str, str]
    """Words by name, such as `code` and `message` of a cause, or a `run_id`."""


class EventPage(TypedDict):
    """Newest first."""

    events: list[Event]
    next_cursor: str | None


class ConnectionProblem(Problem):
    """Why a connection failed or what has to be decided; `expected` and `got` name people for `identity_mismatch`."""

    expected: str | None
    got: str | None


class Candidate(TypedDict):
    """An identity that the consent offers."""

    id: str
    """Of the account that it is or would be."""
    username: str
    display_name: str
    avatar_url: Address | None
    connected: bool
    kind: Kind | None
    """Where a consent offers a person's own profile and pages, which of them it is."""


class Connection(TypedDict):
    """Somebody on the way to connecting; it never outlives 15 minutes unclaimed."""

    connection_id: str
    platform: str
    status: ConnectionStatus
    error: ConnectionProblem | None
    candidates: list[Candidate]
    accounts: list[Account]


class Leaving(TypedDict):
    """Where to send the browser. Its cookie belongs to it: only where a consent began can it end."""

    connection_id: str
    authorize_url: Address
    expires_at: Time


class Connected(TypedDict):
    """An app password connects at once."""

    connection_id: str
    accounts: list[Account]


class Preview(TypedDict):
    """What a disconnect would take along."""

    snapshots: Count
    posts: Count
    runs: Count
    events: Count
    first_day: Date | None
    revokes: Revokes
    shares_with: list[str]
    """Account ids that a revoke would cut off too."""


class Deleted(TypedDict):
    """How many items of each noun are gone."""

    snapshots: Count
    posts: Count
    runs: Count
    events: Count
    secrets: Count


class RevocationHelp(TypedDict):
    """How to revoke our access on the platform itself."""

    url: Address
    steps: list[str]


class Receipt(TypedDict):
    """What a disconnect really did. Nothing in it came from the platform."""

    receipt_id: str
    """Begins with the account's id."""
    account_id: str
    platform: str
    state: ReceiptState
    platform_revocation: Revocation | None
    """Null until it is settled."""
    deleted: Deleted
    revocation: RevocationHelp
    backups_until: Time
    requested_at: Time
    finished_at: Time | None


class Receipts(TypedDict):
    """One for each account that the user had."""

    receipts: list[Receipt]


class DeletionAsked(TypedDict):
    """What a platform wants to hear: where the person can follow the deletion."""

    url: Address
    confirmation_code: str


class Deletion(TypedDict):
    """How far a deletion is; nothing in it says whose it is."""

    confirmation_code: str
    state: ReceiptState
    requested_at: Time
    accounts: Count


class Nothing(TypedDict):
    """An empty object."""


class Offered(TypedDict):
    """Whether the platform tells these numbers at all."""

    followers: bool
    impressions: bool
    reach: bool
    likes: bool
    comments: bool
    saves: bool
    shares: bool
    clicks: bool
    views: bool


class Scopes(TypedDict):
    """The platform's own names."""

    needed: list[str]
    publish: list[str]


class CheckedRevocation(RevocationHelp):
    """As we last saw it on the platform's pages."""

    checked_on: Date


class Platform(TypedDict):
    """What can be connected, and what it tells."""

    slug: str
    name: str
    connect: Literal["oauth", "app_password", "instance_oauth"]
    configured: bool
    """Whether people can connect it here."""
    metrics: Offered
    scopes: Scopes
    revokes: Revokes
    """What a revoke ends: nothing, one token, or all that the person ever gave us."""
    day_zone: str
    """The time zone in which the platform's days begin."""
    revocation: CheckedRevocation


class Platforms(TypedDict):
    """All that we know, in the order in which the page shows them."""

    platforms: list[Platform]


class SignIn(TypedDict):
    """What the page needs to sign a person in."""

    issuer: str
    client_id: str
    scopes: str
    """Separated by spaces."""
