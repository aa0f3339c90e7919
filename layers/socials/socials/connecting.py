"""Connecting accounts: a consent page or an app password, to one or several accounts on one grant.

The secret's name stands in the connection's row before any code is exchanged, so a crash leaves nothing that the
sweep of unclaimed connections cannot find.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from socials import ids
from socials.clock import Clock
from socials.errors import (
    Conflict,
    Fenced,
    FieldError,
    Gone,
    Invalid,
    NotFound,
    Refused,
    RetryLater,
    SocialsError,
)
from socials.joining import MAX_ACCOUNTS, Joining
from socials.models.accounts import Account
from socials.models.connections import Candidate, Connection, ConnectionProblem, ConnectionStatus
from socials.models.grants import holding
from socials.models.readings import Identity, Tokens
from socials.platforms import platform as platform_named
from socials.platforms.base import AppPassword, Code, Consent, Login, Platform
from socials.registering import Registering, callback_of, instance_in
from socials.settling import Settling
from socials.telemetry import failed
from socials.timing import CONSENT_LIVES, FUNCTION_TIMEOUT_SECONDS
from socials.values import Discreet, replace

if TYPE_CHECKING:
    from socials.ports import Accounts, Connections, Doors, Persons, Vault

# A choice must not meet the sweep of its own connection: it ends this long before, a whole request at most.
_CHOICE_TAKES = timedelta(seconds=FUNCTION_TIMEOUT_SECONDS)
_EXPIRED = "This connection has expired; connect again."
_NOT_GIVEN = "consent_expired"
# What a consent page sends where the person says no; LinkedIn has two words of its own.
_REFUSALS = frozenset({"access_denied", "user_cancelled_login", "user_cancelled_authorize"})
_OUTAGES = frozenset({"server_error", "temporarily_unavailable"})


class Leaving(Discreet, frozen=True):
    """A person about to leave for the platform's consent page; `verifier` goes into the browser's cookie."""

    shown = ("connection",)
    connection: Connection
    authorize_url: str
    verifier: str


class Returned(Struct, frozen=True):
    """Where a callback ended. `connection_id` None: the state was unknown."""

    connection_id: str | None
    outcome: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Connecting:
    accounts: Accounts
    connections: Connections
    vault: Vault
    doors: Doors
    persons: Persons
    registering: Registering
    joining: Joining
    settling: Settling
    clock: Clock

    # By consent page ------------------------------------------------------------------------------------------

    def leave(self, user: str, slug: str, redirect_uri: str, instance: str | None = None) -> Leaving:
        """Start a connection by consent page. `instance`: what the person typed, where the platform has many hosts.

        Raises Invalid `platform`, `instance`, Conflict `not_configured`, `too_many_accounts`, RetryLater.
        """
        platform = platform_named(slug)
        if isinstance(platform.connect, AppPassword):
            raise Invalid([FieldError("platform", "one that connects by its own consent page")])
        self._check_room(user)
        return self._leave(user, platform, redirect_uri, self.registering.find(platform, instance), None)

    def _leave(
        self, user: str, platform: Platform, redirect_uri: str, instance: str | None, target: Account | None
    ) -> Leaving:
        assert not isinstance(platform.connect, AppPassword)
        redirect_uri = callback_of(instance, redirect_uri)
        app = self.registering.app(platform, instance, redirect_uri)
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        connection = replace(
            self._new_connection(user, platform.slug, target),
            instance=instance,
            redirect_uri=redirect_uri,
            state_hash=ids.secret_hash(state),
            verifier_hash=ids.secret_hash(verifier),
        )
        consent = Consent(
            redirect_uri=redirect_uri,
            state=state,
            verifier=verifier,
            reconnect=target is not None,
            instance=instance,
        )
        url = self.doors.public_url(platform.connect.authorize(app, consent))
        self.connections.start(connection)
        return Leaving(connection, url, verifier)

    def reconnect(self, user: str, account_id: str, redirect_uri: str) -> Leaving:
        """Start again for one account. Raises NotFound, Conflict `disconnecting` or `app_password`."""
        account = self.accounts.get(user, account_id)
        if account is None:
            raise NotFound("No such account.")
        if account.disconnecting:
            raise Conflict("The account is being disconnected.", code="disconnecting")
        platform = platform_named(account.platform)
        if isinstance(platform.connect, AppPassword):
            raise Conflict("Connect it again with a new app password.", code="app_password_needed")
        return self._leave(user, platform, redirect_uri, account.instance, account)

    def come_back(
        self,
        state: str,
        cookies: dict[str, str],
        code: str | None,
        refusal: str | None,
        instance: str | None = None,
    ) -> Returned:
        """What a callback brings. The state is single use and bound to the browser by its cookie. `instance`: whose
        callback it came to. Never raises for what a caller or a platform did: the outcome names the error."""
        taken = self.connections.take_state(ids.secret_hash(state), self.clock())
        if taken is None:
            return Returned(None, "failed", "unknown_state")
        connection = self.connections.get(*taken)
        if connection is None or connection.status is not ConnectionStatus.PENDING:
            return Returned(None, "failed", "unknown_state")
        verifier = cookies.get(f"connect_{connection.connection_id}", "")
        if not secrets.compare_digest(ids.secret_hash(verifier), connection.verifier_hash or ""):
            return self._fail(
                connection, "foreign_state", "The answer came to another browser than the one that asked."
            )
        if refusal is not None or not code:
            return self._fail(connection, *_why_there_is_no_code(refusal))
        if instance != instance_in(connection.redirect_uri or ""):
            return self._fail(connection, "foreign_answer", "The answer came from somebody else than was asked.")
        return self._exchange(connection, code, verifier)

    def _exchange(self, connection: Connection, code: str, verifier: str) -> Returned:
        platform = platform_named(connection.platform)
        assert connection.redirect_uri is not None
        host, redirect_uri = connection.instance, connection.redirect_uri
        proof = Code(code=code, redirect_uri=redirect_uri, verifier=verifier, instance=host)
        try:
            tokens, candidates = self._given(platform, connection, proof)
            connection = replace(connection, scopes=tokens.scopes, person=ids.person_of(platform.slug, tokens.extra))
            return self._settle(connection, candidates)
        except SocialsError as error:
            if error.code == "app_unknown":
                self.registering.forget(platform, host, redirect_uri)
            self.settling.drop(platform, connection.user, connection.grant_id)
            return self._fail(connection, _connect_code(error), str(error))

    def _given(self, platform: Platform, connection: Connection, proof: Code) -> tuple[Tokens, Sequence[Candidate]]:
        """What the consent gave, kept. Whatever goes wrong up to here, nobody lives on it yet and it can be dropped; an
        error of the join may hide that it was done."""
        assert not isinstance(platform.connect, AppPassword)
        try:
            app = self.registering.app(platform, proof.instance, proof.redirect_uri)
            tokens = platform.connect.exchange(self.doors.open(platform, None), app, proof)
            # One that says nothing of scopes gave what was asked for (RFC 6749, 5.1).
            tokens = replace(tokens, scopes=tokens.scopes or platform.facts.asked_scopes)
            signed = self.registering.signed(tokens, proof.instance, proof.redirect_uri)
            return tokens, self._keep(platform, connection, signed)
        except SocialsError:
            raise
        except Exception as error:
            failed("connecting failed", error)
            message = "Something went wrong on our side; please connect again."
            raise SocialsError(message, code="internal_error") from error

    def _settle(self, connection: Connection, candidates: Sequence[Candidate]) -> Returned:
        """One identity finishes by itself; several, or another than the one to reconnect, are the person's choice."""
        problem = self._mismatch(connection, candidates)
        if problem is None and connection.target is not None:
            candidates = [each for each in candidates if each.account_id == connection.target]
        if problem is None and len(candidates) == 1:
            self.joining.join(connection, candidates)
            return Returned(connection.connection_id, "done")
        choose = replace(connection, status=ConnectionStatus.CHOOSE, candidates=tuple(candidates), error=problem)
        self.connections.save(choose)
        return Returned(connection.connection_id, "choose", problem.code if problem else None)

    def _mismatch(self, connection: Connection, candidates: Sequence[Candidate]) -> ConnectionProblem | None:
        if connection.target is None or connection.target in {each.account_id for each in candidates}:
            return None
        expected = self.accounts.get(connection.user, connection.target)
        got = ", ".join(each.identity.username for each in candidates)
        handle = expected.username if expected else ""
        message = f"Access was given for {got}, not for {handle}."
        return ConnectionProblem("identity_mismatch", message, expected=handle, got=got)

    def _fail(self, connection: Connection, code: str, message: str) -> Returned:
        """The connection stays, failed, for its page to read, until it is swept."""
        failed = replace(connection, status=ConnectionStatus.FAILED, error=ConnectionProblem(code, message))
        with suppress(Fenced):  # swept meanwhile
            self.connections.save(failed)
        return Returned(connection.connection_id, "failed", code)

    # By app password ------------------------------------------------------------------------------------------

    def log_in(self, user: str, slug: str, login: Login) -> tuple[Connection, list[Account]]:
        """Connect with an app password at once. Where it fails, nothing stays stored; what the platform, being away,
        did not revoke is swept.

        Raises Invalid `credentials_refused` or `main_password_refused`, RetryLater where the platform is away.
        """
        platform = platform_named(slug)
        if not isinstance(platform.connect, AppPassword):
            raise Invalid([FieldError("platform", "one that connects by app password, for these fields")])
        self._check_room(user)
        connection = self._new_connection(user, slug)
        self.connections.start(connection)
        try:
            tokens = platform.connect.log_in(self.doors.open(platform, None), login)
            candidates = self._keep(platform, connection, tokens)
            connection = replace(connection, scopes=tokens.scopes, person=ids.person_of(platform.slug, tokens.extra))
            return connection, self.joining.join(connection, candidates[:1])
        except SocialsError as error:
            if self.settling.drop(platform, connection.user, connection.grant_id):  # else the sweep comes back to it
                self.connections.delete(user, connection.connection_id)
            if isinstance(error, Refused):
                raise Invalid([FieldError("app_password", str(error))], code=error.code) from error
            raise

    # Choosing and looking -------------------------------------------------------------------------------------

    def look(self, user: str, connection_id: str) -> tuple[Connection, list[Account]]:
        """The connection and the user's accounts that it names. Raises NotFound."""
        connection = self.connections.get(user, connection_id)
        if connection is None:
            raise NotFound("No such connection.")
        if connection.status is ConnectionStatus.PENDING and connection.expires_at <= self.clock():
            expired = ConnectionProblem(_NOT_GIVEN, "Access was not given in time; connect again.")
            connection = replace(connection, status=ConnectionStatus.FAILED, error=expired)
        if connection.status is ConnectionStatus.CHOOSE and self._is_too_late(connection):
            expired = ConnectionProblem("connection_expired", _EXPIRED)
            connection = replace(connection, status=ConnectionStatus.FAILED, error=expired, candidates=())
        named = {*connection.account_ids, *(each.account_id for each in connection.candidates)}
        accounts = [row for row in self.accounts.list(user) if row.account_id in named] if named else []
        return connection, accounts

    def choose(self, user: str, connection_id: str, account_ids: Sequence[str]) -> list[Account]:
        """Connect the chosen candidates. Repeating it answers the same. Raises NotFound, Gone, Invalid `ids`,
        Conflict where there is nothing to choose."""
        connection, accounts = self.look(user, connection_id)
        if connection.status is ConnectionStatus.DONE:
            done = [row for row in accounts if row.account_id in connection.account_ids]
            _check_known(account_ids, connection.account_ids)
            return done
        if self._is_too_late(connection) or (connection.error and connection.error.code == _NOT_GIVEN):
            raise Gone(_EXPIRED, code="connection_expired")
        if connection.status is not ConnectionStatus.CHOOSE:
            raise Conflict("There is nothing to choose.", code="nothing_to_choose")
        _check_known(account_ids, [each.account_id for each in connection.candidates])
        chosen = [each for each in connection.candidates if each.account_id in set(account_ids)]
        return self.joining.join(connection, chosen)

    def _is_too_late(self, connection: Connection) -> bool:
        """A choice that is made now might meet the sweep."""
        return connection.over_at(self.clock() + _CHOICE_TAKES)

    # ----------------------------------------------------------------------------------------------------------

    def _keep(self, platform: Platform, connection: Connection, tokens: Tokens) -> tuple[Candidate, ...]:
        """Store the tokens first, count them among the person's, and only then ask whom they act for: tokens that a
        revoke cut off in between do not answer."""
        self._store(platform, connection, tokens)
        person, me = ids.person_of(platform.slug, tokens.extra), holding(connection.user, connection.grant_id)
        if person is None and platform.facts.revokes == "person":
            # Counted among nobody's grants, it would be cut off by the revoke of another one of the same person.
            raise RetryLater("The platform did not say whose access this is; please try again.", code="person_unknown")
        if person and not self.persons.join(platform.slug, person, me, self.clock()):
            raise Conflict("This access is being ended just now; try again in a minute.", code="busy")
        identities: Sequence[Identity] = platform.identify(self.doors.open(platform, None), tokens)
        return self.joining.candidates(connection.user, connection.platform, identities)

    def _store(self, platform: Platform, connection: Connection, tokens: Tokens) -> None:
        try:
            self.vault.create(connection.user, connection.grant_id, tokens)
        except Exception:
            self.settling.revoke_unkept(platform, connection.user, connection.grant_id, tokens)
            raise

    def _new_connection(self, user: str, slug: str, target: Account | None = None) -> Connection:
        now = self.clock()
        return Connection(
            user=user,
            connection_id=ids.random_id("con"),
            platform=slug,
            status=ConnectionStatus.PENDING,
            grant_id=ids.random_id("grant"),
            created_at=now,
            expires_at=now + CONSENT_LIVES,
            target=target.account_id if target else None,
        )

    def _check_room(self, user: str) -> None:
        if len(self.accounts.list(user)) >= MAX_ACCOUNTS:
            raise Conflict(f"At most {MAX_ACCOUNTS} accounts can be connected.", code="too_many_accounts")


def _check_known(asked: Sequence[str], known: Sequence[str]) -> None:
    unknown = [each for each in asked if each not in known]
    if unknown or not asked:
        raise Invalid([FieldError("ids", "one or more of the connection's candidates")], code="unknown_candidate")


def _why_there_is_no_code(refusal: str | None) -> tuple[str, str]:
    """Code and words for what a consent page sent instead of a code (RFC 6749, 4.1.2.1)."""
    if refusal in _OUTAGES:
        return "platform_unavailable", "The platform has a problem of its own."
    if not refusal or refusal in _REFUSALS:
        return "access_denied", "Access was not given on the platform."
    return "platform_refused", "The platform refused before it asked for consent."


def _connect_code(error: SocialsError) -> str:
    """The code that the page gets: ours for an outage, else the error's own."""
    if isinstance(error, RetryLater):
        return "platform_unavailable"
    return error.code
