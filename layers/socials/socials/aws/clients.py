"""AWS clients, each made once, when it is first needed.

botocore by itself: a cold start has no use for boto3's resources. Endpoints come from `AWS_ENDPOINT_URL_*`.
"""

from functools import cached_property
from typing import Any

from botocore import __version__
from botocore.config import Config
from botocore.session import Session, get_session

from socials.aws.descriptions import without_rules
from socials.aws.plain_json import speak_plainly

# Longer than any healthy answer, shorter than what a worker or an API call can spare three times.
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=2,
    read_timeout=5,
    # Said once: botocore's own is put together from a dozen parts anew for each call, a tenth of its work.
    user_agent=f"Botocore/{__version__} postloudly-accounts",
    # As many as an invocation works on accounts at a time.
    max_pool_connections=20,
    # A third of a call's work. What we send is built in one place a noun, and tests send all of it with validation.
    parameter_validation=False,
)


class Clients:
    """One session, its clients lazily. Safe to keep for the life of a process."""

    def __init__(self, session: Session | None = None, config: Config = _CONFIG) -> None:
        self._session = without_rules(session or get_session())
        self._config = config
        self._by_libcurl = False

    def hurry(self) -> None:
        """Let the table and the secrets be called by libcurl. For functions that call much: it wants loading.

        Not the queues: a batch of messages is one call. Raises RuntimeError where one of these is made already.
        """
        if {"dynamodb", "secretsmanager"} & vars(self).keys():
            raise RuntimeError("too late: a client is made already")
        self._by_libcurl = True

    @cached_property
    def dynamodb(self) -> Any:
        client = self._make("dynamodb")
        if not self._config.parameter_validation and not self._by_libcurl:
            speak_plainly(client)
        return client

    @cached_property
    def secretsmanager(self) -> Any:
        return self._make("secretsmanager")

    @cached_property
    def sqs(self) -> Any:
        return self._make("sqs")

    def _make(self, service: str) -> Any:
        if not self._by_libcurl or service == "sqs":
            return self._session.create_client(service, config=self._config)
        from socials.authorities import authorities
        from socials.aws.by_libcurl import go_by_libcurl

        attempts = max(1, self._config.retries["total_max_attempts"] - 1)  # the one before was libcurl's
        retries = Config(retries={**self._config.retries, "total_max_attempts": attempts})
        client = self._session.create_client(service, config=self._config.merge(retries))
        trusted = authorities(self._session.get_config_variable("ca_bundle"))
        go_by_libcurl(client, self._session.get_credentials, trusted)
        return client
