"""What a bad day leaves behind is gone when its run is: answers, megabytes among them, and the tokens that an error
leads to. In a circle they would stay until the collector comes, which it seldom does (`socials/__init__.py`)."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from socials.errors import AccessRefused, NotOffered, PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.platforms import graph, x
from socials.platforms.base import App
from socials.platforms.graph_errors import BAD_REQUEST
from tests.support.builders import USER, tokens
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


class Refusing:
    """A client whose every call is refused."""

    def call(self, _request: Any) -> Any:
        raise Refused("No.", code=BAD_REQUEST, http_status=403)


@pytest.mark.parametrize(
    "asked",
    [
        lambda client: graph.ask(client, ("reach", "likes"), lambda metrics: metrics),
        lambda client: x.revoke(client, App("id", "s3cret"), tokens()),
    ],
    ids=["each metric by itself", "each token by itself"],
)
def test_refusals_that_are_kept_until_others_had_their_turn_leave_none(asked: Callable[[Any], object]) -> None:
    met = list[str]()

    def meet() -> None:
        try:
            asked(Refusing())
        except Refused as error:
            met.append(error.code)

    assert circles(meet) == []
    assert met == [BAD_REQUEST]


def aws_is_away() -> None:
    raise OSError("AWS away")


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("receipts.open", lambda world: world.disconnecting.disconnect_all(USER)),
        ("wakeups.send_many", lambda world: world.dispatching.dispatch(world.clock(), sweep=True)),
    ],
    ids=["disconnecting all", "dispatching"],
)
def test_an_outage_that_is_kept_until_others_had_their_turn_leaves_none(
    world: World, call: str, asked: Callable[[World], object]
) -> None:
    world.account()
    world.clock.forward(days=2)
    world.hooks.before(call, aws_is_away, times=None)
    met = list[str]()

    def meet() -> None:
        try:
            asked(world)
        except OSError as error:
            met.append(str(error))

    assert circles(meet) == []
    assert met == ["AWS away"]
