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
    here all are kept. Raises ValueError for a parameter that the template has not: its value would stand nowhere."""
    template = translated(TEMPLATE, parameters)
    if unknown := sorted(parameters.keys() - template["Parameters"].keys()):
        raise ValueError(f"no such parameter: {', '.join(unknown)}")
    kept = {
        name: {**resource, "DeletionPolicy": "Retain"}
        for name, resource in template["Resources"].items()
        if isinstance(resource.get("DeletionPolicy"), dict)
    }
    parts = ("AWSTemplateFormatVersion", "Parameters", "Conditions")
    return {**{part: template[part] for part in parts}, "Resources": kept}


def main(arguments: list[str]) -> int:
    if unlike := [each for each in arguments if "=" not in each]:
        print(f"retained: Name=value, not {' '.join(unlike)}", file=sys.stderr)
        return 1
    try:
        template = retained(dict(each.split("=", 1) for each in arguments))
    except ValueError as error:
        print(f"retained: {error}", file=sys.stderr)
        return 1
    print(json.dumps(template, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
