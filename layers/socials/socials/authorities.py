"""Who may say who a server is, to a handle of libcurl's.

A file of them each new handle reads as a whole at its first connection, which takes 10 ms of CPU. Of the folder that
the build lays out beside certifi's file, OpenSSL reads the one that it needs.
"""

from pathlib import Path

import pycurl
from msgspec import Struct


class Authorities(Struct, frozen=True):
    """A file of them, or a folder where each lies by its name."""

    path: str
    is_folder: bool = False

    def bind(self, curl: pycurl.Curl) -> None:
        """From now on until its next reset the handle trusts these and nobody else."""
        # A handle has a file of its system's by itself, which would be read and trusted too.
        curl.setopt(pycurl.CAINFO, None if self.is_folder else self.path)
        curl.setopt(pycurl.CAPATH, self.path if self.is_folder else None)


def authorities(bundle: str | None = None) -> Authorities:
    """`bundle`: a file of somebody's own, instead of the usual ones."""
    if bundle:
        return Authorities(bundle)
    import certifi

    file = Path(certifi.where())
    folder = file.with_name("authorities")
    return Authorities(str(folder), is_folder=True) if folder.is_dir() else Authorities(str(file))
