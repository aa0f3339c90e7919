"""Each route of the template with the handler that answers it, and the types that this handler says it answers."""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from local import declared
from local.resolving import Resolver
from local.template import REGION, translated
from socials import shapes
from socials.routing import Routes

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Handler:
    """`name`: the handler's own, None for a route of the web function, which has no types. `shapes`: its answers."""

    method: str
    path: str
    is_open: bool
    name: str | None
    shapes: tuple[Any, ...]


def handlers() -> list[Handler]:
    """Every route of template.yaml, in its order."""
    resolver = Resolver(translated(ROOT / "template.yaml", {}))
    folders = {spec.name: spec.label for spec in declared.functions(resolver)}
    known: dict[str, dict[tuple[str, str], Callable[..., Any]]] = {}
    found = []
    for route in declared.routes(resolver):
        folder = folders[route.function]
        answered = known.setdefault(folder, dict(_answered(folder)))
        path = route.path.replace("+}", "}")
        function = answered.get((route.method, path))
        name, types = (None, ()) if function is None else (function.__name__, tuple(_shapes(function)))
        found.append(Handler(route.method, path, route.rule is None, name, types))
    return found


def _answered(folder: str) -> Iterator[tuple[tuple[str, str], Callable[..., Any]]]:
    api = getattr(_app(folder), "api", None)
    if isinstance(api, Routes):
        for route in api.all:
            yield (route.method, route.path), route.handler


def _app(folder: str) -> ModuleType:
    """The function's module, imported as Lambda does; it makes its clients, which call nobody."""
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    name = f"described_{folder}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "functions" / folder / "app.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


def _shapes(function: Callable[..., Any]) -> Iterator[Any]:
    """X and Y of `-> Response[X] | Response[Y]`; the names of `shapes` are there for the type checker only."""
    hint = get_type_hints(function, localns={"shapes": shapes})["return"]
    for each in get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,):
        yield from get_args(each)
