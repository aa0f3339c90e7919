"""AWS's calls by libcurl, in a seventh of the CPU that botocore takes for the same, or less.

Only what is settled at once is answered here: success, and refusals that no repeat would change. All else, no answer
among it, is left to botocore, which asks anew as often as it is told to, and says what was wrong; a line tells of each,
since nothing else would show that libcurl gets nowhere.
"""

import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import pycurl
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.parsers import create_parser

from socials.authorities import Authorities
from socials.aws import quick_json
from socials.aws.plain_json import plain_answer
from socials.aws.signing import Signer
from socials.telemetry import line
from socials.values import Discreet

# Refusals that botocore would not ask again for either, and that the adapters expect.
_SETTLED = frozenset(
    {
        "ConditionalCheckFailedException",
        "TransactionCanceledException",
        "TransactionConflictException",
        "ResourceNotFoundException",
        "ResourceExistsException",
        "InvalidRequestException",
    }
)
_CODE = re.compile(rb'"__type" *: *"(?:[^"]*#)?(\w+)')
# Sooner than a server hangs up by itself: a frozen container would not notice. By the wall clock: others stand still.
_IDLE_SECONDS = 30
# As long as botocore would wait before a second attempt, at most: seconds by whether it was asked to slow down.
_PAUSES = {True: 1.0, False: 0.05}


class _Answer(Discreet, frozen=True):
    """What botocore wants of an answer that was got elsewhere. Nobody took its headers."""

    shown = ("status_code",)
    status_code: int
    headers: Mapping[str, str] = MappingProxyType({})


_Answered = tuple[_Answer, dict[str, Any]]


class _Operation(Discreet, frozen=True):
    """What is the same for each of its calls. `made_up`: parameters that botocore makes up where nobody gives them.
    `lines`: of the head, as they are sent; `signed` those of them that are signed, without the host."""

    shown = ("model", "event", "made_up")
    model: Any
    event: str
    made_up: frozenset[str]
    signed: tuple[tuple[str, str], ...]
    lines: tuple[str, ...]


@dataclass(slots=True)
class Libcurl:
    """Sends one client's calls to `url`. Safe for threads: a handle, with its connection, is one caller's until it is
    put back.

    `credentials`: asked for each call, since they may be renewed meanwhile. `timeouts`: seconds to connect, and in all.
    """

    url: str
    signer: Signer
    credentials: Callable[[], Credentials | None] = field(repr=False)
    authorities: Authorities
    timeouts: tuple[float, float]
    parser: Any
    _idle: list[tuple[float, pycurl.Curl]] = field(default_factory=list, repr=False)

    def answer(self, known: _Operation, asked: bytes) -> _Answered | None:
        """Botocore's pair of answer and what was read of it. None: botocore is to ask by itself."""
        keys = self.credentials()
        if keys is None:
            return None
        curl = self._kept() or self._new()
        body: list[bytes] = []
        try:
            self._prepare(curl, known, asked, keys.get_frozen_credentials())
            curl.setopt(pycurl.WRITEFUNCTION, body.append)
            curl.perform()
            status = curl.getinfo(pycurl.RESPONSE_CODE)
        except pycurl.error as error:
            curl.close()
            _tell(known.model, curl_error=error.args[0])
            return None
        answered = self._read(status, b"".join(body), known.model)
        # The handle holds on to both.
        body.clear()
        curl.setopt(pycurl.POSTFIELDS, b"")
        self._idle.append((time.time(), curl))
        return answered

    def _kept(self) -> pycurl.Curl | None:
        """One that nobody uses. A connection that rested for long it does not use again; the handle stays, for a new
        one takes longer to connect, and five times as long where it has to read a file of authorities."""
        try:
            since, curl = self._idle.pop()
        except IndexError:
            return None
        curl.setopt(pycurl.FRESH_CONNECT, not 0 <= time.time() - since < _IDLE_SECONDS)
        return curl

    def _new(self) -> pycurl.Curl:
        """A handle with all that is the same for each call."""
        curl = pycurl.Curl()
        connect, whole = self.timeouts
        self.authorities.bind(curl)
        curl.setopt(pycurl.URL, self.url)
        curl.setopt(pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        curl.setopt(pycurl.MAXCONNECTS, 1)  # a fresh connection ends the one before
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, int(connect * 1000))
        curl.setopt(pycurl.TIMEOUT_MS, int(whole * 1000))
        curl.setopt(pycurl.NOSIGNAL, 1)  # its timeouts by signal are not for threads
        return curl

    def _prepare(self, curl: pycurl.Curl, known: _Operation, asked: bytes, keys: ReadOnlyCredentials) -> None:
        signing = self.signer.signed(self.url, known.signed, asked, keys)
        curl.setopt(pycurl.HTTPHEADER, [*known.lines, *(f"{name}: {value}" for name, value in signing.items())])
        curl.setopt(pycurl.POSTFIELDS, asked)

    def _read(self, status: int, body: bytes, model: Any) -> _Answered | None:
        """Nobody asks for the headers of what is settled; to take them would cost a turn at the interpreter a line."""
        if status == 200 and (read := plain_answer(body, quick_json.read)) is not None:
            read["ResponseMetadata"] = {"HTTPStatusCode": status, "RetryAttempts": 0}
            return _Answer(status), read
        code = _code_of(body) if status == 400 else ""
        if status == 200 or code in _SETTLED:
            read = self._parsed(status, body, model)
            read["ResponseMetadata"]["RetryAttempts"] = 0
            return _Answer(status), read
        _tell(model, status=status, code=code)
        time.sleep(random.random() * _PAUSES[status in (400, 429)])  # noqa: S311 - no secret
        return None

    def _parsed(self, status: int, body: bytes, model: Any) -> dict[str, Any]:
        """As botocore reads it; a refusal with what its kind tells besides, as the reasons of a transaction's."""
        response = {"status_code": status, "headers": {}, "body": body, "context": {}}
        read: dict[str, Any] = self.parser.parse(response, model.output_shape)
        if status != 200:
            shape = model.service_model.shape_for_error_code(read["Error"]["Code"])
            if shape is not None:
                read |= self.parser.parse(response, shape)
        return read


