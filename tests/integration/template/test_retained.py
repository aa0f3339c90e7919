"""What a stage keeps without its stack can be imported into a new one: by a template that has nothing else."""

from typing import Any

import pytest

from tests.integration.template.reading import referenced
from tools.retained import retained


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    return retained({"Stage": "prod", "BackupDays": "21"})


def test_it_has_what_is_kept_and_says_that_it_stays(template: dict[str, Any]) -> None:
    assert template["Resources"].keys() == {"Table", "DataKey", "UserPool"}
    for name, resource in template["Resources"].items():
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


def test_it_names_nothing_that_is_not_there(template: dict[str, Any]) -> None:
    known = template["Resources"].keys() | template["Parameters"].keys()
    for name, resource in template["Resources"].items():
        assert {each for each in referenced(resource) if not each.startswith("AWS")} <= known, name
        assert resource.get("Condition") in {None, *template["Conditions"]}, name


def test_it_needs_no_transform_and_makes_no_outputs(template: dict[str, Any]) -> None:
    """An import may bring resources in and change nothing else."""
    assert template.keys() == {"AWSTemplateFormatVersion", "Parameters", "Conditions", "Resources"}


def test_it_is_of_the_stage_that_is_asked_for(template: dict[str, Any]) -> None:
    assert template["Parameters"]["Stage"]["Default"] == "prod"
    assert template["Parameters"]["BackupDays"]["Default"] == "21"
