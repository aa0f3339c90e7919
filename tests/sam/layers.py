"""Layers as `sam local` finds them in the cloud: by ARN and version, unpacked in its cache.

It builds the image of a layer that a template defines anew at each invocation (12 to 30 s), that of an ARN once.
What lies in the cache is what `sam build` made of ours.
"""

import hashlib
import json
import shutil
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from local.resolving import ACCOUNT
from local.template import REGION

# The template with its layers named by ARN, beside the built one.
PUBLISHED = "published.json"


def publish(build_folder: Path, cache: Path) -> None:
    """Write that template, and put the layers into the cache as if they had been downloaded."""
    template = yaml_parse((build_folder / "template.yaml").read_text(encoding="utf-8"))
    shared = template["Globals"]["Function"]
    shared["Layers"] = [_published(build_folder / layer["Ref"], cache) for layer in shared["Layers"]]
    (build_folder / PUBLISHED).write_text(json.dumps(template), encoding="utf-8")


def _published(built: Path, cache: Path) -> str:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:{built.name}:{_version(built)}"
    name, version = arn.split(":")[-2:]
    # The name of a layer's folder in the cache is the SAM CLI's own.
    place = cache / f"{name}-{version}-{hashlib.sha256(arn.encode()).hexdigest()[:10]}"
    if not place.exists():
        shutil.copytree(built, place)
    return arn


def _version(built: Path) -> int:
    """By the content, so that an image of an older build is never taken for this one's."""
    digest = hashlib.sha256()
    for path in sorted(path for path in built.rglob("*") if path.is_file()):
        digest.update(path.relative_to(built).as_posix().encode() + b"\0" + path.read_bytes())
    return int(digest.hexdigest()[:7], 16)