def _code_of(body: bytes) -> str:
    """The kind that a refusal says it is of, as a word."""
    found = _CODE.search(body)
    return found[1].decode() if found else ""


def _tell(model: Any, **facts: Any) -> None:
    line("call left to botocore", "WARNING", service=model.service_model.service_name, call=model.name, **facts)


class _Events:
    """A client's events, and whether anybody but botocore wants to be told of them. To tell nobody of a call's three
    takes 6 % of a small sync, and botocore's own listeners have nothing to say to these services."""

    def __init__(self, events: Any) -> None:
        self._events, self.are_wanted = events, False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("register"):
            self.are_wanted = True
        return getattr(self._events, name)


@dataclass(frozen=True, slots=True)
class _Calls:
    """In the place of a client's own `_make_api_call`, which walks through what it sends and puts it together anew. Who
    listens to the client is told what is asked, may answer before the call, and is told the answer; of a call that is
    left to botocore twice."""

    client: Any
    events: _Events
    libcurl: Libcurl
    by_botocore: Callable[[str, dict[str, Any]], Any]
    _known: dict[str, _Operation] = field(default_factory=dict)

    def __call__(self, operation: str, asked: dict[str, Any]) -> Any:
        """Raises ClientError."""
        known = self._known.get(operation) or self._learnt(operation)
        if not asked.keys() >= known.made_up:
            return self.by_botocore(operation, asked)
        written = quick_json.written(asked)
        if self.events.are_wanted:
            answered = self._watched(known, asked, written)
        else:
            answered = self.libcurl.answer(known, written)
        if answered is None:
            return self.by_botocore(operation, asked)
        http, read = answered
        if http.status_code >= 300:
            raise self.client.exceptions.from_code(read["Error"]["Code"])(read, operation)
        return read

    def _watched(self, known: _Operation, asked: dict[str, Any], written: bytes) -> _Answered | None:
        events, model, context = self.events, known.model, dict[str, Any]()
        events.emit(f"provide-client-params.{known.event}", params=asked, model=model, context=context)
        request = {"url": self.libcurl.url, "headers": dict(known.signed), "body": written}
        _, instead = events.emit_until_response(
            f"before-call.{known.event}", model=model, params=request, request_signer=None, context=context
        )
        answered: _Answered | None = instead or self.libcurl.answer(known, written)
        if answered is not None:
            http, read = answered
            events.emit(f"after-call.{known.event}", http_response=http, parsed=read, model=model, context=context)
        return answered

    def _learnt(self, operation: str) -> _Operation:
        meta = self.client.meta
        model = meta.service_model.operation_model(operation)
        signed = {
            "X-Amz-Target": f"{model.metadata['targetPrefix']}.{model.name}",
            "Content-Type": f"application/x-amz-json-{model.metadata['jsonVersion']}",
        }
        # The user agent may be changed on its way, so that nothing signs it. libcurl's own lines are left out.
        sent = {**signed, "Host": urlsplit(self.libcurl.url).netloc, "User-Agent": meta.config.user_agent}
        known = _Operation(
            model=model,
            event=f"{meta.service_model.service_id.hyphenize()}.{operation}",
            made_up=frozenset(model.idempotent_members),
            signed=tuple(signed.items()),
            lines=(*(f"{name}: {value}" for name, value in sent.items()), "Expect:", "Accept:"),
        )
        return self._known.setdefault(operation, known)


def go_by_libcurl(client: Any, credentials: Callable[[], Credentials | None], authorities: Authorities) -> None:
    """All of this client's calls from now on. Raises ValueError for a service that does not speak JSON."""
    service, config = client.meta.service_model, client.meta.config
    if service.resolved_protocol != "json":
        raise ValueError(f"{service.service_name} speaks {service.resolved_protocol}")
    libcurl = Libcurl(
        url=client.meta.endpoint_url.rstrip("/") + "/",
        signer=Signer(service.signing_name, client.meta.region_name),
        credentials=credentials,
        authorities=authorities,
        timeouts=(config.connect_timeout, config.read_timeout),
        parser=create_parser(service.resolved_protocol),
    )
    events = client.meta.events = _Events(client.meta.events)
    client._make_api_call = _Calls(client, events, libcurl, client._make_api_call)
