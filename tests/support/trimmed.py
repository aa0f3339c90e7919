"""The build's `trimming.py`, which lies beside the layer's requirements and in no package."""

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def trimming() -> ModuleType:
    """The module, loaded anew."""
    spec = importlib.util.spec_from_file_location("trimming", ROOT / "layers" / "dependencies" / "trimming.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
