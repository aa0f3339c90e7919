"""Accounts in every condition, as the API answers them, laid over a page's API: for pictures, and for 500 at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

Json = dict[str, Any]
# How many of each there are to a thousand followers.
METRICS = {"impressions": 310, "reach": 190, "likes": 34, "comments": 5}
METRICS |= {"saves": 9, "shares": 4, "clicks": 12, "views": 260}
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


def reason(code: str, message: str, action: str, attempt: str | None = None) -> Json:
    return {"code": code, "message": message, "since": an_hour(-20), "action": action, "next_attempt_at": attempt}


def a_run(account_id: str, state: str, number: int = 1, **parts: Json) -> Json:
    ended = state in ("succeeded", "partial", "failed")
    usual = {"state": "succeeded" if ended else "queued", "done": 1 if ended else 0, "total": None, "error": None}
    return {
        "run_id": f"run_{number:04}",
        "account_id": account_id,
        "trigger": "daily",
        "state": state,
        "parts": {name: parts.get(name, usual) for name in ("profile", "insights", "posts")},
        "queued_at": an_hour(-24 * number),
        "started_at": an_hour(-24 * number),
        "finished_at": an_hour(-24 * number) if ended else None,
    }


def every_condition() -> list[Json]:
    """One account of each platform, in each condition that an account can be in."""
    posts = {"state": "running", "done": 40, "total": 120, "error": None}
    revoked = reason("token_revoked", "The access was taken back on YouTube.", "reconnect")
    overdue = reason("sync_overdue", "No successful sync for more than a day.", "sync")
    waiting = reason("rate_limited", "Facebook asked us to slow down.", "wait", an_hour(0.6))
    return [
        an_account(0),
        an_account(1, status="connection_error", status_reason=revoked, can_publish=False, next_sync_at=None),
        an_account(2, status="needs_sync", status_reason=overdue, last_synced_at=an_hour(-31)),
        an_account(3),
        an_account(4, status_reason=reason("expires_soon", "", "reconnect"), reconnect_by=an_hour(90)),
        an_account(5, current_run=a_run("acc_0005", "running", posts=posts)),
        an_account(6, status_reason=waiting),
        an_account(7, can_read_metrics=False, missing_scopes=["threads_manage_insights"], can_publish=False),
        an_account(8),
        an_account(9),
    ]


def with_nulls() -> Json:
    """An account of which nothing is known but that it is there."""
    unknown = dict.fromkeys(("username", "display_name", "avatar_url", "profile_url", "follower_count"))
    since = {"follower_change_7d": None, "followers_30d": [], "last_synced_at": None, "next_sync_at": None}
    return an_account(3, **unknown, **since, account_id="acc_null", status="needs_sync")


def waves(n: int) -> int:
    """A little more on some days of a week than on others."""
    return 70 + (0, 6, 14, 30, 22, 9, 3)[n % 7] + n * 13 % 11


def days(account: Json, since: date, until: date) -> Json:
    """`GET /accounts/{id}/metrics` of that range."""
    span = [since + timedelta(days=each) for each in range((until - since).days + 1)]
    known = [day for day in span if not 11 <= (datetime.now(UTC).date() - day).days <= 14]
    count = account["follower_count"] or 100
    answers = [
        {"date": day.isoformat(), "followers": count - (len(known) - n) * max(1, count // 400)}
        | {name: count * each * waves(n + len(name)) // 100_000 for name, each in METRICS.items()}
        | {"provisional": day == until}
        for n, day in enumerate(known, 1)
    ]
    first, last = answers[0], answers[-1]
    change = last["followers"] - first["followers"]
    growth = {"from": first["followers"], "to": last["followers"], "from_day": first["date"], "to_day": last["date"]}
    percent = round(100 * change / first["followers"], 2)
    return {"days": answers, "growth": {"followers": growth | {"change": change, "percent": percent}}}


def posts(count: int = 28) -> list[Json]:
    titles = ("A quiet morning with letter forms", "Finally finished: the blue throw", "Three mistakes with sourdough")
    return [
        {
            "post_id": f"post_{n}",
            "permalink": f"https://posts.example/{n}",
            "title": titles[n % 3] if n % 5 else None,
            "media_type": "IMAGE",
            "published_at": an_hour(-30 * n),
            "metrics": {
                name: None if (n + len(name)) % 9 == 0 else each * 5 * waves(n * 3 + len(name)) // 20
                for name, each in METRICS.items()
            },
            "updated_at": an_hour(-3),
        }
        for n in range(1, count + 1)
    ]


def runs() -> list[Json]:
    failed = {"state": "failed", "done": 0, "total": None, "error": {"code": "503", "message": "The platform was out."}}
    states = ("succeeded", "partial", "succeeded", "failed")
    return [
        a_run("acc_0000", state, n, **({"posts": failed} if state != "succeeded" else {}))
        for n, state in enumerate(states, 1)
    ]


def events() -> list[Json]:
    told = (("synced", {}), ("waiting", {"message": "Asked us to slow down."}), ("healed", {}), ("connected", {}))
    return [{"at": an_hour(-20 * n), "type": kind, "detail": detail} for n, (kind, detail) in enumerate(told, 1)]


PREVIEW = {"snapshots": 214, "posts": 128, "runs": 31, "events": 12, "first_day": "2026-04-22", "revokes": "person"}


def lay_over(page: Page, accounts: list[Json]) -> None:
    """From now on the page's API knows these accounts, with numbers, posts and a past; other calls go through."""
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
        answer = answer_of(known[account_id], what, query)
        if what == "export":
            route.fulfill(body=answer["body"], headers=answer["headers"])
        else:
            route.fulfill(json=answer)

    page.route("**/accounts?**", the_list)
    page.route("**/accounts/*", one)
    page.route("**/accounts/*/**", one)


def answer_of(account: Json, what: str, query: dict[str, str]) -> Json:
    answers: dict[str, Callable[[], Json]] = {
        "": lambda: account,
        "metrics": lambda: days(account, date.fromisoformat(query["from"]), date.fromisoformat(query["to"])),
        "posts": lambda: {"posts": posts(), "next_cursor": None},
        "runs": lambda: {"runs": runs(), "next_cursor": None},
        "events": lambda: {"events": events(), "next_cursor": None},
        "disconnect-preview": lambda: PREVIEW | {"shares_with": []},
        "export": lambda: an_export(account, query),
        "sync": lambda: a_run(account["account_id"], "queued"),
    }
    if what.startswith("runs/"):
        return account["current_run"] or a_run(account["account_id"], "succeeded")
    return answers[what]()


def an_export(account: Json, query: dict[str, str]) -> Json:
    """Two pages; the first names the second in its header Link."""
    second = "cursor" in query
    link = f'</accounts/{account["account_id"]}/export?format={query["format"]}&cursor=2>; rel="next"'
    csv = "post,2026-11-02,7\n" if second else "kind,date,value\nday,2026-11-01,5\n"
    line = json.dumps({"kind": "post" if second else "day"}) + "\n"
    body = csv if query["format"] == "csv" else line
    return {"body": body, "headers": {} if second else {"link": link}}
