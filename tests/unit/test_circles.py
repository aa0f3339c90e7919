"""What a bad day leaves behind is gone when its run is: answers, megabytes among them, and the tokens that an error
leads to. In a circle they would stay until the collector comes, which it seldom does (`socials/__init__.py`)."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from socials.errors import AccessRefused, NotOffered, PlatformError, ReconnectNeeded, Refused, RetryLater
from tests.support.circles import circles
from tests.support.world import World

Trouble = Callable[[str], PlatformError]


def raising(error: Trouble, met: list[str]) -> Callable[[Any], Any]:
    """A platform that refuses each call anew."""

    def refuse(request: Any) -> Any:
        met.append(request.call)
        raise error("No.")

    return refuse


def one_part_waits(message: str) -> RetryLater:
    """The others may go on meanwhile."""
    return RetryLater(message, http_status=503)


@pytest.mark.parametrize("error", [AccessRefused, NotOffered, ReconnectNeeded, Refused, RetryLater, one_part_waits])
@pytest.mark.parametrize("calls", [("profile",), ("insights",), ("insights", "posts"), ("refresh",)])
def test_a_run_that_meets_trouble_leaves_none(world: World, error: Trouble, calls: Sequence[str]) -> None:
    account, met = world.settled_account(), list[str]()
    world.ask(account)
    if "refresh" in calls:
        world.clock.forward(days=1)
    for call in calls:
        world.script(call, raising(error, met))
    assert circles(lambda: world.sync(account)) == []
    assert met and set(met) <= set(calls)
