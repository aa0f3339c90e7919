"""Reads template.yaml and translates it to plain CloudFormation, with the code's folders kept as S3 keys."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REGION = "eu-west-1"
LOCAL_BUCKET = "local"
CODE_PROPERTIES = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


class _NoManagedPolicies:
    """The template brings its own statements; a policy named by ARN passes through untranslated."""

    def load(self) -> dict[str, str]:
        return {}


def translated(path: Path, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The template at `path` as plain CloudFormation.

    Parameters that the template does not declare are left out. The result's `Parameters` hold the values as `Default`.
    The S3 key of a function's or layer's code is its folder, relative to the template.
    """
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)  # the translator asks botocore for a region
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse

    document: dict[str, Any] = yaml_parse(path.read_text(encoding="utf-8"))
    declared: dict[str, Any] = document.get("Parameters", {})
    for name in declared.keys() & parameters.keys():
        declared[name]["Default"] = parameters[name]
    _keep_folders(document)
    values = {name: parameters[name] for name in declared.keys() & parameters.keys()}
    plain: dict[str, Any] = transform(document, values, _NoManagedPolicies())
    return plain


def _keep_folders(document: dict[str, Any]) -> None:
    places = [
        (resource.setdefault("Properties", {}), CODE_PROPERTIES[resource["Type"]])
        for resource in document["Resources"].values()
        if resource["Type"] in CODE_PROPERTIES
    ]
    places.append((document.get("Globals", {}).get("Function", {}), "CodeUri"))
    for properties, name in places:
        if isinstance(properties.get(name), str):
            properties[name] = f"s3://{LOCAL_BUCKET}/{properties[name].strip('./')}"
