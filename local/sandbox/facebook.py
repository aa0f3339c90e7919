"""Facebook Pages by the Graph API: consent, the person's tokens, their Pages with tokens of their own, revoking.

Fields are those of Meta's node specs (facebook-business-sdk-codegen @ ad2b0b6f). What Pages show: `facebook_pages.py`.
"""

from collections.abc import Mapping
from typing import Any

from flask import g, request

from local.sandbox import consent, graph
from local.sandbox.chance import digits, letters
from local.sandbox.doorway import Refusal
from local.sandbox.facebook_pages import PAGE, Pages, page_id, pages_of, username
from local.sandbox.faults import WIRE_KINDS, Ground
from local.sandbox.graph_tokens import LONG, SHORT
from local.sandbox.opened import Opened
from local.sandbox.people import Person
from local.sandbox.routes import Routes
from local.sandbox.state import Sandbox
from local.sandbox.tokens import Consent

SLUG = "facebook"
NAME = "Facebook"
ORIGINS = {"https://www.facebook.com": "/facebook/www", "https://graph.facebook.com": "/facebook/graph"}
CREDENTIALS = {"client_id": "1490501700000033", "client_secret": letters(32, SLUG, "client secret")}
SHOW_LIST, ENGAGEMENT, INSIGHTS = "pages_show_list", "pages_read_engagement", "read_insights"
SCOPES = (
    SHOW_LIST,
    ENGAGEMENT,
    INSIGHTS,
    "business_management",
    "pages_manage_posts",
    "pages_read_user_content",
    "pages_manage_engagement",
    "public_profile",
)
CALLS = tuple("authorize page token me permissions revoke accounts node published_posts insights unknown".split())
_APP = consent.App(NAME, CREDENTIALS["client_id"], SCOPES, separators=",", accept="Continue", optional=SCOPES[2:])


class Facebook(graph.Graph):
    slug, name = SLUG, NAME
    use_case, limit_code, droppable = "pages", 80001, INSIGHTS

    def code_refused(self) -> Refusal:
        return graph.refusal(100, "This authorization code has been used.", subcode=36009)

    def token(self) -> Mapping[str, Any]:
        """Both the exchange of a code and that of a short token, by GET or by a form."""
        if graph.given("grant_type") != "fb_exchange_token":
            short = self.tokens.short(self.redeemed())
            return {"access_token": short, "token_type": "bearer", "expires_in": int(SHORT.total_seconds())}
        token = graph.given("fb_exchange_token")
        held = self.tokens.of_access(token)
        if not self.is_ours(graph.given("client_id")):
            raise graph.refusal(1, "Error validating client secret.")
        if held is None:
            raise self.dead_token(token)
        answer = {"access_token": self.tokens.long(held), "token_type": "bearer"}
        return answer | {"expires_in": int(LONG.total_seconds())}

    def me(self) -> Mapping[str, Any]:
        person = self._user()
        asked = graph.fields("User", ("id", "name"), "id,name")
        shown = {"id": user_id(person), "name": person.name}
        return {**{name: shown[name] for name in asked}, "id": shown["id"]}

    def permissions(self) -> Mapping[str, Any]:
        self._user()
        held = self._held()
        rows = [(scope, "granted" if scope in held.scopes else "declined") for scope in SCOPES[:5]]
        return {"data": [{"permission": scope, "status": status} for scope, status in rows]}

    def revoke(self, user: str) -> Mapping[str, Any]:
        """Removes the app from the person: all of their tokens die, their Pages' too."""
        person = self._user()
        if user not in ("me", user_id(person)):
            self.unknown()
        if request.args.get("permission"):
            raise graph.refusal(100, "(#100) The sandbox takes back all permissions or none")
        self.tokens.revoke(person.key)
        return {"success": True}

    def accounts(self) -> Mapping[str, Any]:
        person, held = self._user(), self._held()
        asked = graph.fields("Page", {*PAGE, "tasks"}, "id,name,access_token")
        listed = pages_of(person) if SHOW_LIST in held.scopes else []
        shown = Pages(self._sandbox, self).shown
        return graph.listing(listed, page_id, lambda page: {**shown(page, asked), **self._power(held, page, asked)})

    def _power(self, held: Consent, page: Person, asked: Mapping[str, str]) -> dict[str, Any]:
        power: dict[str, Any] = {"tasks": ["ANALYZE", "CREATE_CONTENT", "MANAGE"]}
        if "access_token" in asked:
            power["access_token"] = self.tokens.page(held, page.key)
        return {name: value for name, value in power.items() if name in asked}

    def _user(self) -> Person:
        """Whose own token came along; a Page's does not do."""
        person = self.reader()
        if self.tokens.page_of(graph.bearer()) is not None:
            raise graph.refusal(210, "(#210) A user access token is required to request this resource.", status=403)
        return person

    def _held(self) -> Consent:
        held = self.tokens.of_access(graph.bearer())
        assert held is not None
        return held

    def page_of(self, node: str) -> Person:
        """The Page that the token is of. Raises `Refusal` for a person's token, and for another Page's."""
        person = self.reader(ENGAGEMENT)
        key = self.tokens.page_of(graph.bearer())
        if key is None:
            raise graph.refusal(190, "This method must be called with a Page Access Token")
        page = next(page for page in pages_of(person) if page.key == key)
        if node.partition("_")[0] not in ("me", page_id(page)):
            raise graph.refusal(100, "Unsupported get request. Object cannot be loaded.", subcode=33)
        g.person = person.key
        return page


def user_id(person: Person) -> str:
    return f"1022{digits(13, SLUG, person.key)}"


def open_platform(sandbox: Sandbox) -> Opened:
    platform = Facebook(sandbox, _APP, CREDENTIALS["client_secret"], "EAAB")
    pages = Pages(sandbox, platform)
    route = Routes(sandbox, platform)
    route("authorize", "/www/v25.0/dialog/oauth", platform.ask)
    route("authorize", "/www/v25.0/dialog/oauth", platform.decide, "POST")
    route("page", "/www/", platform.page)
    route("page", "/www/<path:anything>", platform.page)
    route("token", "/graph/v25.0/oauth/access_token", platform.token, "GET", "POST")
    route("me", "/graph/v25.0/me", platform.me)
    route("permissions", "/graph/v25.0/me/permissions", platform.permissions)
    route("revoke", "/graph/v25.0/<user>/permissions", platform.revoke, "DELETE")
    route("accounts", "/graph/v25.0/me/accounts", platform.accounts)
    route("published_posts", "/graph/v25.0/<page>/published_posts", pages.published_posts)
    route("insights", "/graph/v25.0/<node>/insights", pages.insights)
    route("node", "/graph/v25.0/<node>", pages.node)
    route("unknown", "/graph/<path:anything>", platform.unknown, "GET", "POST", "PUT", "PATCH", "DELETE")

    return Opened(
        SLUG,
        NAME,
        route.blueprint,
        Ground(WIRE_KINDS | graph.kinds(platform.limit_code, platform.use_case), CALLS, SCOPES),
        lambda person: {
            "username": username(person),
            "pages": [page_id(page) for page in pages_of(person)],
            "connected": platform.tokens.connected(person.key),
        },
        lambda person: {"revoked": platform.tokens.revoke(person.key)},
    )
