"""What may be told of an exception: its kind, where it happened, and the words only where they are our own.

A foreign exception's text is not ours to vouch for: botocore repeats a rejected parameter's value, a parser the text
that it could not read, an HTTP library the whole address. So of those only the class is told, of an AWS error also its
code.
"""

import traceback
from typing import Any

from socials.errors import PlatformError, SocialsError

_DEEPEST = 5
_FRAMES = 12


def told(error: BaseException) -> dict[str, Any]:
    """As JSON: `type`, `text` or `code` where they are known to be safe, `at` (newest last), `cause`."""
    return _told(error, _DEEPEST)


def _told(error: BaseException, deeper: int) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")}
    shown |= _words(error)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    shown["at"] = [f"{_place(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and deeper:
        shown["cause"] = _told(cause, deeper - 1)
    return shown


def _words(error: BaseException) -> dict[str, Any]:
    if isinstance(error, PlatformError):
        more = {"platform": error.platform, "status": error.http_status, "platform_code": error.platform_code}
        return {"text": str(error), "code": error.code, **{name: value for name, value in more.items() if value}}
    if isinstance(error, SocialsError):
        return {"text": str(error), "code": error.code}
    answer = getattr(error, "response", None)
    if isinstance(answer, dict) and hasattr(error, "operation_name"):  # botocore's ClientError, without importing it
        code = answer.get("Error", {}).get("Code")
        request_id = answer.get("ResponseMetadata", {}).get("RequestId")
        return {"code": str(code), "operation": str(error.operation_name), "aws_request_id": request_id}
    return {}


def _place(filename: str) -> str:
    """A file as a person looks for it: the last two parts of its path."""
    return "/".join(filename.replace("\\", "/").rsplit("/", 2)[-2:])
