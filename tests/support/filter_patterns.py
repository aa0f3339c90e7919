"""Which log lines a filter pattern of CloudWatch Logs takes: as much of its language as our runbook speaks.

moto takes every line for a pattern in braces. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import json
import operator
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

_CONDITION = re.compile(r'\$\.(\w+) (=|>=|>|IS) ("[^"]*"|\S+)')
_ANY_OF = re.compile(r'\?"([^"]+)"')
_NUMBERS: dict[str, Callable[[Any, Any], bool]] = {"=": operator.eq, ">": operator.gt, ">=": operator.ge}


def takes(pattern: str, line: str) -> bool:
    """Raises AssertionError for a pattern that is none, or that this cannot read."""
    inner = re.fullmatch(r"\{ (.+) \}", pattern)
    if inner is None:
        terms = _ANY_OF.findall(pattern)
        assert terms and not _ANY_OF.sub("", pattern).strip(), f"not read: {pattern}"
        return any(term in line for term in terms)
    conditions = [_CONDITION.fullmatch(each) for each in inner[1].split(" && ")]
    assert all(conditions), f"not read: {pattern}"
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return all(_holds(said, *each.groups()) for each in conditions if each)


def _holds(said: Any, name: str, how: str, what: str) -> bool:
    value = said.get(name)
    if how == "IS":
        return {"TRUE": value is True, "FALSE": value is False, "NULL": name in said and value is None}[what]
    if what.startswith('"'):
        assert how == "=", f"words are not compared by {how}"
        return isinstance(value, str) and fnmatchcase(value, what.strip('"'))
    return type(value) in (int, float) and _NUMBERS[how](value, float(what))
