"""The routes of the HTTP API, and who may call them."""

from typing import Any

from socials import timing
from tests.integration.template.reading import called, of_type, operations

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


def gateway(template: dict[str, Any]) -> dict[str, Any]:
    [api] = of_type(template, "AWS::ApiGatewayV2::Api").values()
    return api


def test_a_token_is_looked_for_in_its_header_only(template: dict[str, Any]) -> None:
    [scheme] = gateway(template)["Body"]["components"]["securitySchemes"].values()
    assert scheme["x-amazon-apigateway-authorizer"]["identitySource"] == "$request.header.Authorization"


def test_the_gateway_gives_no_other_origin_leave(template: dict[str, Any]) -> None:
    """The local one has no such setting. That no function does: tests/e2e/test_the_description.py."""
    api = gateway(template)
    assert not [name for name in (*api, *api["Body"]) if "cors" in name.lower()]


def test_an_import_with_a_warning_is_no_failure(template: dict[str, Any]) -> None:
    """SAM describes its JWT authorizer as OAuth 2 without `flows`, which a parser of OpenAPI warns of."""
    api = gateway(template)
    [scheme] = api["Body"]["components"]["securitySchemes"].values()
    assert "flows" in scheme or not api.get("FailOnWarnings")


def test_an_api_function_ends_before_the_gateway_stops_waiting(
    template: dict[str, Any], functions: dict[str, dict[str, Any]]
) -> None:
    behind_the_api = {name for each in operations(template).values() for name in called(each)}
    assert len(behind_the_api) == 6
    for function in functions.values():
        if function["Id"] in behind_the_api:
            assert timing.PLATFORM_CALL_SECONDS < function["Timeout"] < 30
