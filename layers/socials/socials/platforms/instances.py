"""Finding the API host of a server that a person named, where a platform has many.

A person types `@user@domain`, an address of a profile, or a bare domain. The domain of their name may be another than
the host where the server answers: WebFinger and NodeInfo tell that one, by what they say or by a redirect to it. It is
judged like what was typed.
"""

import re
from typing import Any

from msgspec import Struct

from socials.errors import FieldError, Invalid, PlatformError, Refused, RetryLater
from socials.platforms.base import Answer, Client, Json, Query, Request
from socials.platforms.explaining import explained
from socials.platforms.guard import HostRefused, origin_of
from socials.platforms.untrusted import inner

_NAME = re.compile(r"[\w.+-]{1,100}")
_POINTING = frozenset({"webfinger", "nodeinfo"})
_NOWHERE = {
    "dns_failed": "There is no such server. Please check how it is spelt.",
    "tls_failed": "No secure connection to this server could be made.",
    "connection_failed": "This server could not be reached.",
}


class Named(Struct, frozen=True):
    """What a person typed: a host (ASCII, lower case, with its port where it is not the usual one), and whom there."""

    host: str
    user: str | None = None


class SentOn(Refused):
    """A redirect to `host`, which is still to be judged; None where it names none by https."""

    code = "unexpected_redirect"

    def __init__(self, *args: Any, host: str | None = None, **told: Any) -> None:
        super().__init__(*args, **told)
        self.host = host


def sent_on(call: str, answer: Answer) -> SentOn | None:
    """The error that a redirect of `pointed_to`'s calls means, for the platform's `explain`."""
    if call not in _POINTING or not 300 <= answer.status < 400:
        return None
    host = _host_in(answer.headers.get("location"))
    return explained(SentOn, answer, "The server sent us to another address.", host=host)


def named(typed: str) -> Named:
    """Raises Invalid (field `instance`) for what names no host. Whether it may be called is the door's to judge."""
    said = "".join(c for c in typed if c.isprintable()).strip()
    if "://" in said:
        scheme, _, address = said.partition("://")
        return Named(_host(address, scheme.lower()))
    said = said.removeprefix("acct:").removeprefix("@")
    user, _, host = said.rpartition("@") if "/" not in said else ("", "", said)
    if user and not _NAME.fullmatch(user):
        raise refused("That is not a name like user@example.social.")
    return Named(_host(host), user or None)


def _host(address: str, scheme: str = "https") -> str:
    """Always by https, whatever was typed."""
    if scheme not in ("https", "http"):
        raise refused("That is not an address like https://example.social.")
    try:
        return str(origin_of(f"https://{re.split('[/?#]', address, maxsplit=1)[0]}")).removeprefix("https://")
    except HostRefused as error:
        raise refused(str(error)) from None


def refused(detail: str, code: str = "host_refused") -> Invalid:
    return Invalid([FieldError("instance", detail)], code=code)


def asked(client: Client, call: str, host: str, path: str, query: Query = ()) -> Json:
    """What a host says there, None where it says nothing of use. Raises Invalid where it may not or cannot be called,
    RetryLater where it is away, SentOn where it has moved its pointers."""
    request = Request(call=call, method="GET", url=f"https://{host}{path}", query=tuple(query), guarded=True)
    try:
        return client.call(request).json
    except SentOn:
        raise
    except Refused as error:
        if error.code == "host_refused":
            raise refused(str(error)) from None
    except RetryLater as error:
        if error.code in _NOWHERE:
            raise refused(_NOWHERE[error.code], "host_unreachable") from None
        if error.code not in ("unreadable_answer", "body_too_large"):
            raise
    except PlatformError:
        pass
    return None


def pointed_to(client: Client, named: Named) -> str | None:
    """The host that WebFinger (of a user) or NodeInfo names as the one where the server really is."""
    try:
        said = _pointer(client, named)
    except SentOn as error:
        return error.host
    links = inner({"said": said}, "said").get("links")
    hosts = (_linked(link, named.user is not None) for link in (links[:20] if isinstance(links, list) else ()))
    return next((host for host in hosts if host is not None), None)


def _pointer(client: Client, named: Named) -> Json:
    if named.user is None:
        return asked(client, "nodeinfo", named.host, "/.well-known/nodeinfo")
    query = (("resource", f"acct:{named.user}@{named.host.partition(':')[0]}"),)
    return asked(client, "webfinger", named.host, "/.well-known/webfinger", query)


def _linked(link: Json, only_self: bool) -> str | None:
    is_one = isinstance(link, dict) and (not only_self or link.get("rel") == "self")
    return _host_in(link.get("href")) if is_one else None


def _host_in(address: object) -> str | None:
    try:
        origin = origin_of(address) if isinstance(address, str) else None
    except HostRefused:
        return None
    return str(origin).removeprefix("https://") if origin is not None and origin.scheme == "https" else None
