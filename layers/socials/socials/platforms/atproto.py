"""Where an account of the AT Protocol lives: its handle names a DID, the DID's document the server.

Sources: https://atproto.com/specs/handle, https://atproto.com/specs/did. The public app view resolves handles for
everybody, by DNS and by the handle's own host.
"""

import re
from collections.abc import Mapping
from typing import Any

from socials.errors import PlatformError, Refused, RetryLater
from socials.platforms.base import Client, Json, Request
from socials.platforms.guard import HostRefused, check_spelling
from socials.platforms.untrusted import inner, matching

DID = re.compile(r"did:[a-z]{1,32}:[A-Za-z0-9._:%-]{1,250}")
HANDLE = re.compile(r"(?=.{3,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{1,63}")
ENTRYWAY = "https://bsky.social"

_APP_VIEW = "https://public.api.bsky.app"
_DIRECTORY = "https://plc.directory"
# Somebody waits for two of these, and then for two calls that may take the whole of the door's time.
_LOOKUP_SECONDS = 3
_OF_BLUESKY = (".bsky.social", ".bsky.network")


def server_of(client: Client, identifier: str) -> str | None:
    """The origin of the server that keeps the sessions of this handle or DID; None where nobody names one.

    Bluesky's own servers leave sessions to their entryway, so that is theirs. Raises Refused `host_refused` for a
    server that we may not call, RetryLater where whoever would know is away.
    """
    if identifier.endswith(_OF_BLUESKY):
        return ENTRYWAY
    did = identifier if DID.fullmatch(identifier) else _did_of(client, identifier)
    endpoint = _endpoint(_document(client, did)) if did else None
    if endpoint is None:
        return None
    server = _acceptable(endpoint, private=False)
    if server is None:
        raise Refused("The server that this account names is not one that we can call.", code="host_refused")
    return ENTRYWAY if server.endswith(_OF_BLUESKY) else server


def home_in(document: Json, used: str) -> str | None:
    """The account's own server by its DID document, where that is an address we may call.

    Plain http is taken only from a server that was itself reached so, which the door allows on private hosts only.
    """
    endpoint = _endpoint(document)
    return None if endpoint is None else _acceptable(endpoint, private=used.startswith("http://"))


def _endpoint(document: Json) -> str | None:
    services = document.get("service") if isinstance(document, dict) else None
    for service in services[:20] if isinstance(services, list) else ():
        if isinstance(service, dict) and str(service.get("id")).endswith("#atproto_pds"):
            endpoint = service.get("serviceEndpoint")
            return endpoint if isinstance(endpoint, str) else None
    return None


def _acceptable(endpoint: str, *, private: bool) -> str | None:
    try:
        return str(check_spelling(endpoint, private=private))
    except HostRefused:
        return None


def _did_of(client: Client, handle: str) -> str | None:
    if not HANDLE.fullmatch(handle):
        return None
    url = f"{_APP_VIEW}/xrpc/com.atproto.identity.resolveHandle"
    query = (("handle", handle),)
    said = _asked(client, Request(call="resolve_handle", method="GET", url=url, query=query, seconds=_LOOKUP_SECONDS))
    return matching(said.get("did"), DID)


def _document(client: Client, did: str) -> Mapping[str, Any]:
    """A DID of the web names a host, which a person chose: guarded."""
    method, _, name = did.removeprefix("did:").partition(":")
    if method == "plc":
        request = Request(call="did_document", method="GET", url=f"{_DIRECTORY}/{did}", seconds=_LOOKUP_SECONDS)
    elif method == "web" and HANDLE.fullmatch(name.lower()):
        url = f"https://{name.lower()}/.well-known/did.json"
        request = Request(call="did_document", method="GET", url=url, guarded=True, seconds=_LOOKUP_SECONDS)
    else:
        return {}
    said = _asked(client, request)
    return said if said.get("id") == did else {}


def _asked(client: Client, request: Request) -> Mapping[str, Any]:
    """What the answer's body says, nothing where it is refused, or its host is none. Raises RetryLater."""
    try:
        return inner({"said": client.call(request).json}, "said")
    except RetryLater as error:
        if error.code != "dns_failed" or not request.guarded:
            raise
    except PlatformError:
        pass
    return {}
