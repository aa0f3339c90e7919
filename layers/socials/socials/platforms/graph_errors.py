"""What an answer of Meta's Graph APIs means: errors by code, and usage headers.

Sources: https://developers.facebook.com/docs/graph-api/guides/error-handling and overview/rate-limiting. An HTTP status
says little here: a dead token and a limit are 400 as well, so answers are told apart by `error.code`.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from socials.errors import (
    RATE_LIMITED,
    SCOPE_MISSING,
    AccessRefused,
    NotOffered,
    PlatformError,
    ReconnectNeeded,
    Refused,
    RetryLater,
)
from socials.platforms.base import Answer
from socials.platforms.explaining import explained, unavailable
from socials.platforms.limits import LONGEST_WAIT, so_long_after, wait_until
from socials.platforms.untrusted import count, inner

BAD_REQUEST, GONE, APP_REMOVED = "bad_request", "object_gone", "app_removed"

_HEADER_LENGTH = 20_000

_APP_LIMIT, _BLOCKED, _BAD_REQUEST, _GONE = 4, 368, 100, 33
_LIMITS = frozenset({_APP_LIMIT, 17, 32, 341, 613, *range(80_000, 80_015)})
_TRANSIENT = frozenset({1, 2})
_DEAD_TOKEN = frozenset({102, 190})
_FORBIDDEN = frozenset({3, 10, *range(200, 300)})
# Of the calls at connect, those by which a code becomes tokens.
_CODE_CALLS = frozenset({"exchange", "long_token"})
# A medium older than its account's change to a professional one has no insights. The careful reading of the subcode.
_OLDER_THAN_THE_ACCOUNT = 2_108_006
_UNNAMED = "token_revoked", "The platform no longer accepts our access."
_REASONS = {
    458: (APP_REMOVED, "The app was removed on the platform."),
    459: ("account_checkpoint", "The platform wants the person to log in and confirm something first."),
    460: ("token_revoked", "The password was changed, or the person was logged out everywhere."),
    463: ("token_expired", "The access has expired."),
    464: ("account_checkpoint", "The platform wants the person to log in and confirm something first."),
    492: ("page_role_lost", "The person no longer has a role on the Page; one of its admins has to connect it."),
}


class _Error(NamedTuple):
    code: int | None
    subcode: int | None
    transient: bool


def explain(call: str, answer: Answer, *, renewable: bool) -> PlatformError | None:
    """By `error.code`. `renewable`: the token renews itself, so that only a refused renewal is proof of its death."""
    error = _error(answer)
    if 200 <= answer.status < 400:
        return None
    if answer.status == 429 or error.code in _LIMITS:
        return _limited(answer, error)
    if error.code == _BLOCKED:
        until = answer.received_at + timedelta(days=1)
        return explained(RetryLater, answer, "The platform blocks us for a while.", code="blocked", until=until)
    if answer.status >= 500 or error.transient or error.code in _TRANSIENT:
        return unavailable(answer)
    if call in _CODE_CALLS and answer.status in (400, 401, 403):
        return explained(Refused, answer, "The platform did not accept the code.", code="code_refused")
    return _explain_access(call, answer, error, renewable)


def _explain_access(call: str, answer: Answer, error: _Error, renewable: bool) -> PlatformError | None:
    can_renew = renewable and call not in ("refresh", "revoke")
    if error.code in _DEAD_TOKEN:
        return _dead(answer, error, proven=not can_renew)
    if error.code in _FORBIDDEN:
        return _forbidden(call, answer)
    if error.code == _BAD_REQUEST and error.subcode == _OLDER_THAN_THE_ACCOUNT:
        return explained(NotOffered, answer, "It is older than the professional account.")
    if error.code == _BAD_REQUEST:
        code = GONE if error.subcode == _GONE else BAD_REQUEST
        return explained(Refused, answer, "The platform does not know what we asked for.", code=code)
    return _refused_without_proof(answer, error, can_renew) if answer.status == 401 else None


def _refused_without_proof(answer: Answer, error: _Error, can_renew: bool) -> PlatformError | None:
    """A 401 by none of the codes for a dead token: a renewal tells what it is worth. Where there is none, a refused
    access would break the connection at once, so one that says nothing at all is the platform's bad hour."""
    if can_renew:
        return _dead(answer, error, proven=False)
    return unavailable(answer) if error.code is None else None


def _dead(answer: Answer, error: _Error, *, proven: bool) -> PlatformError:
    code, message = _REASONS.get(error.subcode or 0, _UNNAMED)
    if not proven:
        return explained(AccessRefused, answer, message)
    return explained(ReconnectNeeded, answer, message, code=code)


def _forbidden(call: str, answer: Answer) -> PlatformError:
    if call in ("profile", "refresh"):
        message = "A permission that the profile needs is missing."
        return explained(ReconnectNeeded, answer, message, code=SCOPE_MISSING)
    return explained(NotOffered, answer, "This is not given to us: a permission is missing.", code=SCOPE_MISSING)


def _error(answer: Answer) -> _Error:
    error = inner(answer.json, "error") if isinstance(answer.json, dict) else {}
    return _Error(count(error.get("code")), count(error.get("error_subcode")), error.get("is_transient") is True)


def _limited(answer: Answer, error: _Error) -> RetryLater:
    """Code 4 is by its name the app's limit, and by the tables of it the account's as well: it is the app's, unless the
    answer names minutes to an account and no use of the app is up. Those minutes, up to a week, are never the app's."""
    of_account, of_app = _named_minutes(answer), _rolling_hour(answer)
    whole_app = error.code == _APP_LIMIT and (of_app is not None or of_account is None)
    until = (None if whole_app else of_account) or of_app or wait_until(answer)
    scope = "app" if whole_app else "account"
    return explained(RetryLater, answer, "The platform asks us to wait.", code=RATE_LIMITED, until=until, scope=scope)


# Usage headers -------------------------------------------------------------------------------------------------------


def _named_minutes(answer: Answer) -> datetime | None:
    """The end of the minutes that `X-Business-Use-Case-Usage` names, which counts for one account."""
    minutes = [count(row.get("estimated_time_to_regain_access")) or 0 for row in _business_usage(answer)]
    longest = max(minutes, default=0)
    end = so_long_after(answer, 60 * min(longest, 100_000))
    return min(end, answer.received_at + LONGEST_WAIT) if longest else None


def _rolling_hour(answer: Answer) -> datetime | None:
    """The end of the hour that `X-App-Usage` counts, where a share of it is used up."""
    shares = (count(share) or 0 for share in _usage(answer, "x-app-usage").values())
    return answer.received_at + timedelta(hours=1) if max(shares, default=0) >= 100 else None


def _business_usage(answer: Answer) -> Iterator[Mapping[str, Any]]:
    for rows in _usage(answer, "x-business-use-case-usage").values():
        yield from (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()


def _usage(answer: Answer, header: str) -> Mapping[str, Any]:
    value = answer.headers.get(header, "")
    try:
        read = json.loads(value) if 0 < len(value) <= _HEADER_LENGTH else {}
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
