"""Request bodies of the connect routes, checked by pydantic; a wrong one is an Invalid that names each field."""

import json
import unicodedata
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from socials.errors import FieldError, Invalid, Malformed
from socials.platforms.base import InstanceOAuth, Login, Platform

# What people's devices put around a name when it is copied: directions, joiners, marks of a byte order.
_INVISIBLE = "Cf"


def _visible(text: Any) -> Any:
    """A name as it is seen. Bluesky's app, for one, copies handles between marks of direction."""
    if not isinstance(text, str):
        return text
    return "".join(char for char in text if unicodedata.category(char) != _INVISIBLE)


def _printable(text: str) -> str:
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in text):
        raise ValueError("text without control characters")
    return text


def _printable_secret(secret: SecretStr) -> SecretStr:
    _printable(secret.get_secret_value())
    return secret


Text = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_printable)]
Name = Annotated[Text, BeforeValidator(_visible)]
Secret = Annotated[
    SecretStr, BeforeValidator(_visible), Field(min_length=1, max_length=256), AfterValidator(_printable_secret)
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class NewConnection(_Body):
    """`POST /connections`: `identifier`, `app_password`, `service` for an app password; `instance` for a host."""

    platform: Annotated[Text, Field(max_length=32)]
    identifier: Name | None = None
    app_password: Secret | None = None
    service: Name | None = None
    instance: Name | None = None

    def instance_for(self, platform: Platform) -> str | None:
        """The host that the person typed, where the platform has many. Raises Invalid for any other field."""
        named = isinstance(platform.connect, InstanceOAuth)
        if named and self.instance is None:
            raise Invalid([FieldError("instance", "the address of your server, like mastodon.social")])
        others = ("identifier", "app_password", "service") + (() if named else ("instance",))
        given = [name for name in others if getattr(self, name)]
        if given:
            raise Invalid([FieldError(name, "left out: this platform asks on its own page") for name in given])
        return self.instance


class Choice(_Body):
    """`POST /connections/{connection_id}/accounts`."""

    ids: Annotated[list[Text], Field(min_length=1, max_length=100)]


Body = TypeVar("Body", bound=_Body)


def read_body(model: type[Body], text: str | None) -> Body:
    """Raises Malformed for what is no JSON, Invalid with the field and what was expected."""
    try:
        data: Any = json.loads(text or "", parse_constant=_no_number)
    except (ValueError, RecursionError):  # ValueError: also a number of thousands of digits
        raise Malformed("The body is not JSON.") from None
    if not isinstance(data, dict):
        raise Invalid([FieldError("body", "a JSON object")])
    try:
        return model.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise Invalid([FieldError(_name(each["loc"]), _expected(each)) for each in details]) from None


def _no_number(word: str) -> None:
    """NaN and its like are Python's, not JSON's."""
    raise ValueError(word)


def _name(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "body"


def _expected(error: ErrorDetails) -> str:
    """What was expected, in our own words; in pydantic's where a rule has none of ours yet."""
    words = _IN_WORDS.get(error["type"])
    return error["msg"] if words is None else words.format(**error.get("ctx", {}))


_IN_WORDS = {
    "missing": "given: it is needed",
    "extra_forbidden": "left out: there is no such field",
    "string_type": "text",
    "string_unicode": "text",
    "list_type": "a list",
    "string_too_short": "not empty",
    "too_short": "not empty",
    "string_too_long": "at most {max_length} characters",
    "too_long": "at most {max_length} long",
    "value_error": "{error}",
}


def login_of(body: NewConnection) -> Login:
    """The app password form's fields. Raises Invalid for those that are missing or belong to another way."""
    missing = [name for name in ("identifier", "app_password") if getattr(body, name) is None]
    errors = [FieldError(name, _EXPECTED[name]) for name in missing]
    if body.instance is not None:
        errors.append(FieldError("instance", "left out: this platform has none"))
    if errors or body.identifier is None or body.app_password is None:
        raise Invalid(errors)
    return Login(identifier=body.identifier, password=body.app_password.get_secret_value(), service=body.service)


_EXPECTED = {"identifier": "a handle or e-mail address", "app_password": "an app password made on the platform"}
