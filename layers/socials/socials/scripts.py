"""One script made of a page's ES modules, so that a first visit asks for one file in place of forty.

The page's own modules are all it has to understand: they import names from files beside them, export declarations, and
form no circle. Each becomes a function that is called once and answers what it exports, before whoever imports it.
"""

import re
from collections.abc import Mapping

IMPORT = re.compile(r'^import \{ (?P<names>\w+(?:, \w+)*) \} from "\./(?P<module>\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?P<kind>(?:async )?(?:function\*?|class|const)) (?P<name>\w+)", re.MULTILINE)
OTHERWISE = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def joined(modules: Mapping[str, str], entry: str) -> str:
    """The script that runs as `entry` would with all that it imports. `modules`: sources by name, without `.js`.

    Raises ValueError for an import or export that it does not understand, and for a circle.
    """
    return "".join(_called_once(name, modules[name]) for name in _in_order(modules, entry, ()))


def _in_order(modules: Mapping[str, str], name: str, importers: tuple[str, ...]) -> dict[str, None]:
    """The names of a module and of all that it imports, each once and after what it needs."""
    if name in importers:
        raise ValueError(f"A circle of imports: {' > '.join((*importers, name))}")
    needed = (found["module"] for found in IMPORT.finditer(modules[name]))
    before = [_in_order(modules, module, (*importers, name)) for module in needed]
    return {each: None for names in before for each in names} | {name: None}


def _called_once(name: str, source: str) -> str:
    body = EXPORT.sub(r"\g<kind> \g<name>", IMPORT.sub(r"const { \g<names> } = $\g<module>;", source))
    if left := OTHERWISE.search(body):
        raise ValueError(f"{name}.js: {left[0]}")
    exported = ", ".join(found["name"] for found in EXPORT.finditer(source))
    return f"const ${name} = (() => {{\n{body}return {{ {exported} }};\n}})();\n"
