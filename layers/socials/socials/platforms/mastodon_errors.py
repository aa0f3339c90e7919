"""What an answer of a Mastodon server means: by status, and by OAuth's own codes.

Careful readings: texts of errors are translated, so none is looked at; a 403 for the profile is no proof of a missing
scope; a server whose 403 is no JSON has a wall before it and is waited for.
"""

from socials.errors import SCOPE_MISSING, AccessRefused, NotOffered, PlatformError, ReconnectNeeded, Refused
from socials.platforms.base import Answer
from socials.platforms.explaining import code_of, explained, unavailable
from socials.platforms.instances import sent_on

_OAUTH_CALLS = frozenset({"exchange", "refresh", "revoke", "register"})


def explain(call: str, answer: Answer) -> PlatformError | None:
    """By status; OAuth's codes are not translated."""
    if (elsewhere := sent_on(call, answer)) is not None:
        return elsewhere
    if answer.status == 403 and not isinstance(answer.json, dict):
        return unavailable(answer)
    if call in _OAUTH_CALLS and answer.status in (400, 401, 403):
        return _explain_oauth(call, answer, code_of(answer))
    if answer.status == 401:
        return explained(AccessRefused, answer, "The server did not accept the access token.")
    return _explain_403(call, answer) if answer.status == 403 else None


def _explain_403(call: str, answer: Answer) -> PlatformError:
    if call == "posts":
        return explained(NotOffered, answer, "A permission that this needs is missing.", code=SCOPE_MISSING)
    message = "The server does not let this account in at the moment: it may be locked there, or have moved."
    return explained(Refused, answer, message, code="account_unavailable")


def _explain_oauth(call: str, answer: Answer, error: str | None) -> PlatformError | None:
    if error == "invalid_client" and call == "refresh":
        message = "The server has forgotten our registration, and our access with it."
        return explained(ReconnectNeeded, answer, message, code="app_unknown")
    if error == "invalid_client":
        return explained(Refused, answer, "The server has forgotten our registration.", code="app_unknown")
    if error == "invalid_grant" and call == "refresh":
        return explained(ReconnectNeeded, answer, "The server no longer accepts our access.", code="token_revoked")
    if call == "exchange":
        return explained(Refused, answer, "The server did not accept the code.", code="code_refused")
    return None
