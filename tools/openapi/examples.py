"""One example of each answer, made by the code that makes the real ones, and of each body."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from socials import answers, ids
from socials.clock import iso
from socials.models.accounts import Account, FollowerPoint
from socials.models.connections import Candidate, Connection, ConnectionStatus
from socials.models.events import EventType, happened
from socials.models.parts import Part
from socials.models.readings import Day, Identity, Metrics, Post
from socials.models.receipts import Counts, Deletion, Receipt, ReceiptState, Revocation
from socials.models.runs import PartProgress, PartState, Run, RunState, Trigger
from socials.platforms import facts_of
from socials.previewing import Preview
from socials.status import Status
from socials.values import replace

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 22)
_ULID = "01KAN1C0J0ZJ4A1V6W3R8TY5KM"
_PART = PartProgress(state=PartState.SUCCEEDED, done=1, total=1)

_ID = ids.account_id("somebody", "pinterest", "549755885175")
_CONNECTION = "con_qk3v7xgd2n5ym4ce6rwtla7hji"
_IDENTITY = Identity(
    platform_account_id="549755885175",
    username="ada",
    display_name="Ada Lovelace",
    avatar_url="https://i.pinimg.com/75x75/ada.jpg",
    profile_url="https://www.pinterest.com/ada/",
)
_RUN = Run(
    run_id=_ULID,
    account_id=_ID,
    trigger=Trigger.MANUAL,
    state=RunState.SUCCEEDED,
    queued_at=NOW,
    started_at=NOW + timedelta(seconds=1),
    finished_at=NOW + timedelta(seconds=4),
    parts={
        Part.PROFILE: _PART,
        Part.INSIGHTS: replace(_PART, done=30, total=30),
        Part.POSTS: replace(_PART, done=25, total=25),
    },
)
_ACCOUNT = Account(
    user="somebody",
    account_id=_ID,
    life="life_1",
    platform="pinterest",
    platform_account_id=_IDENTITY.platform_account_id,
    username=_IDENTITY.username,
    display_name=_IDENTITY.display_name,
    avatar_url=_IDENTITY.avatar_url,
    profile_url=_IDENTITY.profile_url,
    grant_id="grant_1",
    connection_id=_CONNECTION,
    connected_at=NOW - timedelta(days=40),
    scopes=facts_of("pinterest").asked_scopes,
    follower_count=1204,
    followers=tuple(FollowerPoint(TODAY - timedelta(days=7 - n), 1190 + 2 * n) for n in range(8)),
    last_synced_at=NOW,
    wake_at=NOW + timedelta(hours=20),
)
_METRICS = Metrics(impressions=5210, likes=88, comments=4, saves=61, clicks=39)
_DAYS = [
    Day(date=TODAY - timedelta(days=7 - 7 * n), followers=1190 + 14 * n, metrics=_METRICS, provisional=False)
    for n in range(2)
]
_POST = Post(
    post_id="987654321",
    permalink="https://www.pinterest.com/pin/987654321/",
    title="A note on the engine",
    media_type="image",
    published_at=NOW - timedelta(days=3),
    metrics=_METRICS,
    updated_at=NOW,
)
_EVENT = replace(happened(EventType.SYNCED, NOW, run_id=_ULID, trigger="manual"), event_id=_ULID)
_CONNECTION_ROW = Connection(
    user="somebody",
    connection_id=_CONNECTION,
    platform="pinterest",
    status=ConnectionStatus.CHOOSE,
    grant_id="grant_1",
    created_at=NOW,
    expires_at=NOW + timedelta(minutes=10),
    candidates=(Candidate(account_id=_ID, identity=_IDENTITY),),
)
_RECEIPT = Receipt(
    user="somebody",
    receipt_id=f"{_ID}.{_ULID}",
    account_id=_ID,
    life="life_1",
    platform="pinterest",
    grant_id="grant_1",
    connection_id=_CONNECTION,
    state=ReceiptState.DONE,
    requested_at=NOW,
    not_before=NOW,
    backups_until=NOW + timedelta(days=7),
    revocation=Revocation.REVOKED,
    deleted=Counts(snapshots=30, posts=25, runs=12, events=14, secrets=1),
    data_erased=True,
    finished_at=NOW + timedelta(seconds=2),
)

_PREVIEW = Preview(Counts(snapshots=30, posts=25, runs=12, events=14), TODAY, "nothing", ())

_account = answers.account_answer(_ACCOUNT, NOW)
_run = answers.run_answer(_RUN)
_receipt = answers.receipt_answer(_RECEIPT)
_counts = answers.counts_answer({status: int(status is Status.CONNECTED) for status in Status})

EXAMPLES: Mapping[str, Any] = {
    "Account": _account,
    "AccountPage": {"accounts": [_account], "next_cursor": None, "counts": _counts},
    "Accounts": {"accounts": [_account]},
    "Run": _run,
    "RunPage": {"runs": [_run], "next_cursor": None},
    "Metrics": answers.metrics_answer(_DAYS, TODAY + timedelta(days=1)),
    "PostPage": {"posts": [answers.post_answer(_POST)], "next_cursor": None},
    "EventPage": {"events": [answers.event_answer(_EVENT)], "next_cursor": None},
    "Connection": answers.connection_answer(_CONNECTION_ROW, [], NOW),
    "Connected": {"connection_id": _CONNECTION, "accounts": [_account]},
    "Leaving": {
        "connection_id": _CONNECTION,
        "authorize_url": "https://www.pinterest.com/oauth/?client_id=1234&response_type=code&state=...",
        "expires_at": iso(_CONNECTION_ROW.expires_at),
    },
    "Preview": answers.preview_answer(_PREVIEW),
    "Receipt": _receipt,
    "Receipts": {"receipts": [_receipt]},
    "Deletion": answers.deletion_answer("kX2n...", Deletion(NOW, (("somebody", _RECEIPT.receipt_id),)), True),
    "DeletionAsked": {"url": "https://accounts.example/deletions/kX2n...", "confirmation_code": "kX2n..."},
    "Nothing": {},
    "Platforms": {"platforms": [answers.platform_answer(facts_of("pinterest"), True)]},
    "SignIn": {"issuer": "https://id.example", "client_id": "page", "scopes": "openid postloudly/accounts"},
}

REQUESTS: Mapping[str, Mapping[str, Any]] = {
    "connect": {
        "oauth": {"platform": "pinterest"},
        "instance_oauth": {"platform": "mastodon", "instance": "mastodon.social"},
        "app_password": {"platform": "bluesky", "identifier": "ada.bsky.social", "app_password": "abcd-efgh-ijkl-mnop"},
    },
    "choose": {"first": {"ids": [_ID]}},
}
