"""The routes of one platform: each is one of its calls, by the name that faults and the record use."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from local.sandbox.doorway import Doorway, Manners
from local.sandbox.state import Sandbox


class Routes:
    """`under`: what stands in every path before the platform's own."""

    def __init__(self, sandbox: Sandbox, manners: Manners, under: str = "") -> None:
        self.blueprint = Blueprint(manners.slug, __name__, url_prefix=f"/{manners.slug}{under}")
        self._doorway = Doorway(sandbox, manners)

    def __call__(self, name: str, path: str, view: Callable[..., Any], *methods: str) -> None:
        """GET where no method is named."""
        endpoint = f"{name}-{path}-{methods}".replace(".", "_")
        self.blueprint.add_url_rule(path, endpoint, self._doorway.call(name)(view), methods=methods or ("GET",))
