"""Reads: accounts, their runs, metrics, posts and diary, what a disconnect would take along, exports, receipts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from socials import wiring
from socials.answers import (
    account_answer,
    counts_answer,
    event_answer,
    metrics_answer,
    post_answer,
    preview_answer,
    receipt_answer,
    run_answer,
)
from socials.api import Api, answer, caller, from_cursor, page_of, to_cursor
from socials.clock import now
from socials.queries import day_of, filter_of, format_of, limit_of
from socials.routing import Request, Response
from socials.serving import serve

if TYPE_CHECKING:
    from socials import shapes

api = Api()
listing = wiring.listing()
# Most starts are for a list: what few ask for is made, and imported, when somebody does.
browsing = cache(wiring.browsing)
previewing = cache(wiring.previewing)
exporting = cache(wiring.exporting)
receipting = cache(wiring.receipting)


@api.get("/accounts")
def list_accounts(request: Request) -> Response[shapes.AccountPage]:
    query = request.query
    wanted, limit, after = filter_of(query), limit_of(query), from_cursor("accounts", query.get("cursor"))
    page = listing.page(caller(request), wanted, limit, after)
    moment = now()
    body: shapes.AccountPage = {
        "accounts": [account_answer(account, moment) for account in page.accounts],
        "next_cursor": to_cursor("accounts", page.cursor),
        "counts": counts_answer(page.counts),
    }
    return answer(body)


@api.get("/accounts/{account_id}")
def get_account(request: Request, account_id: str) -> Response[shapes.Account]:
    return answer(account_answer(listing.account(caller(request), account_id), now()))


@api.get("/accounts/{account_id}/runs")
def list_runs(request: Request, account_id: str) -> Response[shapes.RunPage]:
    query = request.query
    page = browsing().runs(caller(request), account_id, limit_of(query), from_cursor("runs", query.get("cursor")))
    body: shapes.RunPage = {
        "runs": [run_answer(run) for run in page.items],
        "next_cursor": to_cursor("runs", page.cursor),
    }
    return answer(body)


@api.get("/accounts/{account_id}/runs/{run_id}")
def get_run(request: Request, account_id: str, run_id: str) -> Response[shapes.Run]:
    return answer(run_answer(browsing().run(caller(request), account_id, run_id)))


@api.get("/accounts/{account_id}/metrics")
def get_metrics(request: Request, account_id: str) -> Response[shapes.Metrics]:
    query = request.query
    days, today = browsing().days(caller(request), account_id, day_of(query, "from"), day_of(query, "to"))
    return answer(metrics_answer(days, today))


@api.get("/accounts/{account_id}/posts")
def list_posts(request: Request, account_id: str) -> Response[shapes.PostPage]:
    query = request.query
    page = browsing().posts(caller(request), account_id, limit_of(query), from_cursor("posts", query.get("cursor")))
    body: shapes.PostPage = {
        "posts": [post_answer(post) for post in page.items],
        "next_cursor": to_cursor("posts", page.cursor),
    }
    return answer(body)


@api.get("/accounts/{account_id}/events")
def list_events(request: Request, account_id: str) -> Response[shapes.EventPage]:
    query = request.query
    page = browsing().events(caller(request), account_id, limit_of(query), from_cursor("events", query.get("cursor")))
    events = [event_answer(event) for event in page.items]
    body: shapes.EventPage = {"events": events, "next_cursor": to_cursor("events", page.cursor)}
    return answer(body)


@api.get("/accounts/{account_id}/disconnect-preview")
def preview_disconnect(request: Request, account_id: str) -> Response[shapes.Preview]:
    return answer(preview_answer(previewing().preview(caller(request), account_id)))


@api.get("/accounts/{account_id}/export")
def export(request: Request, account_id: str) -> Response[bytes]:
    from socials.lines import record

    query = request.query
    form, after, moment = format_of(query), from_cursor("export", query.get("cursor")), now()
    page = exporting().page(
        caller(request), account_id, lambda entry, today: form.line(record(entry, moment, today)), after
    )
    body = form.heading + page.lines if page.is_first else page.lines
    return page_of(body, form.media_type, _next_page(request, to_cursor("export", page.cursor)))


def _next_page(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = {**request.query, "cursor": cursor}
    return f"{request.path}?{urlencode(query)}"


@api.get("/receipts/{receipt_id}")
def get_receipt(request: Request, receipt_id: str) -> Response[shapes.Receipt]:
    return answer(receipt_answer(receipting().find(caller(request), receipt_id)))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return serve(api.resolve, event, context)
