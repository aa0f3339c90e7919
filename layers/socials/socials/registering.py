"""Our registration with a platform: one that whoever deploys made, or one with a host that a person named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from socials import ids
from socials.errors import Conflict
from socials.models.readings import Tokens
from socials.platforms.base import App, InstanceOAuth, Platform
from socials.platforms.facts import Facts
from socials.values import replace

if TYPE_CHECKING:
    from socials.ports import Apps, Doors


@dataclass(frozen=True, slots=True)
class Registering:
    apps: Apps
    doors: Doors

    def configured(self, facts: Facts) -> bool:
        """Whether people can connect it here: it needs no registration of ours beforehand, or we have one."""
        return not facts.needs_app or self.apps.get(facts.slug) is not None

    def find(self, platform: Platform, typed: str | None) -> str | None:
        """The host that a person named, as its API is reached; None where the platform has one only. Raises Invalid."""
        if not isinstance(platform.connect, InstanceOAuth):
            return None
        return platform.connect.find(self.doors.open(platform, None), typed or "")

    def app(self, platform: Platform, instance: str | None, redirect_uri: str) -> App:
        """Our registration; with a host that a person named it is made when first needed and kept.

        Raises Conflict `not_configured`, PlatformError where the host does not register us.
        """
        if instance is None or not isinstance(platform.connect, InstanceOAuth):
            return self._deployed(platform)
        registration = ids.registration(instance, redirect_uri)
        app = self.apps.get(platform.slug, registration)
        if app is None:
            made = platform.connect.register(self.doors.open(platform, None), instance, redirect_uri)
            app = self.apps.keep(platform.slug, registration, made)
        return app

    def forget(self, platform: Platform, instance: str | None, redirect_uri: str) -> None:
        """The host says that it does not know our registration (any more): the next connect makes a new one."""
        if instance is not None:
            self.apps.forget(platform.slug, ids.registration(instance, redirect_uri))

    def signed(self, tokens: Tokens, instance: str | None, redirect_uri: str) -> Tokens:
        """The tokens with the name of the registration that they were made under, for renewing and revoking them."""
        if instance is None:
            return tokens
        return replace(tokens, extra={**tokens.extra, "registration": ids.registration(instance, redirect_uri)})

    def _deployed(self, platform: Platform) -> App:
        app = self.apps.get(platform.slug)
        if app is None:
            raise Conflict(f"{platform.facts.name} is not set up here yet.", code="not_configured")
        return app


def callback_of(instance: str | None, redirect_uri: str) -> str:
    """Where a consent leads back to: of each host that a person named an address of its own.

    Such a host may send people on to another platform's consent page, with our name and its own state there. The code
    of that one comes back to that one's address, which tells it from the host's (RFC 9700, 4.4.2.2).
    """
    return redirect_uri if instance is None else f"{redirect_uri}?{urlencode({'instance': instance})}"


def instance_in(redirect_uri: str) -> str | None:
    """The host whose callback that is, None where it is that of the platforms with one host only."""
    return parse_qs(urlsplit(redirect_uri).query).get("instance", [None])[0]
