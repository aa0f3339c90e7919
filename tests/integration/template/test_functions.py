"""What every function has."""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


def test_every_function_has_its_folder_and_its_own_role(functions: dict[str, dict[str, Any]]) -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert functions.keys() == folders
    roles = [json.dumps(function["Role"]) for function in functions.values()]
    assert len(set(roles)) == len(roles)


def test_nothing_that_redirects_traffic_is_set_in_the_cloud(functions: dict[str, dict[str, Any]]) -> None:
    for function in functions.values():
        variables = function["Environment"]["Variables"]
        for name in (
            "PLATFORM_ORIGINS",
            "ALLOW_PRIVATE_HOSTS",
            "CLOCK_SHIFT",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_DYNAMODB",
            "AWS_ENDPOINT_URL_SQS",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        ):
            assert variables[name] == ""


def test_every_variable_that_the_settings_read_is_declared(functions: dict[str, dict[str, Any]]) -> None:
    source = (ROOT / "layers/socials/socials/settings.py").read_text(encoding="utf-8")
    read = {*re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', source)}
    for function in functions.values():
        assert read <= function["Environment"]["Variables"].keys()


def test_workers_may_feed_their_own_queues(functions: dict[str, dict[str, Any]]) -> None:
    feeding = {name for name, function in functions.items() if function.get("RecursiveLoop") == "Allow"}
    assert feeding == {"run_syncs", "erase_account"}
