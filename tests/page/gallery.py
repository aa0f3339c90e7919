"""Accounts as the API answers them, laid over a page's API: as many as one likes, and what the real stack never has."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

Json = dict[str, Any]
PEOPLE = (
    ("instagram", "Ada's Loom", "adas.loom", 48_210),
    ("youtube", "Bruno Bakes", "brunobakes", 1_284_000),
    ("bluesky", "Noor Ceramics", "noor.ceramics", None),
    ("pinterest", "Zora New", "zora_new", 0),
    ("mastodon", "سلمى الخطيب 🌻", "salma@social.example", 7_310),
    ("linkedin", "Kästner & Söhne, Werkstätten für Möbel seit 1887", "kaestner-soehne", 902),
    ("facebook", "Little Gallery", "littlegallery", 15_400),
    ("threads", "Ada's Loom", "adas.loom", 8_120),
    ("x", "Pia Keller", "pia_keller", 64),
    ("tiktok", "Bread Every Morning", "bread.every.morning", 310_557),
)


def an_hour(hours: float) -> str:
    """The time so many hours from now."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds").replace("+00:00", "Z")


def a_day(ago: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=ago)).isoformat()


def followers(number: int, count: int) -> list[Json]:
    """Thirty days that end today, with a gap of four, the last one provisional."""
    known = [ago for ago in range(29, -1, -1) if not 11 <= ago <= 14]
    wave = [round(count * (1 - ago / 400) + (ago * (number + 3) * 7 % 11) * count / 3000) for ago in known]
    return [{"date": a_day(ago), "n": n, "provisional": ago == 0} for ago, n in zip(known, wave, strict=True)]


def an_account(number: int, **changes: Any) -> Json:
    """The account of that number; `changes` replace fields."""
    platform, name, username, count = PEOPLE[number % len(PEOPLE)]
    more = number // len(PEOPLE)
    return {
        "account_id": f"acc_{number:04}",
        "platform": platform,
        "username": f"{username}{more or ''}",
        "display_name": f"{name} {more}" if more else name,
        "avatar_url": None,
        "profile_url": f"https://{platform}.example/{username}",
        "follower_count": count,
        "follower_change_7d": None if count is None else round(count / 120) - 5 * (count == 64),
        "followers_30d": followers(number, count) if count else [],
        "status": "connected",
        "status_reason": reason("ok", "Up to date.", "none"),
        "last_synced_at": an_hour(-3 - number % 9),
        "next_sync_at": an_hour(5 + number % 9),
        "current_run": None,
        "can_publish": True,
        "can_read_metrics": True,
        "missing_scopes": [],
        "reconnect_by": None,
        "connected_at": f"2026-0{1 + number % 9}-{10 + number % 18}T08:00:00Z",
    } | changes


def a_run(number: int, state: str) -> Json:
    """A sync by hand of the account of that number, all of whose parts are in that state."""
    parts = {
        name: {"state": state, "done": 0, "total": None, "error": None} for name in ("profile", "insights", "posts")
    }
    began = {"queued_at": an_hour(-0.01), "started_at": an_hour(-0.01)}
    ended = {"finished_at": None if state in ("queued", "running", "waiting") else an_hour(0)}
    more = {"account_id": f"acc_{number:04}", "trigger": "manual", "state": state, "parts": parts}
    return {"run_id": f"run_{number:04}"} | more | began | ended


def a_post(number: int) -> Json:
    """The newest has number 0."""
    metrics = dict.fromkeys(("impressions", "reach", "likes", "comments", "saves", "shares", "clicks", "views"), number)
    times = {"published_at": an_hour(-number), "updated_at": an_hour(-1)}
    told = {"permalink": None, "title": f"Post {number}", "media_type": None}
    return {"post_id": f"post_{number}", "metrics": metrics} | told | times


def a_month() -> Json:
    """Metrics of thirty days, every one of them known."""
    names = ("followers", "views", "impressions", "reach", "likes", "comments", "saves", "shares", "clicks")
    days = [{"date": a_day(ago), "provisional": ago == 0} | dict.fromkeys(names, 40 - ago) for ago in range(29, -1, -1)]
    return {"days": days, "growth": {"followers": None}}


def a_connection(status: str, **changes: Any) -> Json:
    """One by way of Instagram; `candidates` where there is a choice, `accounts` where it is done."""
    nothing: Json = {"error": None, "candidates": [], "accounts": []}
    return {"connection_id": "con_1", "platform": "instagram", "status": status} | nothing | changes


def a_candidate(number: int, connected: bool = False) -> Json:
    """An identity that a consent offers."""
    name = {"username": f"page{number}", "display_name": f"Page {number}", "avatar_url": None}
    return {"id": f"acc_page{number}", **name, "connected": connected}


