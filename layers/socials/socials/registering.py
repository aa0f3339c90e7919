"""Our registration with a platform: one that whoever deploys made, or one with a host that a person named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
