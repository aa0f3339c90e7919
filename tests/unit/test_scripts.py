"""One script of many ES modules."""

import pytest

from socials.scripts import joined


def test_each_module_stands_once_and_after_what_it_needs() -> None:
    modules = {
        "main": 'import { draw } from "./draw.js";\nimport { h, s } from "./dom.js";\ndraw(h, s);\n',
        "draw": 'import { h } from "./dom.js";\nexport function draw() { h(); }\n',
        "dom": "const SVG = 1;\nexport const h = () => SVG;\nexport class s extends Error {}\n",
        "nobody": "export const unused = 1;\n",
    }
    assert joined(modules, "main") == (
        "const $dom = (() => {\nconst SVG = 1;\nconst h = () => SVG;\nclass s extends Error {}\n"
        "return { h, s };\n})();\n"
        "const $draw = (() => {\nconst { h } = $dom;\nfunction draw() { h(); }\nreturn { draw };\n})();\n"
        "const $main = (() => {\nconst { draw } = $draw;\nconst { h, s } = $dom;\ndraw(h, s);\nreturn {  };\n})();\n"
    )


@pytest.mark.parametrize("kind", ["function", "async function", "function*", "async function*"])
def test_functions_of_every_kind_are_exported(kind: str) -> None:
    script = joined({"main": f"export {kind} read() {{}}\n"}, "main")
    assert f"\n{kind} read() {{}}\nreturn {{ read }};" in script


@pytest.mark.parametrize(
    "line",
    [
        'import * as dom from "./dom.js";',
        'import { h as make } from "./dom.js";',
        'import "./dom.js";',
        'import { h } from "https://elsewhere.example/dom.js";',
        "export default 1;",
        "export { one };",
        "export let count = 0;",
    ],
)
def test_what_is_not_understood_is_said_and_not_sent(line: str) -> None:
    with pytest.raises(ValueError, match=r"main\.js: "):
        joined({"main": f"{line}\n", "dom": ""}, "main")


def test_a_circle_is_named() -> None:
    modules = {"main": 'import { a } from "./one.js";\n', "one": 'import { b } from "./two.js";\n'}
    modules["two"] = 'import { a } from "./one.js";\n'
    with pytest.raises(ValueError, match="main > one > two > one"):
        joined(modules, "main")
