"""The commands of docs/runbook.md, in its order: each line of a shell block, and each command inside a sentence."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
_PARTS = re.compile(
    r"^## (?P<section>[^\n]+)$|^```sh\n(?P<block>.*?)^```$|`(?P<inline>[^`]+)`", re.MULTILINE | re.DOTALL
)
_IN_A_SENTENCE = ("aws ", "make ", "printf ", "curl ", "python ", "grep ", "jq ")
_STACK_ITSELF = "make run"


@dataclass(frozen=True, slots=True)
class Command:
    """`here`: marked as one for the local stack. The text has no comment, no line break and no `…`."""

    section: str
    text: str
    here: bool = False

    @property
    def program(self) -> str:
        """What it starts; "" where it only sets variables."""
        words = (word for word in self.text.split() if not re.match(r"[A-Z_]+=", word))
        return next(words, "")

    def filled(self, values: Mapping[str, str]) -> str:
        """With what stands in capitals replaced by what it stands for."""
        return filled(self.text, values)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A name that is set (`ID=`) or read (`$LOGS`) is none that stands for something."""
    return re.sub(r"(?<!\$)\b[A-Z_]{2,}\b(?!=)", lambda found: values.get(found[0], found[0]), text)


def commands(program: str | None = None) -> list[Command]:
    """All of them, or those of one program."""
    found = list(_commands(RUNBOOK.read_text(encoding="utf-8")))
    return [each for each in found if program in (None, each.program)]


def _commands(text: str) -> Iterator[Command]:
    section = ""
    for part in _PARTS.finditer(text):
        section = part["section"] or section
        if part["block"]:
            yield from _of_a_block(section, part["block"])
        elif part["inline"] and part["inline"].startswith(_IN_A_SENTENCE) and part["inline"] != _STACK_ITSELF:
            yield Command(section, " ".join(part["inline"].replace("…", "").split()))


def _of_a_block(section: str, block: str) -> Iterator[Command]:
    lines = block.replace("\\\n", " ").splitlines()
    here = "# here" in lines
    for line in lines:
        text = " ".join(re.split(r"(?:^|\s+)# ", line)[0].split())
        if text:
            yield Command(section, text, here)
