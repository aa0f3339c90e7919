"""The Accounts page, its settings, the API's description: `GET /`, `/static/*`, `/config`, `/openapi.json`, all open.

Standard library only, so that the first view waits for as little as possible. Every file of `static/` is read once, at
import; a path that is not the name of one of those files is a 404, so no path leads out of the folder. The ES modules
among them are sent as one script, `main.js`: forty requests of a first visit would be forty invocations.

The page names its files with a digest of the whole folder (`/static/<digest>/main.js`): those may be kept for a year, a
new deployment is a new name, and modules of two deployments never meet. Without the digest a file is checked each time.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from socials.encodings import takes_gzip
from socials.scripts import joined

Response = dict[str, Any]

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
CHECK_EACH_TIME = "no-cache"
KEEP_A_YEAR = "public, max-age=31536000, immutable"
MINIMUM_WORTH_PACKING = 512
FOR_PEOPLE = re.compile(r"^\s*(?://.*|/\*(?:[^*]|\*(?!/))*\*/)\n|^[ \t]+", re.MULTILINE)


class Asset(Struct, frozen=True):
    """One file as it is sent: `packed` is its gzip form, None where that is not worth its while."""

    body: bytes
    packed: bytes | None
    media_type: str
    etag: str


def make_asset(body: bytes, media_type: str) -> Asset:
    """The asset with these bytes. The tag is weak: both encodings carry the same one."""
    packed = gzip.compress(body, 9, mtime=0) if len(body) >= MINIMUM_WORTH_PACKING else None
    return Asset(body, packed, media_type, f'W/"{hashlib.sha256(body).hexdigest()[:20]}"')


def slim(body: bytes, suffix: str) -> bytes:
    """The script or style sheet without what only people read: indentation and comments on lines of their own."""
    return FOR_PEOPLE.sub("", body.decode()).encode() if suffix in (".css", ".js") else body


def in_one_script(bodies: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with `main.js` and every module that it needs as one, and no other module."""
    modules = {name.removesuffix(".js"): body.decode() for name, body in bodies.items() if name.endswith(".js")}
    others = {name: body for name, body in bodies.items() if not name.endswith(".js")}
    return others | {"main.js": joined(modules, "main").encode()}


def read_assets(folder: Path) -> tuple[str, dict[str, Asset]]:
    """The digest of the folder and its files by their path in it; `index.html` names the others with the digest."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in MEDIA_TYPES and path.is_file())
    bodies = in_one_script(
        {path.relative_to(folder).as_posix(): slim(path.read_bytes(), path.suffix) for path in paths}
    )
    digest = hashlib.sha256(b"\0".join(part for name in bodies for part in (name.encode(), bodies[name])))
    version = digest.hexdigest()[:12]
    bodies["index.html"] = bodies["index.html"].replace(b'"/static/', f'"/static/{version}/'.encode())
    return version, {name: make_asset(body, MEDIA_TYPES[Path(name).suffix]) for name, body in bodies.items()}


def origin_of(url: str) -> str:
    """`https://host/path` -> `https://host`; the empty string for anything that is no http(s) address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""


def content_security_policy(environment: Mapping[str, str]) -> str:
    """What the page may load and talk to: itself, the sign-in, pictures over https (on one machine also over http)."""
    sign_in = [environment.get("JWT_ISSUER", ""), *environment.get("SIGN_IN_ORIGINS", "").split()]
    hosts = sorted({origin_of(url) for url in sign_in} - {""})
    pictures = ["https:"] + (["http://127.0.0.1:*"] if environment.get("ALLOW_PRIVATE_HOSTS") == "1" else [])
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            " ".join(["img-src 'self'", *pictures]),
            " ".join(["connect-src 'self'", *hosts]),
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def security_headers(environment: Mapping[str, str]) -> dict[str, str]:
    """The headers of every answer. An empty PUBLIC_ORIGIN is the API's own address, which is https."""
    headers = {
        "content-security-policy": content_security_policy(environment),
        "cross-origin-opener-policy": "same-origin-allow-popups",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    if not environment.get("PUBLIC_ORIGIN", "").startswith("http:"):
        headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
    return headers


def sign_in_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """The body of `GET /config`: what the page needs to sign a person in; `scopes` are separated by spaces."""
    names = {"issuer": "JWT_ISSUER", "client_id": "JWT_CLIENT_ID", "scopes": "JWT_SCOPES"}
    return {name: environment.get(variable, "") for name, variable in names.items()}


VERSION, ASSETS = read_assets(Path(__file__).parent / "static")
HEADERS = security_headers(os.environ)
CONFIG = make_asset(json.dumps(sign_in_settings(os.environ)).encode(), "application/json")
STATIC_PATH = re.compile(rf"/static/(?P<version>{VERSION}/)?(?P<name>.+)", re.ASCII)


def handler(event: Mapping[str, Any], _context: object) -> Response:
    """Answers an HTTP API event (payload format 2.0)."""
    path = event["rawPath"]
    if path == "/":
        return send(ASSETS["index.html"], CHECK_EACH_TIME, event)
    if path == "/config":
        return send(CONFIG, CHECK_EACH_TIME, event)
    if path == "/openapi.json":
        return send(description(), CHECK_EACH_TIME, event)
    named = STATIC_PATH.fullmatch(path)
    asset = ASSETS.get(named["name"]) if named and named["name"] != "index.html" else None
    if named is None or asset is None:
        return not_found(event)
    return send(asset, KEEP_A_YEAR if named["version"] else CHECK_EACH_TIME, event)


@cache
def description() -> Asset:
    """The description of the API, as `make docs` wrote it; read when first asked for, since the page never does."""
    return make_asset((Path(__file__).parent / "openapi.json").read_bytes(), "application/json")


def send(asset: Asset, cache_control: str, event: Mapping[str, Any]) -> Response:
    """The asset, packed where the caller takes gzip, or 304 where the caller has it already."""
    asked = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    headers = HEADERS | {"cache-control": cache_control, "etag": asset.etag, "vary": "accept-encoding"}
    known = asked.get("if-none-match", "")
    # Compared weakly: a tag stands for the same file with its mark or without (RFC 9110, section 13.1.2).
    if asset.etag.removeprefix("W/") in known or known.strip() == "*":
        return {"statusCode": 304, "headers": headers, "body": ""}
    headers["content-type"] = asset.media_type
    if asset.packed is None or not takes_gzip(asked.get("accept-encoding", "")):
        return {"statusCode": 200, "headers": headers, "body": asset.body.decode()}
    headers["content-encoding"] = "gzip"
    packed = base64.b64encode(asset.packed).decode()
    return {"statusCode": 200, "headers": headers, "body": packed, "isBase64Encoded": True}


def not_found(event: Mapping[str, Any]) -> Response:
    """404 as problem+json (RFC 9457), the form of every error of this API."""
    problem = {
        "type": "about:blank",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such file.",
        "code": "not_found",
        "request_id": event.get("requestContext", {}).get("requestId", ""),
    }
    headers = HEADERS | {"content-type": "application/problem+json", "cache-control": "no-store"}
    return {"statusCode": 404, "headers": headers, "body": json.dumps(problem)}
