"""What an answer of Google means, of YouTube's APIs and of its token addresses: by their reasons."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from socials.errors import SCOPE_MISSING, AccessRefused, NotOffered, PlatformError, ReconnectNeeded, Refused
from socials.platforms.base import Answer
from socials.platforms.explaining import CODE, code_of, explained, limited, unavailable
from socials.platforms.untrusted import inner, matching

# Where Google's days turn, and its quotas.
DAY_ZONE = "America/Los_Angeles"

_PACIFIC = ZoneInfo(DAY_ZONE)
_WAIT = timedelta(seconds=60)
_TOKEN_CALLS = frozenset({"exchange", "refresh", "revoke"})
_OUTAGES = frozenset({"server_error", "temporarily_unavailable", "internal_failure", "backendError", "internalError"})
_QUOTA = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_RATE = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
_SCOPES = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_CLOSED = {
    "authenticatedUserAccountClosed": "account_closed",
    "authenticatedUserAccountSuspended": "account_suspended",
    "channelNotFound": "channel_not_found",
    "playlistNotFound": "playlist_not_found",
    "youtubeSignupRequired": "no_channel",
}


def _pacific_midnight(after: datetime) -> datetime:
    tomorrow = after.astimezone(_PACIFIC).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=_PACIFIC).astimezone(UTC)


def explain(call: str, answer: Answer) -> PlatformError | None:
    """By Google's reasons; at the token addresses by OAuth's codes."""
    if not 400 <= answer.status < 500:
        return None
    reason = code_of(answer) if call in _TOKEN_CALLS else _reason(answer)
    error = _explain_token_call(call, answer, reason) if call in _TOKEN_CALLS else _explain_api(call, answer, reason)
    if error is not None:
        error.platform_code = reason or error.platform_code
    return error


def _explain_token_call(call: str, answer: Answer, error: str | None) -> PlatformError | None:
    if answer.status == 429 or error in _OUTAGES:
        return unavailable(answer)
    if call == "exchange" and answer.status in (400, 401, 403):
        return explained(Refused, answer, "Google did not accept the code.", code="code_refused")
    if call == "refresh" and error == "invalid_grant":
        return explained(ReconnectNeeded, answer, "Google no longer accepts our access.", code="token_revoked")
    if call == "revoke" and error == "invalid_token":
        return explained(Refused, answer, "The access is gone already.", code="token_gone")
    return None


def _explain_api(call: str, answer: Answer, reason: str | None) -> PlatformError | None:
    if reason in _QUOTA:
        return limited(answer, scope="app", otherwise=_pacific_midnight(answer.received_at))
    if answer.status == 429 or reason in _RATE:
        scope: Literal["account", "app"] = "account" if reason == "userRateLimitExceeded" else "app"
        return limited(answer, scope=scope, otherwise=answer.received_at + _WAIT)
    if reason in _OUTAGES:
        return unavailable(answer)
    if reason in _CLOSED:
        return explained(Refused, answer, "YouTube does not show this channel.", code=_CLOSED[reason])
    if answer.status == 401:
        return explained(AccessRefused, answer, "Google did not accept the access token.")
    return _explain_403(call, answer, reason) if answer.status == 403 else None


def _explain_403(call: str, answer: Answer, reason: str | None) -> PlatformError | None:
    if reason in _SCOPES and call == "profile":
        message = "A permission that the profile needs is missing."
        return explained(ReconnectNeeded, answer, message, code=SCOPE_MISSING)
    if reason in _SCOPES:
        return explained(NotOffered, answer, "A permission that this needs is missing.", code=SCOPE_MISSING)
    if reason == "forbidden" and call not in ("profile", "posts", "videos"):
        return explained(NotOffered, answer, "YouTube does not give these numbers for this channel.")
    return None


def _reason(answer: Answer) -> str | None:
    """`errors[0].reason`, else the reason in `details`."""
    error = inner(answer.json if isinstance(answer.json, dict) else {}, "error")
    for name in ("errors", "details"):
        listed = error.get(name)
        for item in listed[:10] if isinstance(listed, list) else ():
            if isinstance(item, dict) and (reason := matching(item.get("reason"), CODE)):
                return reason
    return None
