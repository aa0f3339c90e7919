"""What each operation is for, what it takes and what can go wrong with it; what it answers its handler says itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from socials.lines import FORMATS
from socials.platforms import every_platform
from socials.queries import DEFAULT_LIMIT, MAX_LIMIT
from socials.status import Status

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """What can be done next with an answer: `given` are runtime expressions by the target's parameters."""

    to: str
    given: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation. `statuses`: of success. `codes`: of the problems that our functions answer with.

    `body`: the schema of what it takes by name, or the whole request body. `media`: of what it answers, if not JSON.
    """

    tag: str
    summary: str
    statuses: tuple[int, ...] = (200,)
    codes: tuple[str, ...] = ()
    query: tuple[Json, ...] = ()
    body: str | Json | None = None
    headers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    media: tuple[str, ...] = ("application/json",)
    links: Mapping[str, Link] = field(default_factory=dict)


def _query(name: str, schema: Json, says: str) -> Json:
    return {"name": name, "in": "query", "required": False, "description": says, "schema": schema}


_LIMIT_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
_LIMIT = _query("limit", _LIMIT_SCHEMA, "How many at most.")
_CURSOR = _query(
    "cursor", {"type": "string", "minLength": 1}, "The `next_cursor` of the page before; it belongs to this list only."
)
_PAGE = (_LIMIT, _CURSOR)
# An export's body is the file itself: what names its next page stands beside it.
_LINKED_CURSOR = _query("cursor", _CURSOR["schema"], "As it stands in the `Link` of the page before.")
_PAGE_CODES = ("not_found", "invalid", "bad_cursor")
SLUGS = {"type": "string", "enum": [platform.slug for platform in every_platform()]}
_DAY = {"type": "string", "format": "date"}
_FORMAT: Json = {"type": "string", "enum": list(FORMATS), "default": "jsonl"}
_CONNECT_CODES = ("not_configured", "too_many_accounts", "platform_error", "platform_unavailable")
_TYPED = ("invalid", "unknown_platform", "credentials_refused", "main_password_refused", "host_refused")
_HOSTS = ("host_unreachable", "not_an_instance", "software_not_supported")
_JSON_BODY = ("malformed_json", "body_too_large")

# What counts is the signature: in the form that Meta sends, and in TikTok's header over its JSON.
_SIGNED = {"type": "object", "properties": {"signed_request": {"type": "string"}}, "required": ["signed_request"]}
_NOTICE: Json = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {"schema": _SIGNED},
        "application/json": {"schema": {"type": "object"}},
    },
}

# A browser that has the file already is told so.
_FILE = (200, 304)
_ETAG: Mapping[str, tuple[int, ...]] = {"ETag": _FILE}

_ACCOUNT = "$response.body#/account_id"
_FIRST = "$response.body#/accounts/0/account_id"
_THE_ACCOUNT = "$request.path.account_id"


_READS = ("get_account", "list_runs", "get_metrics", "list_posts", "list_events", "preview_disconnect", "export")


def _on_account(given: str, *names: str) -> Mapping[str, Link]:
    """What one does with an account, or those of it that are named."""
    every = names or (*_READS, "sync", "reconnect", "disconnect")
    return {name: Link(name, {"account_id": given}) for name in every}


OPERATIONS: Mapping[str, Operation] = {
    "list_platforms": Operation(tag="Connecting", summary="What can be connected, and what it tells"),
    "connect": Operation(
        tag="Connecting",
        summary="Begin to connect, by a consent page or an app password",
        statuses=(201,),
        body="NewConnection",
        codes=(*_TYPED, *_HOSTS, *_CONNECT_CODES, "busy", *_JSON_BODY),
        headers={"Set-Cookie": (201,)},
        links={
            "look": Link("look", {"connection_id": "$response.body#/connection_id"}),
            **_on_account(_FIRST, "get_account", "sync"),
        },
    ),
    "come_back": Operation(
        tag="Connecting",
        summary="Where a platform sends the browser back to; it goes on to the page, with the outcome in the address",
        statuses=(303,),
        query=(
            _query("state", {"type": "string"}, "Single use, and good in the browser with the cookie only."),
            _query("code", {"type": "string"}, "The platform's code, to be exchanged for tokens."),
            _query("error", {"type": "string"}, "Why the platform gave no code."),
            _query("instance", {"type": "string"}, "The host whose callback it is, where a person named one."),
        ),
        headers={"Location": (303,), "Set-Cookie": (303,)},
        media=(),
    ),
    "look": Operation(
        tag="Connecting",
        summary="How far a connection is",
        codes=("not_found",),
        links={
            "choose": Link(
                "choose",
                {"connection_id": "$request.path.connection_id"},
                {"ids": ["$response.body#/candidates/0/id"]},
                "Where its status is `choose`.",
            ),
            **_on_account(_FIRST, "get_account", "sync"),
        },
    ),
    "choose": Operation(
        tag="Connecting",
        summary="Connect the chosen of several identities; repeated it answers the same",
        statuses=(201,),
        body="Choice",
        codes=(
            *("not_found", "nothing_to_choose", "busy", "too_many_accounts"),
            *("connection_expired", "unknown_candidate", "invalid", *_JSON_BODY),
        ),
        links=_on_account(_FIRST, "get_account", "sync"),
    ),
    "reconnect": Operation(
        tag="Connecting",
        summary="Begin again for one account, by its platform's consent page",
        statuses=(201,),
        codes=("not_found", "disconnecting", "app_password_needed", *_CONNECT_CODES),
        headers={"Set-Cookie": (201,)},
        links={"look": Link("look", {"connection_id": "$response.body#/connection_id"})},
    ),
    "list_accounts": Operation(
        tag="Accounts",
        summary="The caller's accounts, oldest connection first",
        query=(
            _query("platform", SLUGS, "Only those of this platform."),
            _query("status", {"type": "string", "enum": [status.value for status in Status]}, "Only with this status."),
            _query("can_publish", {"type": "boolean"}, "Only those that can, or cannot, be published to."),
            *_PAGE,
        ),
        codes=("invalid", "unknown_platform", "bad_cursor"),
        links={"next": Link("list_accounts", {"cursor": "$response.body#/next_cursor"}), **_on_account(_FIRST)},
    ),
    "get_account": Operation(
        tag="Accounts", summary="One account", codes=("not_found",), links=_on_account(_THE_ACCOUNT)
    ),
    "sync": Operation(
        tag="Syncing",
        summary="Sync now; a run already under way is answered as it stands",
        statuses=(202,),
        codes=("not_found", "disconnecting", "reconnect_needed", "busy", "platform_wait", "just_synced"),
        headers={"Retry-After": (429,)},
        links={"run": Link("get_run", {"account_id": _ACCOUNT, "run_id": "$response.body#/run_id"})},
    ),
    "list_runs": Operation(
        tag="Syncing",
        summary="An account's runs, newest first",
        query=_PAGE,
        codes=_PAGE_CODES,
        links={
            "run": Link("get_run", {"account_id": _THE_ACCOUNT, "run_id": "$response.body#/runs/0/run_id"}),
            "next": Link("list_runs", {"account_id": _THE_ACCOUNT, "cursor": "$response.body#/next_cursor"}),
        },
    ),
    "get_run": Operation(
        tag="Syncing",
        summary="One run",
        codes=("not_found",),
        links={"again": Link("get_run", {"account_id": _ACCOUNT, "run_id": "$response.body#/run_id"})},
    ),
    "get_metrics": Operation(
        tag="Data",
        summary="An account's days, at most 366, the last 90 by default, and what it has grown by",
        query=(_query("from", _DAY, "The first day."), _query("to", _DAY, "The last day, inclusive; today if absent.")),
        codes=("not_found", "invalid"),
    ),
    "list_posts": Operation(
        tag="Data",
        summary="An account's posts with their totals, newest first",
        query=_PAGE,
        codes=_PAGE_CODES,
        links={"next": Link("list_posts", {"account_id": _THE_ACCOUNT, "cursor": "$response.body#/next_cursor"})},
    ),
    "list_events": Operation(
        tag="Data",
        summary="An account's diary, newest first; one daily success after another is told by its run alone",
        query=_PAGE,
        codes=_PAGE_CODES,
        links={"next": Link("list_events", {"account_id": _THE_ACCOUNT, "cursor": "$response.body#/next_cursor"})},
    ),
    "export": Operation(
        tag="Data",
        summary="All that we hold of an account, in pages of at most 4 MB; `Link` names the next one",
        query=(
            _query(
                "format", {"type": "string", "enum": list(FORMATS), "default": "jsonl"}, "Lines of JSON, or a table."
            ),
            _LINKED_CURSOR,
        ),
        codes=_PAGE_CODES,
        headers={"Link": (200,)},
        media=tuple(each.media_type.partition(";")[0] for each in FORMATS.values()),
    ),
    "preview_disconnect": Operation(
        tag="Disconnecting", summary="What a disconnect would take along", codes=("not_found",)
    ),
    "disconnect": Operation(
        tag="Disconnecting",
        summary="Disconnect an account and erase all of it; for 30 days, repeating it answers the newest receipt",
        statuses=(200, 202),
        codes=("not_found", "busy"),
        links={
            "receipt": Link("get_receipt", {"receipt_id": "$response.body#/receipt_id"}),
            "again": Link("disconnect", {"account_id": _THE_ACCOUNT}),
        },
    ),
    "disconnect_all": Operation(
        tag="Disconnecting",
        summary="Disconnect all of the caller's accounts",
        statuses=(202,),
        codes=("busy",),
        links={"receipt": Link("get_receipt", {"receipt_id": "$response.body#/receipts/0/receipt_id"})},
    ),
    "get_receipt": Operation(
        tag="Disconnecting",
        summary="What a disconnect really did, for 30 days",
        codes=("not_found",),
        links={"again": Link("get_receipt", {"receipt_id": "$response.body#/receipt_id"})},
    ),
    "deauthorize": Operation(
        tag="Platforms' callbacks",
        summary="A platform says, signed, that a person removed us there",
        body=_NOTICE,
        codes=("not_found", "invalid", "malformed_json", "bad_signature", "body_too_large", "busy"),
    ),
    "delete": Operation(
        tag="Platforms' callbacks",
        summary="A platform says, signed, that a person wants everything deleted",
        body=_NOTICE,
        codes=("not_found", "invalid", "malformed_json", "bad_signature", "body_too_large", "busy"),
        links={"standing": Link("get_deletion", {"code": "$response.body#/confirmation_code"})},
    ),
    "get_deletion": Operation(
        tag="Platforms' callbacks", summary="How far a deletion is that a platform asked for", codes=("not_found",)
    ),
    "get_page": Operation(
        tag="The page", summary="The Accounts page", statuses=_FILE, headers=_ETAG, media=("text/html",)
    ),
    "get_static": Operation(
        tag="The page",
        summary="A file of the page",
        statuses=_FILE,
        headers=_ETAG,
        media=("text/css", "text/javascript", "image/svg+xml"),
        codes=("not_found",),
    ),
    "get_config": Operation(
        tag="The page", summary="What the page needs to sign a person in", statuses=_FILE, headers=_ETAG
    ),
    "get_description": Operation(tag="The page", summary="This description", statuses=_FILE, headers=_ETAG),
}

# The web function has no types of its own to be read: it answers files, and one small object.
WEB: Mapping[str, str] = {
    "GET /": "get_page",
    "GET /static/{proxy}": "get_static",
    "GET /config": "get_config",
    "GET /openapi.json": "get_description",
}

PATH_PARAMETERS: Mapping[str, str] = {
    "account_id": "Derived from the user, the platform and the platform's own id.",
    "connection_id": "As `POST /connections` gave it.",
    "run_id": "Sorts by time.",
    "receipt_id": "Begins with the account's id.",
    "platform": "The platform's slug.",
    "code": "As the platform was told.",
    "proxy": "The file's path.",
}

HEADERS: Mapping[str, Json] = {
    "Cache-Control": {
        "description": "`no-store`: no cache keeps an answer. Of a file of the page, of its settings and of this "
        "description `no-cache`: kept, and checked each time by its `ETag`; a file under the digest that the page "
        "names is kept for a year.",
        "schema": {"type": "string"},
    },
    "ETag": {"description": "Of what was sent.", "required": True, "schema": {"type": "string"}},
    "Set-Cookie": {
        "description": "`connect_<connection_id>`: HttpOnly, SameSite=Lax; the consent can end in this browser only.",
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "`/?connection=<id>&outcome=done|choose|failed[&error=<code>]`, without `connection` where the "
        "state is unknown.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Link": {"description": 'The next page, `rel="next"` (RFC 8288).', "schema": {"type": "string"}},
    "Retry-After": {"description": "In seconds.", "schema": {"type": "integer", "minimum": 1}},
    "WWW-Authenticate": {"description": "`Bearer`, and what is wrong.", "schema": {"type": "string"}},
}
