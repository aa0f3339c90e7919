"""What botocore reads of AWS's services, without their endpoint rules.

With the rules it works out for each call where the service is, though that never changes; without them it takes the
address from its list of endpoints once, when a client is made. Both say the same: a test asks for every region.
"""

from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.session import Session

_RULES = "endpoint-rule-set-1"


def without_rules(session: Session) -> Session:
    """The same session, whose clients know their address."""
    session.register_component("data_loader", _WithoutRules(session.get_component("data_loader")))
    return session


class _WithoutRules:
    """botocore's loader; rules it does not find, as where a service has none."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        if type_name == _RULES:
            raise UnknownServiceError(service_name=service_name, known_service_names="")
        return self._inner.load_service_model(service_name, type_name, api_version)
