"""How many requests a route takes: the stage's limits, as the HTTP API keeps them, one token bucket a route.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.resolving import Resolver


@dataclass(frozen=True, slots=True)
class Limit:
    """`rate` requests a second, and `burst` of them at once."""

    rate: float
    burst: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a stage: by route (`POST /accounts`), and for the routes that have none of their own (None: no limit)."""

    by_route: Mapping[str, Limit]
    otherwise: Limit | None

    def of(self, route: str) -> Limit | None:
        return self.by_route.get(route, self.otherwise)


class Throttle:
    """Counts requests, whoever sends them."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def takes(self, route: str) -> bool:
        """Whether one more request to the route passes now."""
        limit = self._limits.of(route)
        if limit is None:
            return True
        with self._lock:
            now = self._clock()
            left, at = self._left.get(route, (float(limit.burst), now))
            left = min(float(limit.burst), left + (now - at) * limit.rate)
            passes = left >= 1
            self._left[route] = (left - passes, now)
        return passes


UNLIMITED = Throttle(Limits({}, None))


def limits(resolver: Resolver) -> Limits:
    """Those of the template's stage."""
    by_route: dict[str, Limit] = {}
    otherwise = None
    for stage in map(resolver.resolve, resolver.resources("AWS::ApiGatewayV2::Stage").values()):
        otherwise = _limit(stage.get("DefaultRouteSettings", {}))
        settings = stage.get("RouteSettings", {})
        by_route |= {route: limit for route, each in settings.items() if (limit := _limit(each)) is not None}
    return Limits(by_route, otherwise)


def _limit(settings: Mapping[str, Any]) -> Limit | None:
    if "ThrottlingRateLimit" not in settings:
        return None
    return Limit(float(settings["ThrottlingRateLimit"]), int(settings["ThrottlingBurstLimit"]))
