"""How a server of Bluesky's is asked (XRPC), and what its refusals mean."""

from typing import Literal

from socials.errors import (
    AccessRefused,
    PlatformError,
    ReconnectNeeded,
    Refused,
)
from socials.models.readings import Tokens
from socials.platforms.atproto import ENTRYWAY
from socials.platforms.base import Answer, Json, Query, Request
from socials.platforms.explaining import code_of, explained, limited

SLUG = "bluesky"
MAKE_APP_ONE = "That is the account's main password. Make an app password on Bluesky and use that."
STATUSES = {
    "takendown": "account_taken_down",
    "suspended": "account_suspended",
    "deactivated": "account_deactivated",
}
_UNAVAILABLE = {
    "AccountDeactivated": "account_deactivated",
    "AccountSuspended": "account_suspended",
}
_DEAD_TOKEN = frozenset({"ExpiredToken", "InvalidToken"})
_SESSION_CALLS = frozenset({"refresh", "revoke"})
MOVED = "account_moved"


def read_request(call: str, name: str, tokens: Tokens, query: Query) -> Request:
    return request(call, "GET", tokens.extra["service"], name, query=tuple(query), bearer=tokens.access)


def session_request(call: str, name: str, tokens: Tokens, bearer: str | None, expects_json: bool = True) -> Request:
    if bearer is None:
        raise ReconnectNeeded("There is no session to renew.", code="token_revoked", platform=SLUG)
    return request(call, "POST", tokens.extra["service"], name, bearer=bearer, expects_json=expects_json)


def request(
    call: str,
    method: Literal["GET", "POST"],
    service: str,
    name: str,
    *,
    query: Query = (),
    json: Json | None = None,
    bearer: str | None = None,
    expects_json: bool = True,
) -> Request:
    """Every host but our own default was named by a person or by a document that a person controls: guarded."""
    return Request(
        call=call,
        method=method,
        url=f"{service}/xrpc/{name}",
        query=query,
        json=json,
        bearer=bearer,
        guarded=service != ENTRYWAY,
        expects_json=expects_json,
    )


def explain(call: str, answer: Answer) -> PlatformError | None:
    """By `error` of the body. Token errors are 400 here, not 401."""
    error = code_of(answer)
    if not 400 <= answer.status < 500:
        return None
    if answer.status == 429 or error == "RateLimitExceeded":
        return limited(answer)
    if error in _UNAVAILABLE:
        return account_unavailable(answer, _UNAVAILABLE[error])
    if call == "log_in":
        return _explain_log_in(answer, error)
    return _explain_access(call, answer, error)


def _explain_log_in(answer: Answer, error: str | None) -> PlatformError | None:
    if error == "AccountTakedown":
        return account_unavailable(answer, "account_taken_down")
    if error == "AuthFactorTokenRequired":  # app passwords are never asked for a second factor
        return explained(Refused, answer, MAKE_APP_ONE, code="main_password_refused")
    if answer.status == 401:
        message = (
            "The server of this account did not accept this handle and app password. Check both; with an e-mail "
            "address, an account on a server of its own needs that server as the service."
        )
        return explained(Refused, answer, message, code="credentials_refused")
    return None


def _explain_access(call: str, answer: Answer, error: str | None) -> PlatformError | None:
    """Only what answers the refresh token is proof; an access token that is refused may just be old."""
    if error == "AccountTakedown" and answer.status == 401:
        return explained(ReconnectNeeded, answer, "Bluesky took this account down.", code="account_taken_down")
    if error == "AccountTakedown":  # from the AppView, with 400: it hides the account, the session lives
        return account_unavailable(answer, "account_taken_down")
    if error == "AccountNotFound" and answer.status == 403:
        kind = ReconnectNeeded if call in _SESSION_CALLS else AccessRefused  # a renewal may find where it went
        return explained(kind, answer, "This account moved to another server.", code=MOVED)
    if error in _DEAD_TOKEN and call in _SESSION_CALLS:
        return explained(ReconnectNeeded, answer, "Bluesky no longer accepts our session.", code="token_revoked")
    if (error in _DEAD_TOKEN or answer.status == 401) and call not in _SESSION_CALLS:
        return explained(AccessRefused, answer, "Bluesky did not accept the access token.")
    return None


def account_unavailable(answer: Answer, code: str) -> Refused:
    return explained(Refused, answer, "This account is not available on Bluesky at the moment.", code=code)
