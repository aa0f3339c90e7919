"""What the sandboxes of Meta's three Graph APIs share: errors by code, usage headers, fields, paging, insights.

Where Meta's behaviour is unknown the sandbox takes the reading that is harder on the product, and says "careful".
"""

import base64
import binascii
import json
import re
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, request

from local.sandbox import consent, credentials, people
from local.sandbox.doorway import Refusal
from local.sandbox.faults import Fault
from local.sandbox.graph_tokens import LONG, GraphTokens
from local.sandbox.people import Person
from local.sandbox.site import elsewhere
from local.sandbox.state import Sandbox
from local.sandbox.tokens import Consent

ZONE = ZoneInfo("America/Los_Angeles")
CALLS_A_DAY = 48_000
_DAY = timedelta(days=1)
# Meta's kinds of refusal: HTTP status, code, subcode, message.
_KINDS: Mapping[str, tuple[int, int, int | None, str]] = {
    "500": (500, 2, None, "An unexpected error has occurred. Please retry your request later."),
    "503": (503, 2, None, "Service temporarily unavailable"),
    "transient": (400, 2, None, "An unexpected error has occurred. Please retry your request later."),
    "revoked": (400, 190, 458, "Error validating access token: The user has not authorized application."),
    "expired": (400, 190, 463, "Error validating access token: Session has expired."),
    "password_changed": (400, 190, 460, "The session was invalidated because the user changed their password."),
    "scope_missing": (403, 10, None, "(#10) Application does not have permission for this action"),
    "gone": (400, 100, 33, "Unsupported get request. Object does not exist or cannot be loaded."),
    "bad_request": (400, 100, None, "(#100) Invalid parameter"),
    "blocked": (400, 368, None, "The action attempted has been deemed abusive or is otherwise disallowed"),
    "app_limit": (400, 4, None, "(#4) Application request limit reached"),
}
_TRANSIENT = frozenset({"500", "503", "transient"})


def refusal(
    code: int,
    message: str,
    *,
    status: int = 400,
    subcode: int | None = None,
    headers: Mapping[str, str] | None = None,
    transient: bool = False,
) -> Refusal:
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    error |= {"error_subcode": subcode} if subcode else {}
    error |= {"is_transient": True} if transient else {}
    return Refusal(status, {"error": {**error, "fbtrace_id": secrets.token_urlsafe(16)}}, headers)


def bad_field(name: str, node: str) -> Refusal:
    return refusal(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})")


def bad_metric(allowed: Collection[str]) -> Refusal:
    return refusal(100, f"(#100) metric must be one of the following values: {', '.join(sorted(allowed))}")


