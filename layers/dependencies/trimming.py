"""Leaves out of the layer what Lambda has no use for: `python3.13 trimming.py <folder>`, part of the build.

What botocore reads to make a client it parses at every cold start: of 400 services' descriptions three remain, without
their documentation, and of the endpoints of all services those of the three.
"""

import gzip
import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SERVICES = {"dynamodb": "2012-08-10", "secretsmanager": "2017-10-17", "sqs": "2012-11-05"}
# What a client needs of a service. Nobody here asks for waiters, paginators or examples.
NEEDED = ("service-2", "service-2.sdk-extras", "endpoint-rule-set-1")
# What people and type checkers read, programs, and packages' lists of their own files.
NOT_RUN = ("**/*.pyi", "**/py.typed", "**/tests", "*.dist-info", "bin")
# This one asks for its own version when it is imported.
KEPT_METADATA = "python_ulid-*.dist-info"


def trim(folder: Path) -> None:
    """Trim the packages that lie in `folder`."""
    kept = set(folder.glob(KEPT_METADATA))
    for unwanted in [path for pattern in NOT_RUN for path in folder.glob(pattern) if path not in kept]:
        _remove(unwanted)
    trim_botocore(folder / "botocore" / "data")


def trim_botocore(data: Path) -> None:
    """Raises FileNotFoundError where botocore no longer has the version of a service that is named here."""
    for service in _folders(data):
        if service.name not in SERVICES:
            _remove(service)
    for name, version in SERVICES.items():
        for other in _folders(data / name):
            if other.name != version:
                _remove(other)
        _trim_service(data / name / version)
    endpoints = json.loads((data / "endpoints.json").read_text(encoding="utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: partition["services"][name] for name in SERVICES if name in partition["services"]
        }
    _write(data / "endpoints.json", endpoints)


def _trim_service(folder: Path) -> None:
    for file in sorted(folder.iterdir()):
        name = file.name.removesuffix(".gz").removesuffix(".json")
        described = _read(file) if name in NEEDED else None
        file.unlink()
        if described is not None:
            _write(folder / f"{name}.json", _undocumented(described))
    if not (folder / "service-2.json").exists():
        raise FileNotFoundError(f"{folder}: no service-2.json")


def _undocumented(value: Any) -> Any:
    """Without the texts for people; a member that is called `documentation` is no text."""
    if isinstance(value, dict):
        return {
            key: _undocumented(inner)
            for key, inner in value.items()
            if not (key == "documentation" and isinstance(inner, str))
        }
    return [_undocumented(inner) for inner in value] if isinstance(value, list) else value


def _folders(folder: Path) -> Iterator[Path]:
    listed: Iterable[Path] = sorted(folder.iterdir())
    return (path for path in listed if path.is_dir())


def _read(file: Path) -> Any:
    data = file.read_bytes()
    return json.loads(gzip.decompress(data) if file.suffix == ".gz" else data)


def _write(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
