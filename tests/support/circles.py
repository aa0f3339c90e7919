"""What only the collector can take apart."""

import gc
from collections.abc import Callable
from types import FrameType


def circles(work: Callable[[], object]) -> list[str]:
    """The functions of ours whose frames hang in a circle once `work` is over, with all that they know."""
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        work()
        gc.collect()
        codes = [each.f_code for each in gc.garbage if isinstance(each, FrameType)]
        return sorted({code.co_name for code in codes if "/socials/" in code.co_filename})
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
