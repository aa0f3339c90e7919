"""Looking for secrets in whatever was written, in every form in which one could have got there."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

_WORD = re.compile(r"[\w+/=%\\.~-]{8,}", re.ASCII)


def forms(secret: str) -> set[str]:
    """The secret as itself, reversed, escaped for an address or JSON, in hex, inside any base64, and that
    inside any base64, as bytes of an item are written."""
    raw = secret.encode()
    escaped = "".join(f"\\u{ord(each):04x}" for each in secret)
    found = {secret, secret[::-1], quote(secret, safe=""), quote(quote(secret, safe=""), safe="")}
    found |= {escaped, raw.hex(), raw.hex().upper(), json.dumps(secret)[1:-1]}
    found |= {json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    once = set(_in_base64(raw))
    return found | once | {twice for each in once for twice in _in_base64(each.encode())}


def _in_base64(raw: bytes) -> Iterator[str]:
    """What base64 of anything that holds `raw` must contain: by where in a group of three bytes it begins. Without the
    characters that its neighbours have a share in."""
    for before in range(3):
        text = base64.b64encode(b"\0" * before + raw).rstrip(b"=").decode()
        core = text[-(-before * 4 // 3) : len(text) - (1 if (before + len(raw)) % 3 else 0)]
        yield core
        yield core.replace("+", "-").replace("/", "_")


def leaks(secrets: Iterable[str], places: Mapping[str, str]) -> list[str]:
    """`place: …what stands around it…` for every form of a secret that some place holds."""
    looked_for = {form for secret in secrets for form in forms(secret)}
    assert all(len(form) >= 8 for form in looked_for), "too short to be told from chance"
    found = []
    for place, text in places.items():
        # Most of what is written is written again and again: each word is looked through once.
        words = "\n".join(set(_WORD.findall(text)))
        for form in looked_for:
            if form in (words if _WORD.fullmatch(form) else text):
                at = text.index(form)
                found.append(f"{place}: {text[max(0, at - 120) : at + len(form) + 40]!r}")
    return sorted(found)
