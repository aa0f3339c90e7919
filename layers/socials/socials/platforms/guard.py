"""The host guard: which hosts and addresses may be called where somebody else than us chose the host.

Spelling is judged here, addresses where the connection is made (`dialing`): the very ones that were judged are used.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from msgspec import Struct

_ORIGIN = re.compile(r"(https?)://([^/?#@\\%\s:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?", re.IGNORECASE)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{4,253}}$)(?:{_LABEL}\.)+{_LABEL}")
# The last label of a domain is never a number; a host that ends in one is an IPv4 address in some spelling.
_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)")
# Names that only mean something inside somebody's network (RFC 6761, 6762, 7686, 8375, ICANN's `internal`).
_INSIDE: Final = ("alt", "arpa", "corp", "example", "home", "internal", "intranet", "invalid", "lan", "local")
_INSIDE_SUFFIXES: Final = tuple(f".{name}" for name in (*_INSIDE, "localdomain", "localhost", "onion", "private"))
# Public by their number, but not hosts of the public internet: relays, translators, clouds' own services.
_NEVER: Final = tuple(
    ip_network(net)
    for net in (
        "168.63.129.16/32",
        "192.88.99.0/24",
        "::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")


class HostRefused(Exception):
    """A host that the guard does not let through. The text says why, for people, without the host."""


class Origin(Struct, frozen=True):
    """Scheme, host (ASCII, lower case) and port of an address."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        standard = self.port == (443 if self.scheme == "https" else 80)
        return f"{self.scheme}://{host}" if standard else f"{self.scheme}://{host}:{self.port}"


def split_origin(url: str) -> tuple[Origin, str]:
    """The origin of an http(s) address, and what follows it. Raises HostRefused for anything else, a user in it too."""
    found = _ORIGIN.match(url) if len(url) <= 8_192 and url.isprintable() else None
    if found is None or url[found.end() : found.end() + 1] not in ("", "/", "?", "#"):
        raise HostRefused("That is not an address like https://example.org.")
    return _origin(*found.groups()), url[found.end() :]


@lru_cache(maxsize=256)
def _origin(scheme: str, host: str, port: str | None) -> Origin:
    """One sync calls the same one or two."""
    scheme = scheme.lower()
    number = int(port) if port else 443 if scheme == "https" else 80
    if not 0 < number < 65_536:
        raise HostRefused("That is not an address like https://example.org.")
    return Origin(scheme, _ascii(host), number)


def origin_of(url: str) -> Origin:
    """The origin of an http(s) address. Raises HostRefused."""
    return split_origin(url)[0]


def check_spelling(url: str, *, private: bool = False) -> Origin:
    """The origin, if a stranger may name it. `private`: hosts of the own machine and network are wanted.

    Raises HostRefused for plain http, other ports, IP addresses in any spelling, and names of private networks.
    """
    origin = origin_of(url)
    if private:
        return origin
    if origin.scheme != "https":
        raise HostRefused("Only https is accepted.")
    if origin.port != 443:
        raise HostRefused("Only the standard port is accepted.")
    if not _DOMAIN.fullmatch(origin.host) or _NUMBER.fullmatch(origin.host.rsplit(".", 1)[-1]):
        raise HostRefused("A public host name is needed.")
    if origin.host.endswith(_INSIDE_SUFFIXES):
        raise HostRefused("A public host name is needed.")
    return origin


def check_addresses(addresses: Iterable[str]) -> None:
    """Raises HostRefused if any of them is not an address of the public internet, or there is none."""
    listed = list(addresses)
    if not listed or not all(_is_public(address) for address in listed):
        raise HostRefused("That host is not on the public internet.")


def _is_public(address: str) -> bool:
    try:
        return _reaches_public(ip_address(address))
    except ValueError:
        return False


def _reaches_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            return False
        inside = ip.ipv4_mapped or ip.sixtofour or _translated(ip)
        if inside is not None:
            return _reaches_public(inside)
    refused = ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local
    return ip.is_global and not refused and not any(ip in net for net in _NEVER)


def _translated(ip: IPv6Address) -> IPv4Address | None:
    return IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None


def _ascii(host: str) -> str:
    if host.isascii():
        return host.lower().strip("[]")
    import idna  # a table of a megabyte that hardly any call needs

    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode().lower()
    except UnicodeError:
        raise HostRefused("That is not a host name.") from None
