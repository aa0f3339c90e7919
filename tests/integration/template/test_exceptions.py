"""Where a rule of checkov's is not followed; `make checkov` holds all others."""

from typing import Any


def test_every_exception_is_made_once_and_has_its_reason_beside_it(template: dict[str, Any]) -> None:
    made = {
        name: each["Metadata"]["checkov"]["skip"]
        for name, each in template["Resources"].items()
        if "checkov" in each.get("Metadata", {})
    }
    assert made
    for name, exceptions in made.items():
        assert all(len(each["comment"].split()) > 3 for each in exceptions), name
        assert len({each["id"] for each in exceptions}) == len(exceptions), name
