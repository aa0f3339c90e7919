"""Who asked AWS for what, heard at moto's door: a container's own botocore is out of reach."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from local.moto_server import OneAtATime
from tests.support.permissions import Call, heard


@dataclass(slots=True)
class Recorder:
    """WSGI: passes every request on to moto, and keeps what it asked until `take`."""

    _calls: list[Call] = field(default_factory=list)
    _moto: OneAtATime = field(default_factory=OneAtATime)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(data)
        if target := environ.get("HTTP_X_AMZ_TARGET"):
            self._calls.append(heard(target, data))
        return self._moto(environ, start_response)

    def take(self) -> list[Call]:
        """What was asked since the last time."""
        taken, self._calls = self._calls, []
        return taken
