"""Secrets in memory."""

from threading import RLock

from socials.errors import NoSecret
from socials.models.grants import Sealed
from socials.models.readings import Tokens
from socials.platforms.base import App


class FakeVault:
    """`secrets`: what rests under each grant_id; tests may look and put directly. `slow`: what is destroyed still
    answers, until `deletions_end`."""

    def __init__(self) -> None:
        self.secrets: dict[str, Sealed] = {}
        self._users: dict[str, str] = {}
        self._lock = RLock()
        self.slow = False
        self._leaving: set[str] = set()

    def create(self, user: str, grant_id: str, tokens: Tokens) -> Sealed:
        with self._lock:
            if grant_id in self._users:
                raise ValueError("a grant's name is never used again")
            self._users[grant_id] = user
            self.secrets[grant_id] = Sealed(1, tokens)
            return self.secrets[grant_id]

    def read(self, user: str, grant_id: str) -> Sealed:
        if not self.answers(user, grant_id):
            raise NoSecret
        return self.secrets[grant_id]

    def store(self, user: str, grant_id: str, tokens: Tokens, after: int) -> Sealed:
        with self._lock:
            if self.read(user, grant_id).version <= after:
                self.secrets[grant_id] = Sealed(after + 1, tokens)
            return self.secrets[grant_id]

    def destroy(self, user: str, grant_id: str) -> None:
        with self._lock:
            if self._users.get(grant_id, user) != user:
                return
            if self.slow:
                self._leaving.add(grant_id)
            else:
                self.secrets.pop(grant_id, None)

    def deletions_end(self) -> None:
        self.slow = False
        for grant_id in self._leaving:
            self.secrets.pop(grant_id, None)

    def answers(self, user: str, grant_id: str) -> bool:
        return grant_id in self.secrets and self._users.get(grant_id, user) == user


class FakeApps:
    """`apps`: by slug; `kept`: by slug and registration."""

    def __init__(self) -> None:
        self.apps: dict[str, App] = {"pinterest": App("client-id", "client-secret")}
        self.kept: dict[tuple[str, str], App] = {}

    def get(self, slug: str, registration: str | None = None) -> App | None:
        return self.kept.get((slug, registration)) if registration else self.apps.get(slug)

    def keep(self, slug: str, registration: str, app: App) -> App:
        return self.kept.setdefault((slug, registration), app)

    def forget(self, slug: str, registration: str) -> None:
        self.kept.pop((slug, registration), None)
