"""Without the gateway's word nobody is anybody: `sam local start-api` hands signed routes on with any token at all."""

from pathlib import Path
from typing import Any

import pytest

from local import declared
from local.resolving import Resolver
from local.template import translated
from tests.support.doorways import Context, Doorway, Reply, http_event
from tests.support.world import World

RESOLVER = Resolver(translated(Path(__file__).parents[2] / "template.yaml", {}))
FOLDERS = {spec.name: spec.label for spec in declared.functions(RESOLVER)}
SIGNED = [route for route in declared.routes(RESOLVER) if route.rule]
UNVERIFIED: list[dict[str, Any]] = [{}, {"authorizer": {}}, {"authorizer": {"jwt": {"claims": {}}}}]
BODIES = {
    "POST /connections": '{"platform": "bluesky", "identifier": "ada.test", "app_password": "abcd-efgh-ijkl-mnop"}',
    "POST /connections/{connection_id}/accounts": '{"ids": ["1"]}',
}


class Forged:
    """A header's value that nothing may be done with but to pass it on."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"the forged token was asked for its {name}")

    def __str__(self) -> str:
        raise AssertionError("the forged token was read")

    __repr__ = __str__


def test_there_are_signed_routes() -> None:
    assert len(SIGNED) > 10


@pytest.mark.parametrize("context", UNVERIFIED, ids=["none", "empty", "no claims"])
@pytest.mark.parametrize("route", SIGNED, ids=lambda route: f"{route.method} {route.path}")
def test_a_signed_route_without_verified_claims_is_a_401_and_reads_no_token(
    route: declared.Route, context: dict[str, Any], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Doorway(FOLDERS[route.function], world, monkeypatch)
    path = route.path.replace("{account_id}", world.settled_account().account_id)
    path = path.replace("{connection_id}", "con_" + "a" * 26).replace("{receipt_id}", "0" * 26)
    event = http_event(route.method, path.replace("{run_id}", "0" * 26), {}, None)
    event["headers"]["authorization"] = Forged()
    event["requestContext"] |= context
    event["body"] = BODIES.get(f"{route.method} {route.path}", "")
    calls = len(world.hooks.calls)
    reply = Reply(door.app.handler(event, Context()))
    assert (reply.status, reply.json["code"]) == (401, "unauthenticated")
    assert world.hooks.calls[calls:] == []
