"""A list of posts with their insights, as all of Meta's Graph APIs tell it.

The insights come with the list (field expansion), 50 posts a call. One bad metric name or one post that has no insights
fails that whole call; then each metric is asked for by itself, and where even that fails, each post of that page. A
page that Meta itself fails on may be more than it can bear, or fail for one post: it is read post by post as well, and
the numbers of a post that Meta fails on stay unknown.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from socials.errors import SCOPE_MISSING, NotOffered, Refused, RetryLater
from socials.models.readings import Portion, Post
from socials.platforms import graph, graph_errors
from socials.platforms.base import Client, Query, Request, Session
from socials.platforms.untrusted import body_of, inner, items_of
from socials.values import replace

PAGE_SIZE = 50
PLAIN_SIZE = 100
# One by one, a step of a run stays small enough to end in time.
AT_ONCE = 10

_ONE_BY_ONE = re.compile(r"each:(\d{1,2}):(.*)", re.DOTALL)
_PLAIN = "plain:"
_NARROWED = (graph_errors.BAD_REQUEST, graph_errors.GONE)

Item = Mapping[str, Any]


class Feed(Struct, frozen=True, kw_only=True):
    """`edge(session)`: the address of the list; `node(session, id)`: of one post. `read`: a post of an item and of its
    numbers by metric, None for what is no post of the account. `scope`: without it no numbers are asked for.
    `of_account(session)`: address and query of an insight of the account, which is there for all who have the scope.
    `needs_next`: a page without `paging.next` is the last; otherwise an empty one is."""

    edge: Callable[[Session], str]
    node: Callable[[str], str]
    bearer: Callable[[Session], str]
    fields: str
    metrics: tuple[str, ...]
    scope: str
    of_account: Callable[[Session], tuple[str, Query]]
    read: Callable[[Session, Item, Mapping[str, Any]], Post | None]
    needs_next: bool = True


def read_feed(client: Client, session: Session, cursor: str | None, feed: Feed) -> Portion:
    """`cursor`: Meta's own, or `each:<posts left to read one by one>:<Meta's own>`, or `plain:<Meta's own>` for a list
    without numbers."""
    left, after = _place(cursor)
    if feed.scope not in session.tokens.scopes or left is None:
        return _plain(client, session, feed, after)
    if left:
        return _one_by_one(client, session, feed, after, left)
    try:
        pages = _pages(client, session, feed, after)
    except (NotOffered, Refused, RetryLater) as error:
        if not _may_be_of_one_post(error):
            raise
        if error.code == SCOPE_MISSING and _has_lost_the_scope(client, session, feed):
            return _plain(client, session, feed, after)
        return _one_by_one(client, session, feed, after, PAGE_SIZE)
    return _portion(session, feed, pages, after, PAGE_SIZE)


def _may_be_of_one_post(error: NotOffered | Refused | RetryLater) -> bool:
    if isinstance(error, RetryLater):
        return not error.holds_for_every_call
    return isinstance(error, NotOffered) or error.code in _NARROWED


def _has_lost_the_scope(client: Client, session: Session, feed: Feed) -> bool:
    """Meta has one code for a lost scope and for a post that too few have seen; of the account it means the first."""
    url, query = feed.of_account(session)
    try:
        client.call(Request(call="post_insights", method="GET", url=url, query=query, bearer=feed.bearer(session)))
    except NotOffered as error:
        return error.code == SCOPE_MISSING
    except Refused:
        return False
    except RetryLater as error:
        if error.holds_for_every_call:
            raise
    return False


def _plain(client: Client, session: Session, feed: Feed, after: str | None) -> Portion:
    """So to the end of the list: to ask again with each page would be as vain. The next reading does."""
    portion = _portion(session, feed, (_page(client, session, feed, after, PLAIN_SIZE),), after, PLAIN_SIZE)
    return portion if portion.cursor is None else replace(portion, cursor=f"{_PLAIN}{portion.cursor}")


def _place(cursor: str | None) -> tuple[int | None, str | None]:
    """The posts left to read one by one, None where no numbers are asked for, and Meta's own cursor."""
    if cursor is not None and cursor.startswith(_PLAIN):
        return None, cursor.removeprefix(_PLAIN)
    found = _ONE_BY_ONE.fullmatch(cursor or "")
    return (int(found[1]), found[2] or None) if found else (0, cursor)


