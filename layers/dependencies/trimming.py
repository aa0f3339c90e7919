"""Leaves out of the layer what Lambda has no use for: `python3.13 trimming.py <folder>`, part of the build.

What botocore reads to make a client it parses at every cold start: of 400 services' descriptions three remain, without
their documentation and with the operations that we call, and of the endpoints of all services those of the three. And
of its writers of documentation, an HTML parser among them, there remains what it cannot start without. Of msgspec
its structs remain, without the readers and writers of formats that it loads beside them.
"""

import gzip
import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SERVICES = {"dynamodb": "2012-08-10", "secretsmanager": "2017-10-17", "sqs": "2012-11-05"}
# A call of another one would fail in Lambda, and there alone: tests/unit/test_trimming.py holds these against the code.
OPERATIONS = {
    "dynamodb": {
        *("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "TransactWriteItems", "UpdateItem"),
    },
    "secretsmanager": {"CreateSecret", "DeleteSecret", "GetSecretValue", "PutSecretValue"},
    "sqs": {"ChangeMessageVisibility", "SendMessage", "SendMessageBatch"},
}
# What a client needs of a service. Nobody here asks for waiters, paginators or examples.
NEEDED = ("service-2", "service-2.sdk-extras")
# What people and type checkers read, programs, and packages' lists of their own files.
NOT_RUN = ("**/*.pyi", "**/py.typed", "**/tests", "*.dist-info", "bin")

# What a client's methods get for a docstring, without the writers behind it.
KEPT_DOCS = ("utils.py",)
DOCSTRINGS = '''"""Docstrings that say nothing: what would write them is left out of this layer."""


class _Nothing(str):
    def __new__(cls, *_args, **_kwargs):
        return super().__new__(cls)


class ClientMethodDocstring(_Nothing):
    pass


class PaginatorDocstring(_Nothing):
    pass


class WaiterDocstring(_Nothing):
    pass
'''

# What msgspec loads whoever asks for it, and nobody here asks for. `typing_extensions`, 3 ms, it takes where it finds
# it; since Python 3.11 all that it wants of it is in `typing`.
FORMATS = ("_json_schema", "inspect", "json", "msgpack", "toml", "yaml")
LOADED_BESIDE = "from . import inspect, json, msgpack, structs, toml, yaml"
BORROWED = "from typing_extensions import"


def trim(folder: Path) -> None:
    """Trim the packages that lie in `folder`."""
    for unwanted in [path for pattern in NOT_RUN for path in folder.glob(pattern)]:
        _remove(unwanted)
    trim_botocore(folder / "botocore" / "data")
    trim_docs(folder / "botocore" / "docs")
    trim_msgspec(folder / "msgspec")


def trim_msgspec(msgspec: Path) -> None:
    """Raises FileNotFoundError, ValueError where msgspec is no longer laid out like that."""
    _replace(msgspec / "__init__.py", LOADED_BESIDE, "from . import structs")
    _replace(msgspec / "_utils.py", BORROWED, "from typing import")
    for name in FORMATS:
        (msgspec / f"{name}.py").unlink()


def trim_docs(docs: Path) -> None:
    """Raises FileNotFoundError where botocore's docstrings are no longer made there."""
    for file in (*KEPT_DOCS, "docstring.py"):
        if not (docs / file).exists():
            raise FileNotFoundError(docs / file)
    for unwanted in [path for path in docs.iterdir() if path.name not in KEPT_DOCS]:
        _remove(unwanted)
    (docs / "__init__.py").write_text("", encoding="utf-8")
    (docs / "docstring.py").write_text(DOCSTRINGS, encoding="utf-8")


def trim_botocore(data: Path) -> None:
    """Raises FileNotFoundError where botocore no longer has the version of a service that is named here."""
    for service in _folders(data):
        if service.name not in SERVICES:
            _remove(service)
    for name, version in SERVICES.items():
        for other in _folders(data / name):
            if other.name != version:
                _remove(other)
        _trim_service(data / name / version, OPERATIONS[name])
    endpoints = json.loads((data / "endpoints.json").read_text(encoding="utf-8"))
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: partition["services"][name] for name in SERVICES if name in partition["services"]
        }
    _write(data / "endpoints.json", endpoints)


def _trim_service(folder: Path, operations: set[str]) -> None:
    for file in sorted(folder.iterdir()):
        name = file.name.removesuffix(".gz").removesuffix(".json")
        described = _read(file) if name in NEEDED else None
        file.unlink()
        if described is not None:
            told = with_operations(described, operations) if name == "service-2" else described
            _write(folder / f"{name}.json", _undocumented(told))
    if not (folder / "service-2.json").exists():
        raise FileNotFoundError(f"{folder}: no service-2.json")


def with_operations(described: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """A service's description with those operations only, and the shapes that they lead to. Raises KeyError for one
    that is not there."""
    operations = {name: described["operations"][name] for name in sorted(wanted)}
    shapes: dict[str, Any] = {}
    left = list(_shapes_in(operations))
    while left:
        name = left.pop()
        if name not in shapes:
            shapes[name] = described["shapes"][name]
            left += _shapes_in(shapes[name])
    return {**described, "operations": operations, "shapes": shapes}


def _shapes_in(value: Any) -> Iterator[str]:
    """The names of all shapes that something refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("shape"), str):
            yield value["shape"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _shapes_in(inner)


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


def _replace(file: Path, text: str, by: str) -> None:
    source = file.read_text(encoding="utf-8")
    if text not in source:
        raise ValueError(f"{file}: no {text!r}")
    file.write_text(source.replace(text, by), encoding="utf-8")


def _write(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