class Graph:
    """The manners of one Graph platform, and what its views have in common."""

    slug = ""
    name = ""
    issuing = frozenset({"token"})
    # The platform's own name and code of a limit, by its usage header.
    use_case = ""
    limit_code = 4
    droppable = ""
    pages_calls: Collection[str] = frozenset({"authorize", "page"})

    def __init__(self, sandbox: Sandbox, app: consent.App, secret: str, prefix: str) -> None:
        self._sandbox = sandbox
        self._app, self._secret = app, secret
        self.tokens = GraphTokens(sandbox.now, prefix)

    # Manners

    def person(self) -> str | None:
        found = (
            self.tokens.of_access(bearer())
            or self.tokens.of_access(given("fb_exchange_token"))
            or self.tokens.of_code(given("code"))
        )
        return found.person if found else (request.form.get("person") if request.method == "POST" else None)

    def admit(self, call: str, person: str | None) -> Mapping[str, str]:
        if call in self.pages_calls:
            return {}
        room = self._sandbox.limits.count(f"{self.slug}/{person}", CALLS_A_DAY, 86_400)
        share = (room.limit - room.remaining) * 100 // room.limit
        headers = self._usage(share, ceil(room.seconds / 60) if room.exceeded else 0)
        if room.exceeded:
            raise self._limited(headers)
        return headers

    def refusal(self, fault: Fault) -> Refusal:
        if fault.kind == "429":
            return self._limited(self._usage(100, ceil((fault.retry_after or 0) / 60)))
        status, code, subcode, message = _KINDS[fault.kind]
        usage = {"call_count": 100, "total_time": 20, "total_cputime": 11}
        headers = {"X-App-Usage": json.dumps(usage)} if fault.kind == "app_limit" else {}
        transient = fault.kind in _TRANSIENT
        return refusal(code, message, status=status, subcode=subcode, headers=headers, transient=transient)

    def _limited(self, headers: Mapping[str, str]) -> Refusal:
        message = f"(#{self.limit_code}) There have been too many calls to this account. Wait a bit and try again."
        return refusal(self.limit_code, message, headers=headers)

    def _usage(self, share: int, minutes: int) -> dict[str, str]:
        row = {"type": self.use_case, "call_count": share, "total_cputime": 1, "total_time": 1}
        return {"X-Business-Use-Case-Usage": json.dumps({"1": [{**row, "estimated_time_to_regain_access": minutes}]})}

    def tidy(self, answer: Response) -> Response:
        answer.headers["x-fb-trace-id"] = secrets.token_urlsafe(8)
        answer.headers["x-fb-request-id"] = secrets.token_urlsafe(12)
        answer.headers.setdefault("Cache-Control", "private, no-cache, no-store, must-revalidate")
        return answer

    # Pages for people

    def ask(self) -> Response:
        return consent.ask(self._app, self.tokens)

    def decide(self) -> Response:
        answer, g.person = consent.decide(self._app, self.tokens)
        if answer.status_code == 302:
            answer.headers["Location"] = answer.headers["Location"] + "#_"
        return answer

    def page(self, **_: str) -> Response:
        return elsewhere(self.name, "a profile or a post")

    # Tokens

    def redeemed(self) -> Consent:
        """The consent behind a code; raises `Refusal` in the shape of the token endpoint."""
        redeemed = self.tokens.redeem(given("code")) if self.is_ours(given("client_id")) else None
        if redeemed is None or given("grant_type", "authorization_code") != "authorization_code":
            raise self.code_refused()
        if redeemed.redirect_uri != given("redirect_uri"):
            raise self.code_refused()
        dropped = g.dropped_scope if g.dropped_scope != "" else self.droppable
        kept = tuple(scope for scope in redeemed.scopes if scope != dropped)
        g.person = redeemed.person
        return Consent(redeemed.person, redeemed.client_id, redeemed.redirect_uri, kept)

    def is_ours(self, client_id: str) -> bool:
        return client_id == self._app.client_id and given("client_secret") == self._secret

    def code_refused(self) -> Refusal:
        body = {"error_type": "OAuthException", "code": 400, "error_message": "Invalid authorization code"}
        return Refusal(400, body)

    def lengthen(self, grant_type: str) -> Mapping[str, Any]:
        held = self.tokens.of_access(bearer())
        if given("client_secret") != self._secret or given("grant_type") != grant_type:
            raise refusal(101, "Error validating application. Invalid application secret.")
        if held is None:
            raise self.dead_token(bearer())
        return self.long_answer(self.tokens.long(held))

    def renew(self, grant_type: str) -> Mapping[str, Any]:
        if given("grant_type") != grant_type:
            raise refusal(100, "(#100) Invalid grant_type")
        if self.tokens.of_refresh(bearer()) is None:
            raise self.dead_token(bearer())
        renewed = self.tokens.renewed(bearer())
        if renewed is None:
            raise refusal(100, "(#100) The token must be at least 24 hours old to be refreshed")
        return self.long_answer(renewed)

    def long_answer(self, token: str) -> dict[str, Any]:
        return {"access_token": token, "token_type": "bearer", "expires_in": int(LONG.total_seconds())}

    def dead_token(self, token: str) -> Refusal:
        if not token:
            return refusal(2500, "An active access token must be used to query information about the current user.")
        return refusal(190, "Error validating access token.", subcode=self.tokens.dead_because(token))

    # Reading

    def reader(self, *scopes: str) -> Person:
        """Whose token came along; raises `Refusal` for a dead one, or one that lacks a scope."""
        held = self.tokens.of_access(bearer())
        person = people.find(held.person) if held else None
        if held is None or person is None:
            raise self.dead_token(bearer())
        self.demand(*scopes)
        return person

    def demand(self, *scopes: str) -> None:
        held = self.tokens.of_access(bearer())
        if held is None or not set(scopes) <= set(held.scopes):
            raise refusal(10, "(#10) Application does not have permission for this action", status=403)

    def unknown(self, **_: str) -> Mapping[str, Any]:
        raise refusal(100, "Unsupported get request. Object does not exist or cannot be loaded.", subcode=33)


def kinds(limit_code: int, use_case: str) -> dict[str, str]:
    """What the bad days mean, for the sandbox's own page."""
    told = {kind: f"HTTP {status}, code {code}: {message}" for kind, (status, code, _, message) in _KINDS.items()}
    dropped = "HTTP 403, code 10; on the call `token`: the consent comes back without `scope`"
    return told | {"429": f"HTTP 400, code {limit_code}, usage of {use_case} at 100 %", "scope_missing": dropped}


def bearer() -> str:
    """The token, from the header or, as Meta takes it too, a parameter."""
    return credentials.bearer() or given("access_token")


def given(name: str, default: str = "") -> str:
    """A parameter of the query or the form: Meta makes no difference."""
    return request.form.get(name) or request.args.get(name) or default


# Fields ---------------------------------------------------------------------------------------------------------


