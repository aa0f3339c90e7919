"""Pinterest's account, Pins and analytics in the sandbox, held against its official description."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

jsonschema = pytest.importorskip("jsonschema", reason="answers are checked with jsonschema")

# Closed to names that the description does not know; the others are made of parts, which would shut each other out.
_CLOSED = frozenset(
    "Account Pin PinMediaWithImage PinMediaWithVideo PinMediaWithImages ImageMetadata ImageSize ImageDetails "
    "AnalyticsMetricsResponse AnalyticsDailyMetrics PinAnalyticsMetricsResponse TopPinsAnalyticsResponse".split()
)
_EVERYBODY = ("ada", "bruno", "noor", "salma", "pia", "zora")
_BUSINESSES = ("ada", "bruno", "noor", "salma", "zora")


def _plain(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` spelled out."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        name: _plain(part) for name, part in schema.items() if name not in ("nullable", "example", "discriminator")
    }
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


@pytest.fixture(scope="session")
def validate(pinterest_spec: dict[str, Any]) -> Any:
    schemas = _plain(pinterest_spec["components"]["schemas"])
    for name in _CLOSED:
        schemas[name]["additionalProperties"] = False

    def check(value: Any, schema: Any) -> None:
        wanted = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else _plain(schema)
        jsonschema.Draft7Validator({"allOf": [wanted], "components": {"schemas": schemas}}).validate(value)

    return check


@pytest.fixture
def days(stack: Any) -> Any:
    def span(back: int = 10, until: int = 0) -> dict[str, str]:
        today = stack.now.date()
        return {
            "start_date": (today - timedelta(days=back)).isoformat(),
            "end_date": (today - timedelta(days=until)).isoformat(),
        }

    return span


def _pages(pinterest: Any, token: str, **query: Any) -> Iterator[dict[str, Any]]:
    page = pinterest.get("pins", token, **query).json
    yield page
    while page["bookmark"] is not None:
        page = pinterest.get("pins", token, bookmark=page["bookmark"], **query).json
        yield page


def test_tokens_fit_the_official_description(pinterest: Any, validate: Any) -> None:
    pair = pinterest.connect()
    validate(pair, "OauthAccessTokenResponseCode")
    validate(pinterest.refresh(pair["refresh_token"]).json, "OauthAccessTokenResponseRefresh")
    validate(pinterest.refresh(pair["refresh_token"]).json, "Error")


@pytest.mark.parametrize("person", _EVERYBODY)
def test_everybodys_account_and_pins_fit_the_official_description(
    pinterest: Any, validate: Any, pinterest_spec: Any, person: str
) -> None:
    token = pinterest.connect(person)["access_token"]
    validate(pinterest.get("user_account", token).json, "Account")
    listing = pinterest_spec["paths"]["/pins"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    page = pinterest.get("pins", token, page_size=100, pin_metrics="true").json
    validate(page, listing)
    validate(pinterest.get(f"pins/{page['items'][0]['id']}", token).json, "Pin")
    boards = pinterest.get("boards", token).json["items"]
    for board in boards:
        validate(board, "Board")
    assert {pin["board_id"] for pin in page["items"]} <= {board["id"] for board in boards}


@pytest.mark.parametrize("person", _BUSINESSES)
def test_everybodys_analytics_fit_the_official_description(
    pinterest: Any, validate: Any, days: Any, person: str
) -> None:
    token = pinterest.connect(person)["access_token"]
    validate(pinterest.get("user_account/analytics", token, **days(90)).json, "AnalyticsResponse")
    top = pinterest.get("user_account/analytics/top_pins", token, sort_by="SAVE", num_of_pins=50, **days(30)).json
    validate(top, "TopPinsAnalyticsResponse")
    videos = pinterest.get("user_account/analytics/top_video_pins", token, sort_by="VIDEO_MRC_VIEW", **days(30)).json
    validate(videos, "TopVideoPinsAnalyticsResponse")
    for metrics in ("IMPRESSION,SAVE,SAVE_RATE", "TOTAL_COMMENTS,TOTAL_REACTIONS"):
        pin = pinterest.get(f"pins/{top['pins'][0]['pin_id']}/analytics", token, metric_types=metrics, **days(30))
        validate(pin.json, "PinAnalyticsResponse")


@pytest.mark.parametrize("person", _EVERYBODY)
def test_everybody_has_at_least_25_pins_of_their_own(pinterest: Any, person: str) -> None:
    token = pinterest.connect(person)["access_token"]
    own = [
        pin for page in _pages(pinterest, token, page_size=250, pin_filter="exclude_repins") for pin in page["items"]
    ]
    assert len(own) >= 25
    assert not any(pin["parent_pin_id"] for pin in own)


def test_pins_come_newest_first_each_once_over_all_pages(pinterest: Any) -> None:
    token = pinterest.connect("bruno")["access_token"]
    pages = list(_pages(pinterest, token, page_size=250))
    pins = [pin for page in pages for pin in page["items"]]
    assert [len(page["items"]) for page in pages[:-1]] == [250]
    assert len(pins) == pinterest.get("user_account", token).json["pin_count"] == len({pin["id"] for pin in pins})
    times = [pin["created_at"].rstrip("Z") for pin in pins]
    assert times == sorted(times, reverse=True)


def test_a_bookmark_is_not_shifted_by_pins_made_in_between(stack: Any, pinterest: Any) -> None:
    token = pinterest.connect("bruno")["access_token"]
    second = pinterest.get("pins", token, bookmark=pinterest.get("pins", token).json["bookmark"])
    first = pinterest.get("pins", token).json
    stack.later(days=3)
    assert pinterest.get("pins", token).json["items"][0] != first["items"][0]
    ids = [pin["id"] for pin in second.json["items"]]
    assert ids == [pin["id"] for pin in pinterest.get("pins", token, bookmark=first["bookmark"]).json["items"]]


def test_pin_metrics_come_only_when_asked_for(pinterest: Any) -> None:
    token = pinterest.connect()["access_token"]
    asked = {"pin_filter": "exclude_repins"}
    assert all(pin["pin_metrics"] is None for pin in pinterest.get("pins", token, **asked).json["items"])
    for pin in pinterest.get("pins", token, pin_metrics="true", **asked).json["items"]:
        assert set(pin["pin_metrics"]["90d"]) == {"impression", "pin_click", "clickthrough"}
        assert {"reaction", "comment"} <= set(pin["pin_metrics"]["lifetime_metrics"])


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("pins", {"page_size": "0"}),
        ("pins", {"page_size": "251"}),
        ("pins", {"bookmark": "!"}),
        ("pins", {"pin_filter": "none"}),
        ("pins", {"pin_metrics": "1"}),
        ("user_account/analytics", {}),
        ("user_account/analytics", {"start_date": "2026-08-23", "end_date": "2026-11-01"}),
        ("user_account/analytics", {"start_date": "2026-11-20", "end_date": "2026-11-19"}),
        ("user_account/analytics", {"start_date": "2026-11-20", "end_date": "2026-11-23"}),
        ("user_account/analytics", {"start_date": "20261120", "end_date": "2026-11-22"}),
        ("user_account/analytics", {"start_date": "2026-11-20", "end_date": "2026-11-22", "metric_types": "REACH"}),
        ("user_account/analytics/top_pins", {"start_date": "2026-11-20", "end_date": "2026-11-22"}),
        (
            "user_account/analytics/top_pins",
            {"start_date": "2026-11-20", "end_date": "2026-11-22", "sort_by": "SAVE", "num_of_pins": "51"},
        ),
    ],
)
def test_wrong_parameters_are_refused(pinterest: Any, path: str, query: dict[str, str]) -> None:
    answer = pinterest.get(path, pinterest.connect()["access_token"], **query)
    assert answer.status_code == 400
    assert set(answer.json) == {"code", "message"}


def test_ninety_days_can_be_had_at_once_and_the_last_two_are_not_final(pinterest: Any, days: Any) -> None:
    token = pinterest.connect()["access_token"]
    answer = pinterest.get("user_account/analytics", token, **days(90)).json
    assert list(answer) == ["all"]
    daily = answer["all"]["daily_metrics"]
    assert [row["data_status"] for row in daily[-3:]] == ["READY", "ESTIMATE", "PROCESSING"]
    assert len(daily) == 91
    assert answer["all"]["summary_metrics"]["SAVE"] == sum(row["metrics"]["SAVE"] for row in daily)


def test_a_day_is_counted_up_until_it_is_final(stack: Any, pinterest: Any, days: Any) -> None:
    token = pinterest.connect()["access_token"]
    day = stack.now.date().isoformat()
    seen = []
    for _ in range(4):
        answer = pinterest.get("user_account/analytics", token, start_date=day, end_date=day, metric_types="IMPRESSION")
        row = answer.json["all"]["daily_metrics"][0]
        seen.append((row["data_status"], row["metrics"]["IMPRESSION"]))
        stack.later(days=1)
    assert [status for status, _ in seen] == ["PROCESSING", "ESTIMATE", "READY", "READY"]
    assert seen[0][1] < seen[1][1] < seen[2][1] == seen[3][1]


def test_lifetime_and_period_metrics_of_a_pin_cannot_be_mixed(pinterest: Any, days: Any) -> None:
    token = pinterest.connect()["access_token"]
    path = f"pins/{pinterest.get('pins', token).json['items'][5]['id']}/analytics"
    assert pinterest.get(path, token, metric_types="SAVE,TOTAL_COMMENTS", **days()).status_code == 400
    assert pinterest.get(path, token, metric_types=["SAVE", "IMPRESSION"], **days()).status_code == 400
    assert pinterest.get(path, token, **days()).status_code == 400
    lifetime = pinterest.get(path, token, metric_types="TOTAL_COMMENTS", **days()).json["all"]
    assert list(lifetime["lifetime_metrics"]) == ["TOTAL_COMMENTS"]
    assert pinterest.get("pins/1/analytics", token, metric_types="SAVE", **days()).json["code"] == 50


def test_top_pins_are_the_best_of_the_metric_asked_for(pinterest: Any, days: Any) -> None:
    token = pinterest.connect("bruno")["access_token"]
    query = {"sort_by": "SAVE", "num_of_pins": 50, **days(30)}
    saves = [
        pin["metrics"]["SAVE"] for pin in pinterest.get("user_account/analytics/top_pins", token, **query).json["pins"]
    ]
    assert len(saves) == 50
    assert saves == sorted(saves, reverse=True)


def test_a_personal_account_has_no_analytics(pinterest: Any, days: Any) -> None:
    token = pinterest.connect("pia")["access_token"]
    account = pinterest.get("user_account", token).json
    assert (account["account_type"], account["business_name"]) == ("PINNER", None)
    assert pinterest.get("user_account/analytics", token, **days()).json["code"] == 29
    assert all(pin["pin_metrics"] is None for pin in pinterest.get("pins", token, pin_metrics="true").json["items"])


def test_unknown_numbers_are_null_and_real_zeros_are_zero(pinterest: Any, days: Any) -> None:
    noor = pinterest.connect("noor")["access_token"]
    assert pinterest.get("user_account", noor).json["follower_count"] is None
    pins = pinterest.get("pins", noor, pin_metrics="true", pin_filter="exclude_repins").json["items"]
    assert {pin["pin_metrics"] is None for pin in pins} == {True, False}
    states = {
        row["data_status"]
        for row in pinterest.get("user_account/analytics", noor, **days(30)).json["all"]["daily_metrics"]
    }
    assert "BEFORE_BUSINESS_CREATED" in states
    zora = pinterest.connect("zora")["access_token"]
    assert pinterest.get("user_account", zora).json["follower_count"] == 0
    summary = pinterest.get("user_account/analytics", zora, **days()).json["all"]["summary_metrics"]
    assert set(summary.values()) == {0}


def test_names_in_any_script_come_through(pinterest: Any) -> None:
    name = pinterest.get("user_account", pinterest.connect("salma")["access_token"]).json["business_name"]
    assert "سلمى" in name and "🌻" in name


def test_followers_move_every_day_and_sometimes_down(stack: Any, pinterest: Any) -> None:
    token = pinterest.connect()["access_token"]
    seen = []
    for _ in range(20):
        seen.append(pinterest.get("user_account", token).json["follower_count"])
        stack.later(days=1)
    steps = [after - before for before, after in itertools.pairwise(seen)]
    assert 0 not in steps
    assert min(steps) < 0 < max(steps)


def test_every_answer_tells_the_rate_limit_and_analytics_end_at_sixty_a_minute(
    stack: Any, pinterest: Any, days: Any
) -> None:
    ada, bruno = pinterest.connect("ada")["access_token"], pinterest.connect("bruno")["access_token"]
    statuses = [pinterest.get("user_account/analytics", ada, **days()).status_code for _ in range(60)]
    assert set(statuses) == {200}
    refused = pinterest.get("user_account/analytics", ada, **days())
    assert (refused.status_code, refused.json["code"]) == (429, 8)
    assert refused.headers["x-ratelimit-limit"] == "60"
    assert 0 < int(refused.headers["x-ratelimit-reset"]) <= 60
    assert pinterest.get("user_account/analytics", bruno, **days()).status_code == 200
    assert pinterest.get("user_account", ada).headers["x-ratelimit-limit"] == "1000"
    stack.later(seconds=int(refused.headers["x-ratelimit-reset"]))
    assert pinterest.get("user_account/analytics", ada, **days()).status_code == 200


def test_bulk_analytics_are_for_chosen_apps_only(pinterest: Any) -> None:
    answer = pinterest.get("pins/analytics", pinterest.connect()["access_token"], pin_ids="1")
    assert (answer.status_code, answer.json["code"]) == (401, 3)


def test_pictures_are_served_where_the_profile_says(stack: Any, pinterest: Any) -> None:
    token = pinterest.connect()["access_token"]
    pin = pinterest.get("pins", token, page_size=1).json["items"][0]
    media = pin["media"]["items"][0] if "items" in pin["media"] else pin["media"]
    for url in (pinterest.get("user_account", token).json["profile_image"], media["images"]["600x"]["url"]):
        answer = stack.client.get(url)
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
