"""A plain template of what a protected stage keeps when its stack goes (table, key, user pool), for CloudFormation's
import of it into a new stack of the same name (docs/runbook.md).

    python -m tools.retained Stage=prod ... > retained.json

It has no transform, no outputs and nothing that an import would have to make. Parameters have the values given.
"""

import json
import sys
from pathlib import Path
from typing import Any

from local.template import translated

TEMPLATE = Path(__file__).parents[1] / "template.yaml"


def retained(parameters: dict[str, str]) -> dict[str, Any]:
    """Those resources alone whose stage says whether they outlive the stack (SAM's own layers and versions always do);
    here all are kept."""
    template = translated(TEMPLATE, parameters)
    kept = {
        name: {**resource, "DeletionPolicy": "Retain"}
        for name, resource in template["Resources"].items()
        if isinstance(resource.get("DeletionPolicy"), dict)
    }
    parts = ("AWSTemplateFormatVersion", "Parameters", "Conditions")
    return {**{part: template[part] for part in parts}, "Resources": kept}


def main(arguments: list[str]) -> None:
    print(json.dumps(retained(dict(each.split("=", 1) for each in arguments)), indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
