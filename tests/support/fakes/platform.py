"""A small platform of our own: its calls are named, what they answer is laid out with `FakeDoors.script`.

An answer's `json` is the model itself (`Portion`, `Tokens`, identities): the mappings of real platforms have tests of
their own.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from socials.errors import AccessRefused, ReconnectNeeded
from socials.models.parts import Part
from socials.models.readings import Identity, Portion, Tokens
from socials.platforms.base import (
    Answer,
    App,
    AppPassword,
    Client,
    Code,
    Consent,
    InstanceOAuth,
    Login,
    OAuth,
    Platform,
    Request,
    Session,
    Step,
)
from socials.platforms.facts import Facts, RevocationHelp
from tests.support.changing import replace

URL = "https://scripted.example/"

FACTS = Facts(
    slug="scripted",
    name="Scripted",
    connect="oauth",
    metrics=frozenset({"followers", "likes"}),
    revokes="token",
    revocation=RevocationHelp(url=URL + "settings", steps=("Open settings.",), checked_on="2026-11-22"),
    needs_app=False,
    needed_scopes=("read",),
    publish_scopes=("write",),
    part_scopes={Part.PROFILE: frozenset({"read"}), Part.POSTS: frozenset({"read", "posts"})},
)


def _ask(client: Client, call: str, **more: Any) -> Any:
    return client.call(Request(call=call, method="POST", url=URL + call, **more)).json


def _step(part: Part) -> Step:
    def step(client: Client, session: Session, cursor: str | None) -> Portion:
        portion: Portion = _ask(client, part, query=(("cursor", cursor or ""),), bearer=session.tokens.access)
        return portion

    return step


def _authorize(app: App, consent: Consent) -> str:
    return f"{URL}consent?state={consent.state}&client_id={app.client_id}"


def _find(_client: Client, typed: str) -> str:
    return typed


def _register(_client: Client, host: str, redirect_uri: str) -> App:
    return App(f"client of {redirect_uri}", f"secret of {host}")


def _exchange(client: Client, app: App, code: Code) -> Tokens:
    tokens: Tokens = _ask(client, "exchange", form={"code": code.code, "verifier": code.verifier})
    return tokens


def _log_in(client: Client, login: Login) -> Tokens:
    tokens: Tokens = _ask(client, "log_in", form={"identifier": login.identifier, "password": login.password})
    return tokens


def _identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    identities: tuple[Identity, ...] = _ask(client, "identify", bearer=tokens.access)
    return identities


def _refresh(client: Client, app: App | None, tokens: Tokens) -> Tokens:
    fresh: Tokens = _ask(client, "refresh", form={"refresh_token": tokens.refresh or ""})
    return fresh


def _revoke(client: Client, app: App | None, tokens: Tokens) -> None:
    _ask(client, "revoke", form={"token": tokens.access})


def scripted(
    slug: str = "scripted",
    *,
    app_password: bool = False,
    hosts: bool = False,
    parts: tuple[Part, ...] = tuple(Part),
    refreshes: bool = True,
    revokes: bool = True,
    revoke_ends: str = "token",
    **facts: Any,
) -> Platform:
    """The platform, without what is switched off. `hosts`: a person names one of many."""
    by_consent = InstanceOAuth(_find, _register, _authorize, _exchange) if hosts else OAuth(_authorize, _exchange)
    way = "app_password" if app_password else "instance_oauth" if hosts else "oauth"
    return Platform(
        facts=replace(FACTS, slug=slug, connect=way, revokes=revoke_ends, **facts),
        connect=AppPassword(_log_in) if app_password else by_consent,
        identify=_identify,
        refresh=_refresh if refreshes else None,
        revoke=_revoke if revokes else None,
        parts={part: _step(part) for part in parts},
        explain=_explain,
    )


def _explain(_call: str, _answer: Answer) -> None:
    return None


class RotatingTokens:
    """A token server that rotates: every refresh token works once, the pair before it is dead at once."""

    def __init__(self, clock: Callable[[], datetime], lives: timedelta = timedelta(hours=1), **more: Any) -> None:
        self.number = 1
        self._clock, self._lives, self._more = clock, lives, more
        self.revoked = False
        self.seen: list[str] = []

    def pair(self) -> Tokens:
        return Tokens(
            access=f"access-{self.number}",
            access_expires_at=self._clock() + self._lives,
            **{"refresh": f"refresh-{self.number}", "scopes": ("read", "posts", "write"), **self._more},
        )

    def refresh(self, request: Request) -> Answer:
        form: Mapping[str, str] = request.form or {}
        self.seen.append(form["refresh_token"])
        if self.revoked or form["refresh_token"] != f"refresh-{self.number}":
            raise ReconnectNeeded("The platform no longer accepts our access.", code="token_revoked")
        self.number += 1
        return self._answer(self.pair())

    def guarding(self, answer: Any) -> Callable[[Request], Answer]:
        """The answer for whoever brings the living access token, AccessRefused for everybody else."""

        def reply(request: Request) -> Answer:
            if self.revoked or request.bearer != f"access-{self.number}":
                raise AccessRefused("The platform did not accept the access token.")
            return self._answer(answer)

        return reply

    def revoke(self, request: Request) -> Answer:
        self.revoked = True
        return self._answer(None)

    def _answer(self, json: Any) -> Answer:
        return Answer(status=200, headers={}, json=json, received_at=self._clock())