def _pages(client: Client, session: Session, feed: Feed, after: str | None) -> tuple[Item, ...]:
    """The page with all metrics, or the same page once for each metric that is answered."""

    def request(metrics: Sequence[str]) -> Request:
        return _listing(session, feed, after, PAGE_SIZE, f"{feed.fields},insights.metric({','.join(metrics)})")

    return graph.ask(client, feed.metrics, request)


def _one_by_one(client: Client, session: Session, feed: Feed, after: str | None, left: int) -> Portion:
    size = min(left, AT_ONCE)
    body = _page(client, session, feed, after, size)
    posts = [item for item in items_of(body, "data", size) if feed.read(session, item, {}) is not None]
    ids = [post_id for post_id in (graph.id_of(item.get("id")) for item in posts) if post_id is not None]
    found = graph.each_of(ids, lambda post_id: _numbers(client, session, feed, post_id))
    numbers = {post_id: known or {} for post_id, known in found}
    portion = _portion(session, feed, (body,), after, size, numbers)
    if portion.cursor is None or left <= size:
        return portion
    return Portion(posts=portion.posts, cursor=f"each:{left - size}:{portion.cursor}")


def _numbers(client: Client, session: Session, feed: Feed, post_id: str) -> Mapping[str, Any]:
    """None known where the platform gives none for this very post: too few have seen it, or it is gone."""

    def request(metrics: Sequence[str]) -> Request:
        url, query = f"{feed.node(post_id)}/insights", (("metric", ",".join(metrics)),)
        return Request(call="post_insights", method="GET", url=url, query=query, bearer=feed.bearer(session))

    numbers: dict[str, Any] = {}
    try:
        for body in graph.ask(client, feed.metrics, request):
            numbers |= graph.numbers_of(body)
    except NotOffered:
        return {}
    except Refused as error:
        if error.code not in _NARROWED:
            raise
    return numbers


def _page(client: Client, session: Session, feed: Feed, after: str | None, size: int) -> Item:
    return body_of(client.call(_listing(session, feed, after, size, feed.fields)))


def _listing(session: Session, feed: Feed, after: str | None, size: int, fields: str) -> Request:
    query = (("fields", fields), ("limit", str(size)), *graph.page_at(after))
    return Request(call="posts", method="GET", url=feed.edge(session), query=query, bearer=feed.bearer(session))


def _portion(
    session: Session,
    feed: Feed,
    bodies: Sequence[Item],
    after: str | None,
    size: int,
    numbers: Mapping[str, Mapping[str, Any]] | None = None,
) -> Portion:
    """The posts of a page that came once, or once for each metric."""
    known: dict[str, dict[str, Any]] = {post_id: dict(found) for post_id, found in (numbers or {}).items()}
    for body in bodies:
        for item in items_of(body, "data", size):
            insights = inner(item, "insights")
            if (post_id := graph.id_of(item.get("id"))) and isinstance(insights.get("data"), list):
                known.setdefault(post_id, {}).update(graph.numbers_of(insights))
    items = tuple(items_of(bodies[0], "data", size))
    read = (feed.read(session, item, known.get(graph.id_of(item.get("id")) or "", {})) for item in items)
    posts = {post.post_id: post for post in read if post is not None}
    over = not items and not feed.needs_next
    cursor = None if over else graph.after_of(bodies[0], after, needs_next=feed.needs_next)
    return Portion(posts=tuple(posts.values()), cursor=cursor)
