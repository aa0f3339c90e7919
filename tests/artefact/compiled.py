"""Runs under Lambda's own Python: which modules of a build lack bytecode that Lambda takes, what an import compiles.

`python3.13 -I compiled.py <build folder>` prints `{"modules": n, "wrong": [...], "compiled": {function: [...]}}`.
"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

UNCHECKED_HASH = (0b01).to_bytes(4, "little")
LAYERS = ("SocialsLayer", "DependenciesLayer")
COMPILING = """
import json, sys
compiled = []
sys.addaudithook(lambda event, about: event == "compile" and compiled.append(str(about[1])))
import app
print(json.dumps([name for name in compiled if name.endswith(".py")]))
"""


def wrong(source: Path) -> str:
    """What is wrong with a module's bytecode; nothing where Lambda takes it as it is."""
    cached = Path(importlib.util.cache_from_source(str(source)))
    if not cached.exists():
        return "none"
    head = cached.read_bytes()[:16]
    if head[:4] != importlib.util.MAGIC_NUMBER:
        return "of another Python"
    if head[4:8] != UNCHECKED_HASH:
        return "checked against the source"
    stale = head[8:16] != importlib.util.source_hash(source.read_bytes())
    return "of another source" if stale else ""


def compiled_by(function: Path, layers: list[Path]) -> list[str]:
    """The sources that importing the handler compiles."""
    environment = {"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "eu-west-1", "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (function, *layers)))
    ended = subprocess.run(
        [sys.executable, "-c", COMPILING], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(ended.stdout.splitlines()[-1])


def main() -> None:
    build = Path(sys.argv[1])
    layers = [build / name / "python" for name in LAYERS]
    functions = [path.parent for path in sorted(build.glob("*/app.py"))]
    sources = sorted(build.rglob("*.py"))
    found = {str(path.relative_to(build)): what for path in sources if (what := wrong(path))}
    compiled = {path.name: compiled_by(path, layers) for path in functions}
    print(json.dumps({"modules": len(sources), "wrong": found, "compiled": compiled}))


main()
