"""What the build leaves of botocore and of msgspec is all that the product asks for."""

import ast
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import msgspec
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from tests.support.trimmed import trimming

ADAPTERS = Path(__file__).parents[2] / "layers" / "socials" / "socials" / "aws"
SERVICES: dict[str, str] = trimming().SERVICES
OPERATIONS: dict[str, set[str]] = trimming().OPERATIONS


def described(service: str) -> dict[str, Any]:
    """What botocore, as it is installed, ships of a service."""
    model: dict[str, Any] = Loader().load_service_model(service, "service-2", SERVICES[service])
    return model


def words_of_the_adapters() -> set[str]:
    """Every attribute and text in the modules that speak to AWS: a client's methods are among them, by either way."""
    words: set[str] = set()
    for path in ADAPTERS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                words.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
    return words


def walked(shape: Shape | None, seen: set[str]) -> Iterator[str]:
    """The names of a shape and of all that it leads to; botocore raises where one is missing."""
    if shape is None or shape.name in seen:
        return
    seen.add(shape.name)
    yield shape.name
    inner = [*getattr(shape, "members", {}).values()]
    inner += [getattr(shape, part) for part in ("member", "key", "value") if hasattr(shape, part)]
    for one in inner:
        yield from walked(one, seen)


@pytest.mark.parametrize("service", SERVICES)
def test_the_layer_keeps_the_operations_that_the_product_calls_and_no_others(service: str) -> None:
    words = words_of_the_adapters()
    called = {name for name in described(service)["operations"] if xform_name(name) in words}
    assert called == OPERATIONS[service]


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_kept_is_described_as_before(service: str) -> None:
    whole = described(service)
    trimmed = trimming().with_operations(whole, OPERATIONS[service])
    before, after = ServiceModel(whole, service), ServiceModel(trimmed, service)
    reached: set[str] = set()
    for name in OPERATIONS[service]:
        operation, same = after.operation_model(name), before.operation_model(name)
        assert (operation.http, operation.documentation) == (same.http, same.documentation)
        for shape in (operation.input_shape, operation.output_shape, *operation.error_shapes):
            reached |= set(walked(shape, set()))
    assert reached == trimmed["shapes"].keys() < whole["shapes"].keys()
    assert all(trimmed["shapes"][name] == whole["shapes"][name] for name in reached)
    assert trimmed["metadata"] == whole["metadata"]


def test_an_operation_that_botocore_does_not_know_stops_the_build() -> None:
    with pytest.raises(KeyError, match="GetItems"):
        trimming().with_operations(described("dynamodb"), {"GetItems"})


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """botocore's own writers of documentation, in a folder of their own."""
    return Path(shutil.copytree(Path(botocore.__file__).parent / "docs", tmp_path / "docs"))


def asked_of_docs() -> set[tuple[str, str]]:
    """Each module of `botocore.docs`, with the name in it, that the rest of botocore imports."""
    asked: set[tuple[str, str]] = set()
    for path in Path(botocore.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("botocore.docs"):
                asked |= {((node.module or "").removeprefix("botocore.docs."), name.name) for name in node.names}
    return asked


def test_of_the_writers_of_documentation_there_remains_what_botocore_imports(docs: Path) -> None:
    trimming().trim_docs(docs)
    asked = asked_of_docs()
    assert {f"{module}.py" for module, _ in asked} | {"__init__.py"} == {path.name for path in docs.iterdir()}
    for module, name in asked:
        spec = importlib.util.spec_from_file_location(module, docs / f"{module}.py")
        assert spec is not None and spec.loader is not None
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        assert hasattr(loaded, name)


def test_a_botocore_that_makes_its_docstrings_elsewhere_stops_the_build(docs: Path) -> None:
    (docs / "docstring.py").unlink()
    with pytest.raises(FileNotFoundError, match="docstring"):
        trimming().trim_docs(docs)


USED = """
import sys
from msgspec import Struct, field, structs

class Point(Struct, frozen=True, kw_only=True):
    x: int
    tags: dict[str, str] = field(default_factory=dict)

moved = structs.replace(Point(x=1), x=2)
assert (moved, structs.asdict(moved)) == (Point(x=2), {"x": 2, "tags": {}})
assert [each.name for each in structs.fields(Point)] == ["x", "tags"]
print(sorted(name for name in sys.modules if name.startswith(("msgspec", "typing_extensions"))))
"""


@pytest.fixture
def structs(tmp_path: Path) -> Path:
    """msgspec, in a folder of its own."""
    return Path(shutil.copytree(Path(msgspec.__file__).parent, tmp_path / "msgspec"))


def test_of_msgspec_there_remain_its_structs(structs: Path) -> None:
    trimming().trim_msgspec(structs)
    answer = subprocess.run(
        [sys.executable, "-c", USED], cwd=structs.parent, capture_output=True, text=True, check=True
    )
    kept = ["msgspec", "msgspec._core", "msgspec._utils", "msgspec._version", "msgspec.structs"]
    assert answer.stdout.strip() == str(kept)


def test_a_msgspec_that_is_laid_out_otherwise_stops_the_build(structs: Path) -> None:
    (structs / "__init__.py").write_text("from . import structs", encoding="utf-8")
    with pytest.raises(ValueError, match="__init__"):
        trimming().trim_msgspec(structs)
