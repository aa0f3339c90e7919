"""Repeatable chance: the same words always give the same number, so a restart changes nothing that can be seen."""

import hashlib

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def draw(*words: object) -> int:
    """An integer of 64 bits."""
    seed = "/".join(str(word) for word in words).encode()
    return int.from_bytes(hashlib.blake2b(seed, digest_size=8).digest())


def fraction(*words: object) -> float:
    """At least 0, below 1."""
    return (draw(*words) >> 11) / float(1 << 53)


def letters(count: int, *words: object) -> str:
    """`count` (at most 102) characters of the lower-case base32 alphabet."""
    seed = "/".join(str(word) for word in words).encode()
    number = int.from_bytes(hashlib.blake2b(seed).digest())
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(count))


def digits(count: int, *words: object) -> str:
    """A number of exactly `count` (at most 18) digits, as platforms write their ids."""
    low = 10 ** (count - 1)
    return str(low + draw(*words) % (9 * low))
