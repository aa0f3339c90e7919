"""What the Mastodon servers of the sandbox say about themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Server:
    """`domain`: of the names of its accounts. `numeric`: whether its ids are numbers."""

    host: str
    domain: str
    title: str
    version: str
    source: str
    numeric: bool
    counts_quotes: bool


MASTODON = Server(
    host="mastodon.social",
    domain="mastodon.social",
    title="Mastodon",
    version="4.7.0",
    source="https://github.com/mastodon/mastodon",
    numeric=True,
    counts_quotes=True,
)
WEAVERS = Server(
    host="social.weavers.example",
    domain="weavers.example",
    title="Weavers",
    version="0.19.1+git-1a2b3c4",
    source="https://codeberg.org/superseriousbusiness/gotosocial",
    numeric=False,
    counts_quotes=False,
)


_LIMITS: dict[str, Any] = {
    "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
    "statuses": {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23},
    "media_attachments": {
        "supported_mime_types": ["image/jpeg", "image/png", "video/mp4"],
        "image_size_limit": 16_777_216,
        "image_matrix_limit": 33_177_600,
        "video_size_limit": 103_809_024,
        "video_frame_rate_limit": 120,
        "video_matrix_limit": 8_294_400,
    },
    "polls": {"max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2_629_746},
}


def instance(server: Server) -> dict[str, Any]:
    return {
        "domain": server.domain,
        "title": server.title,
        "version": server.version,
        "source_url": server.source,
        "description": "A server of the sandbox.",
        "usage": {"users": {"active_month": 6}},
        "thumbnail": {"url": f"https://{server.host}/thumbnail.png"},
        "icon": [],
        "languages": ["en"],
        "configuration": _LIMITS | {"urls": {"streaming": f"wss://{server.host}"}, "translation": {"enabled": False}},
        "registrations": {"enabled": False, "approval_required": False, "message": None, "url": None},
        "api_versions": {"mastodon": 11 if server.numeric else 1},
        "contact": {"email": f"hello@{server.domain}", "account": None},
        "rules": [],
    }


def instance_v1(server: Server) -> dict[str, Any]:
    return {
        "uri": server.domain,
        "title": server.title,
        "short_description": "A server of the sandbox.",
        "description": "A server of the sandbox.",
        "email": f"hello@{server.domain}",
        "version": server.version,
        "urls": {"streaming_api": f"wss://{server.host}"},
        "stats": {"user_count": 6, "status_count": 1000, "domain_count": 2},
        "thumbnail": None,
        "languages": ["en"],
        "registrations": False,
        "approval_required": False,
        "invites_enabled": False,
        "configuration": _LIMITS,
        "contact_account": None,
        "rules": [],
    }


def metadata(server: Server, scopes: Sequence[str]) -> dict[str, Any]:
    """RFC 8414, as Mastodon 4.3 and later have it."""
    home = f"https://{server.host}"
    return {
        "issuer": f"{home}/",
        "service_documentation": "https://docs.joinmastodon.org/",
        "authorization_endpoint": f"{home}/oauth/authorize",
        "token_endpoint": f"{home}/oauth/token",
        "app_registration_endpoint": f"{home}/api/v1/apps",
        "revocation_endpoint": f"{home}/oauth/revoke",
        "userinfo_endpoint": f"{home}/oauth/userinfo",
        "scopes_supported": list(scopes),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
