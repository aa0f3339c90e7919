"""The sandbox: a faithful stand-in for the social platforms, to be mounted under `/_sandbox` of the local stack.

    app.register_blueprint(create_blueprint(now), url_prefix="/_sandbox")

Everything lives in memory and is worked out from who and when, so the same day always shows the same numbers.
"""

import time
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint

from local.sandbox import (
    avatars,
    bluesky,
    control,
    facebook,
    instagram,
    linkedin,
    mastodon,
    people,
    pinterest,
    threads,
    tiktok,
    x,
    youtube,
)
from local.sandbox.bluesky_feed import handle
from local.sandbox.bluesky_sessions import app_password
from local.sandbox.state import Sandbox

__all__ = ["SLUGS", "app_credentials", "create_blueprint", "origins", "welcome"]

_PLATFORMS = (bluesky, facebook, instagram, linkedin, mastodon, pinterest, threads, tiktok, x, youtube)
SLUGS = tuple(each.__name__.rpartition(".")[2] for each in _PLATFORMS)


def create_blueprint(now: Callable[[], datetime], pause: Callable[[float], None] = time.sleep) -> Blueprint:
    """`now`: the stack's clock, timezone-aware, may jump forward. `pause(seconds)` waits, for answers that are slow."""
    sandbox = Sandbox(now, pause)
    opened = [platform.open_platform(sandbox) for platform in _PLATFORMS]
    blueprint = Blueprint("sandbox", __name__)
    for child in (avatars.blueprint, *(platform.blueprint for platform in opened)):
        blueprint.register_blueprint(child)
    blueprint.register_blueprint(control.create_blueprint(sandbox, opened))
    return blueprint


def origins(base: str) -> dict[str, str]:
    """Every real origin that the product uses, with its place in the sandbox of the stack at `base`."""
    here = f"{base.rstrip('/')}/_sandbox"
    return {real: here + path for platform in _PLATFORMS for real, path in platform.ORIGINS.items()}


def app_credentials() -> dict[str, dict[str, str]]:
    """The product's `client_id` and `client_secret` by platform, where the platform wants one."""
    return {platform.SLUG: dict(platform.CREDENTIALS) for platform in _PLATFORMS if platform.CREDENTIALS}


def welcome(base: str) -> str:
    """What `make run` prints: whom one can connect."""
    lines = [f"  {handle(person):<12} {app_password(person)}   {person.trait}" for person in people.listed()]
    return "\n".join(
        [
            "Sandbox people of Bluesky (handle, app password):",
            *lines,
            "Pinterest asks on its consent page who you are; nothing to type.",
            "Mastodon asks for a server: mastodon.social, or ada@weavers.example (social.weavers.example).",
            f"People, bad days and calls: {base.rstrip('/')}/_sandbox/",
        ]
    )