def fields(node: str, known: Collection[str], default: str = "id") -> dict[str, str]:
    """The names asked for, with what follows each (`{…}`, `.metric(…)`). Raises `Refusal` for one that is not known."""
    asked = {}
    for word in _words(request.args.get("fields", default)):
        found = re.match(r"[a-z_]+", word)
        name = found[0] if found else word
        if name not in known:
            raise bad_field(name, node)
        asked[name] = word[len(name) :]
    return asked


def _words(text: str) -> Iterator[str]:
    word, depth = "", 0
    for letter in text:
        depth += (letter in "({") - (letter in ")}")
        if letter == "," and depth == 0:
            yield word
            word = ""
        else:
            word += letter
    yield word


def metrics(text: str, allowed: Collection[str]) -> tuple[str, ...]:
    """The metrics of `.metric(a,b)` or of a parameter. One that is not allowed spoils the whole."""
    found = re.fullmatch(r"\.metric\(([^)]*)\)", text)
    names = tuple(name for name in (found[1] if found else text).split(",") if name)
    if not names or not set(names) <= set(allowed):
        raise bad_metric(allowed)
    return names


# Paging ---------------------------------------------------------------------------------------------------------


def listing(
    items: Sequence[Any],
    key: Callable[[Any], str],
    shown: Callable[[Any], Mapping[str, Any]],
    *,
    with_next: bool = True,
    default: int = 25,
) -> dict[str, Any]:
    """A page of `items` (newest first) with Graph's cursors. `with_next`: whether it names the next page."""
    size = request.args.get("limit", str(default))
    if not size.isascii() or not size.isdigit() or not 1 <= int(size) <= 100:
        raise refusal(100, "(#100) limit must be from 1 to 100")
    start = _start(items, key)
    page = items[start : start + int(size)]
    if not page:
        return {"data": []}
    more = start + int(size) < len(items)
    cursors = {"before": _cursor(key(page[0])), "after": _cursor(key(page[-1]))}
    paging: dict[str, Any] = {"cursors": cursors}
    if more and with_next:
        paging["next"] = f"{request.base_url}?after={cursors['after']}&limit={size}"
    return {"data": [shown(item) for item in page], "paging": paging}


def _start(items: Sequence[Any], key: Callable[[Any], str]) -> int:
    after = request.args.get("after")
    if after is None:
        return 0
    try:
        wanted = base64.urlsafe_b64decode(after.encode()).decode().removeprefix("QVFI")
    except (binascii.Error, UnicodeError, ValueError):
        raise refusal(100, "(#100) Invalid cursors values for the after cursor") from None
    place = next((n for n, item in enumerate(items) if key(item) == wanted), None)
    if place is None:
        raise refusal(100, "(#100) Invalid cursors values for the after cursor")
    return place + 1


def _cursor(key: str) -> str:
    return base64.urlsafe_b64encode(f"QVFI{key}".encode()).decode()


# Days and insights ----------------------------------------------------------------------------------------------


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def midnight(day: date) -> datetime:
    """When a day begins, Pacific time."""
    return datetime.combine(day, time(), ZONE)


def span(now: datetime, longest: int, first: date) -> tuple[datetime, datetime]:
    """The times asked for by `since` and `until` (Unix seconds); by default the last day. Raises `Refusal`."""
    try:
        since, until = (datetime.fromtimestamp(int(request.args[name]), UTC) for name in ("since", "until"))
    except KeyError:
        return now - _DAY, now
    except (ValueError, OverflowError, OSError):
        raise refusal(100, "(#100) since and until must be Unix timestamps") from None
    if not midnight(first) <= since < until or until - since > timedelta(days=longest):
        raise refusal(100, f"(#100) There cannot be more than {longest} days between since and until")
    return since, until


def closed_days(now: datetime, since: datetime, until: datetime) -> list[date]:
    """The days that lie whole between both times and are over."""
    day = since.astimezone(ZONE).date()
    found = []
    while midnight(day + _DAY) <= min(now, until):
        if midnight(day) >= since:
            found.append(day)
        day += _DAY
    return found


def row(node: str, name: str, period: str, **values: Any) -> dict[str, Any]:
    title = name.replace("_", " ").capitalize()
    about = {"name": name, "period": period, "title": title, "description": f"{title}."}
    return {**about, **values, "id": f"{node}/insights/{name}/{period}"}


def lifetime(node: str, numbers: Mapping[str, Any]) -> dict[str, Any]:
    return {"data": [row(node, name, "lifetime", values=[{"value": value}]) for name, value in numbers.items()]}


def series(node: str, name: str, numbers: Mapping[date, Any]) -> dict[str, Any]:
    values = [{"value": value, "end_time": stamp(midnight(day + _DAY))} for day, value in sorted(numbers.items())]
    return row(node, name, "day", values=values)
