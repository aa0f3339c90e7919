"""The routes of the HTTP API, and who may call them."""

from typing import Any

from socials import timing
from tests.integration.template.reading import called, operations

OPEN_ROUTES = {
    "GET /",
    "GET /static/{proxy+}",
    "GET /config",
    "GET /openapi.json",
    "GET /platforms",
    "GET /connections/callback",
    "POST /platforms/{platform}/deauthorize",
    "POST /platforms/{platform}/deletion",
    "GET /deletions/{code}",
}
SIGNED_IN_ROUTES = {
    "POST /connections",
    "GET /connections/{connection_id}",
    "POST /connections/{connection_id}/accounts",
    "POST /accounts/{account_id}/reconnect",
    "GET /accounts",
    "GET /accounts/{account_id}",
    "POST /accounts/{account_id}/sync",
    "GET /accounts/{account_id}/runs",
    "GET /accounts/{account_id}/runs/{run_id}",
    "GET /accounts/{account_id}/metrics",
    "GET /accounts/{account_id}/posts",
    "GET /accounts/{account_id}/events",
    "GET /accounts/{account_id}/disconnect-preview",
    "GET /accounts/{account_id}/export",
    "DELETE /accounts/{account_id}",
    "DELETE /accounts",
    "GET /receipts/{receipt_id}",
}


def test_the_routes_are_those_of_the_contract(template: dict[str, Any]) -> None:
    assert operations(template).keys() == OPEN_ROUTES | SIGNED_IN_ROUTES


def test_every_route_but_the_open_ones_demands_the_scope(template: dict[str, Any]) -> None:
    for route, operation in operations(template).items():
        expected = [{"NONE": []}] if route in OPEN_ROUTES else [{"SignedIn": [{"Ref": "JwtScope"}]}]
        assert operation["security"] == expected, route


def test_an_api_function_ends_before_the_gateway_stops_waiting(
    template: dict[str, Any], functions: dict[str, dict[str, Any]]
) -> None:
    behind_the_api = {name for each in operations(template).values() for name in called(each)}
    assert len(behind_the_api) == 6
    for function in functions.values():
        if function["Id"] in behind_the_api:
            assert timing.PLATFORM_CALL_SECONDS < function["Timeout"] < 30