def a_preview(**changes: Any) -> Json:
    """What a disconnect would take along."""
    counts = {"snapshots": 30, "posts": 12, "runs": 4, "events": 2}
    return {**counts, "first_day": a_day(29), "revokes": "person", "shares_with": []} | changes


def a_receipt(number: int, **changes: Any) -> Json:
    """That of a disconnect of the account of that number, done."""
    steps = ["Open Settings on the platform.", "Choose Remove. This ends the access to all of your Pages at once."]
    deleted = {"snapshots": 30, "posts": 12, "runs": 4, "events": 2, "secrets": 0}
    times = {"requested_at": an_hour(-0.01), "finished_at": an_hour(0), "backups_until": an_hour(168)}
    return {
        "receipt_id": f"acc_{number:04}.01KBX",
        "account_id": f"acc_{number:04}",
        "platform": PEOPLE[number % len(PEOPLE)][0],
        "state": "done",
        "platform_revocation": "not_offered",
        "deleted": deleted,
        "revocation": {"url": "https://platform.example/settings", "steps": steps},
        **times,
    } | changes


def reason(code: str, message: str, action: str, attempt: str | None = None) -> Json:
    return {"code": code, "message": message, "since": an_hour(-20), "action": action, "next_attempt_at": attempt}


def waiting(number: int, hours: float) -> Json:
    """The account of that number, whose platform asked us to wait so many hours."""
    why = reason("rate_limited", "Asked to wait.", "wait", an_hour(hours))
    return an_account(number, current_run=a_run(number, "waiting"), status_reason=why)


def with_nulls() -> Json:
    """An account of which nothing is known but that it is there."""
    unknown = dict.fromkeys(("username", "display_name", "avatar_url", "profile_url", "follower_count"))
    since = {"follower_change_7d": None, "followers_30d": [], "last_synced_at": None, "next_sync_at": None}
    why = {"code": "never_synced", "message": None, "since": None, "action": None, "next_attempt_at": None}
    return an_account(3, **unknown, **since, account_id="acc_null", status="needs_sync", status_reason=why)


def lay_over(page: Page, accounts: list[Json]) -> None:
    """From now on the page's API knows these accounts and can export them; other calls go through."""
    known = {account["account_id"]: account for account in accounts}

    def the_list(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        start = int(query.get("cursor", ["0"])[0])
        end = start + int(query["limit"][0])
        counts = dict.fromkeys(("connected", "needs_sync", "connection_error", "disconnecting"), 0)
        for account in accounts:
            counts[account["status"]] += 1
        cursor = str(end) if end < len(accounts) else None
        route.fulfill(json={"accounts": accounts[start:end], "next_cursor": cursor, "counts": counts})

    def one(route: Route) -> None:
        url = urlsplit(route.request.url)
        account_id, _, what = url.path.removeprefix("/accounts/").partition("/")
        if account_id not in known:
            route.fulfill(status=404, json={"code": "not_found", "detail": "No such account."})
            return
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if what == "export":
            route.fulfill(**an_export(known[account_id], query))
        elif not what:
            route.fulfill(json=known[account_id])
        else:
            route.fallback()

    page.route("**/accounts?**", the_list)
    page.route("**/accounts/*", one)
    page.route("**/accounts/*/**", one)


def lay_over_past(page: Page, what: str, items: list[Json], limit: int) -> None:
    """From now on every account has these posts, runs or events, so many a page."""

    def a_page(route: Route) -> None:
        start = int(parse_qs(urlsplit(route.request.url).query).get("cursor", ["0"])[0])
        end = start + limit
        route.fulfill(json={what: items[start:end], "next_cursor": str(end) if end < len(items) else None})

    page.route(f"**/accounts/*/{what}?**", a_page)


def hold(page: Page, url: str) -> list[Route]:
    """The calls to this address from now on, which wait until they are answered."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(url, keep)
    return held


def lay_over_a_disconnect(page: Page, number: int, preview: Json, receipt: Json) -> None:
    """From now on a disconnect of the account of that number is foretold, and ends, like this."""

    def one(route: Route) -> None:
        if route.request.method == "DELETE":
            route.fulfill(json=receipt)
        else:
            route.fallback()

    page.route(f"**/accounts/acc_{number:04}/disconnect-preview", lambda route: route.fulfill(json=preview))
    page.route(f"**/accounts/acc_{number:04}", one)


def an_export(account: Json, query: dict[str, str]) -> Json:
    """Two pages; the first names the second in its header Link."""
    second = "cursor" in query
    link = f'</accounts/{account["account_id"]}/export?format={query["format"]}&cursor=2>; rel="next"'
    csv = "post,2026-11-02,7\n" if second else "kind,date,value\nday,2026-11-01,5\n"
    line = json.dumps({"kind": "post" if second else "day"}) + "\n"
    body = csv if query["format"] == "csv" else line
    return {"body": body, "headers": {} if second else {"link": link}}
