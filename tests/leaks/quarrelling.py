"""Every way to fail, each with a secret on it."""

import base64
import json
from urllib.parse import urlencode

from socials.platforms.base import AppPassword, InstanceOAuth, Platform
from tests.leaks.watching import SERVER, Watched
from tests.support.consent import press
from tests.support.product import sandbox_people

# What goes wrong with the very call that brings the tokens.
_SPOILED = ("truncated", "quoting", "not_json", "503")


def bad_connects(watched: Watched, platform: Platform) -> None:
    """Each way in which a connect fails."""
    client, mark = watched.person(f"unlucky-{platform.slug}"), watched.mark
    if isinstance(platform.connect, AppPassword):
        who = sandbox_people(watched.stack, platform.slug)[0]
        for password, kind in [(f"{mark}-wrong", None), *((who["app_password"], kind) for kind in _SPOILED)]:
            if kind is not None:
                watched.fault(platform.slug, kind=kind, call="createSession")
            body = {"platform": platform.slug, "identifier": who["handle"], "app_password": password}
            assert client.ask("POST", "/connections", json=body).status_code >= 400
        return
    _, state = client.leave(platform)
    asked = {"state": state} | ({"instance": SERVER} if isinstance(platform.connect, InstanceOAuth) else {})
    for query in ({"code": mark}, {"error": "access_denied", "error_description": mark}, {"code": f"{mark}-again"}):
        client.ask("GET", f"/connections/callback?{urlencode({**asked, **query})}")
    stranger = watched.person(f"stranger-{platform.slug}")
    stranger.come_back(press(client.leave(platform)[0]))  # a browser without the cookie
    for kind in _SPOILED[:2]:
        callback = press(client.leave(platform)[0])
        watched.fault(platform.slug, kind=kind)
        client.come_back(callback)


def quarrel(watched: Watched) -> None:
    """Requests that are wrong in every way, each with a secret where it does not belong."""
    client, mark = watched.person("careless"), watched.mark
    for body in (
        f'{{"platform": "bluesky", "app_password": "{mark}"',
        json.dumps({"platform": "bluesky", "identifier": mark, "app_password": [mark]}),
        json.dumps({"platform": mark}),
        json.dumps({"platform": "bluesky", "identifier": "ada", "app_password": mark, "more": mark}),
        json.dumps({"platform": "bluesky", "identifier": "ada", "app_password": mark * 100}),
        json.dumps({"platform": "mastodon", "instance": f"{mark}.invalid"}),
    ):
        client.ask("POST", "/connections", data=body, headers={"content-type": "application/json"})
    for path in (
        f"/accounts/none/runs/{mark}",
        f"/accounts?cursor={mark}&platform={mark}",
        f"/connections/callback?state={mark}&code={mark}",
        f"/deletions/{mark}",
    ):
        client.ask("GET", path, headers={"cookie": f"connect_x={mark}"})
    client.ask("GET", "/accounts", headers={"authorization": f"Bearer {mark}"})
    signed = f"{mark}.{base64.urlsafe_b64encode(json.dumps({'user_id': mark}).encode()).decode()}"
    for platform in ("facebook", "threads", "tiktok"):
        for what in ("deauthorize", "deletion"):
            client.ask("POST", f"/platforms/{platform}/{what}", data={"signed_request": signed})
