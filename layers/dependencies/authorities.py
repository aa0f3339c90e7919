"""Lays the authorities of certifi's bundle out where OpenSSL finds one by its name, without reading the others:
`python3.13 authorities.py <folder>`, part of the build.

As `openssl rehash` does, which the machine that builds may lack; and Python does not tell these names.
"""

import hashlib
import re
import shutil
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)
SET, SEQUENCE, UTF8, VERSION = 0x31, 0x30, 0x0C, 0xA0
# What OpenSSL compares as text, by tag, and how it reads it: what has a byte a character as Latin-1.
TEXTS = {0x0C: "utf-8", 0x1C: "utf-32-be", 0x1E: "utf-16-be", **dict.fromkeys((0x13, 0x14, 0x16, 0x1A), "latin-1")}
SPACES = re.compile(rb"[ \t-\r]+")


def lay_out(folder: Path) -> None:
    """Of the packages in `folder`. Raises FileNotFoundError where certifi keeps its bundle elsewhere."""
    bundle = folder / "certifi" / "cacert.pem"
    write(PEM.findall(bundle.read_text(encoding="utf-8")), bundle.with_name("authorities"))


def write(certificates: list[str], folder: Path) -> None:
    """Those of one name are told apart by a number, without a gap."""
    shutil.rmtree(folder, ignore_errors=True)  # what an earlier build trusted
    folder.mkdir()
    names: dict[str, int] = {}
    for pem in certificates:
        name = name_of(ssl.PEM_cert_to_DER_cert(pem))
        names[name] = names.get(name, -1) + 1
        (folder / f"{name}.{names[name]}").write_text(pem, encoding="utf-8")


def name_of(certificate: bytes) -> str:
    """By what OpenSSL looks for its subject: a hash of how that reads without case, spaces and kinds of text."""
    [(_, whole)] = values(certificate)
    (_, signed), *_ = values(whole)
    fields = [content for tag, content in values(signed) if tag != VERSION]
    subject = fields[4]  # after the serial number, the signature's kind, the issuer and the time
    canonical = b"".join(_canonical(names) for _, names in values(subject))
    return hashlib.sha1(canonical, usedforsecurity=False).digest()[3::-1].hex()


def _canonical(names: bytes) -> bytes:
    """A set of names, most often of one."""
    pairs = []
    for _, pair in values(names):
        (kind, oid), (tag, value) = values(pair)
        if tag in TEXTS:
            text = value.decode(TEXTS[tag]).encode()
            tag, value = UTF8, SPACES.sub(b" ", text).strip(b" ").lower()
        pairs.append(der(SEQUENCE, der(kind, oid) + der(tag, value)))
    return der(SET, b"".join(sorted(pairs)))


def values(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The tag and the content of each value in DER that lies there."""
    while data:
        size, start = data[1], 2
        if size > 0x7F:
            start += size & 0x7F
            size = int.from_bytes(data[2:start], "big")
        yield data[0], data[start : start + size]
        data = data[start + size :]


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


if __name__ == "__main__":
    lay_out(Path(sys.argv[1]))
