"""Pictures: a coloured tile a seed, so that every person and post has its own face."""

from flask import Blueprint, Response, request, url_for

from local.sandbox.chance import draw

blueprint = Blueprint("avatars", __name__)


def avatar_url(seed: str) -> str:
    """Absolute, on the origin by which the sandbox was called."""
    return url_for("sandbox.avatars.avatar", seed=seed, _external=True)


def picture_url(seed: str, width: int, height: int) -> str:
    return url_for("sandbox.avatars.picture", seed=seed, w=width, h=height, _external=True)


@blueprint.get("/avatars/<seed>.svg")
def avatar(seed: str) -> Response:
    return _svg(seed, 200, 200)


@blueprint.get("/pictures/<seed>.svg")
def picture(seed: str) -> Response:
    width, height = (min(2000, max(1, request.args.get(side, 600, int))) for side in "wh")
    return _svg(seed, width, height)


def _svg(seed: str, width: int, height: int) -> Response:
    hue = draw("hue", seed) % 360
    marks = "".join(
        f'<circle cx="{draw("x", seed, n) % width}" cy="{draw("y", seed, n) % height}" r="{width // (n + 4)}"'
        f' fill="hsl({(hue + 40 * n) % 360} 60% {45 + 8 * n}%)" fill-opacity=".7"/>'
        for n in range(4)
    )
    body = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="100%" height="100%" fill="hsl({hue} 55% 72%)"/>{marks}</svg>'
    )
    # A picture never changes with its seed; the policy keeps a picture opened by itself from running anything.
    headers = {"Cache-Control": "public, max-age=86400", "Content-Security-Policy": "default-src 'none'"}
    return Response(body, content_type="image/svg+xml", headers=headers)
