"""Somebody else's pages, shown by a browser on this machine: they reach every address of it that programs do.

A browser says where its page is from, and under which name it found us; a program's own tools say nothing of a page.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

_READS = ("GET", "HEAD", "OPTIONS")
# Names that no page can have lead here: a stranger's own name could be made to.
_OURS = ("localhost", "host.docker.internal")


def changes_something(environ: Mapping[str, Any], own: str) -> bool:
    """Whether a page of another origin than `own` asks for more than to be shown something. What it is shown, the
    browser keeps from it. A page that names its origin to nobody (`null`) does not name it to its own host either."""
    is_foreign = environ.get("HTTP_ORIGIN") not in (None, "null", own)
    is_foreign = is_foreign or environ.get("HTTP_SEC_FETCH_SITE") == "cross-site"
    return is_foreign and environ["REQUEST_METHOD"] not in _READS


def is_a_page(environ: Mapping[str, Any]) -> bool:
    """Whether any page asks, or somebody who knows this machine by a name of theirs."""
    return "HTTP_ORIGIN" in environ or not _is_ours(environ.get("HTTP_HOST", ""))


def _is_ours(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name in _OURS or bool(ip_address(name))
    except ValueError:
        return False
