"""What the build leaves of botocore's descriptions is all that the product asks for."""

import ast
import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
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
