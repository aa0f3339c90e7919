"""The platform of the benchmarks as our own connector has it: like any other, but with a call for each post's numbers
where there are any (`profile`, `insights`, `posts` and 20 x `numbers` = 23 calls), or two calls in all."""

from __future__ import annotations

from typing import Any

from socials.models.parts import Part
from socials.models.readings import Day, Identity, Metrics, Portion, Post, ProfileReading
from socials.platforms.base import Client, OAuth, Platform, Request, Session
from socials.platforms.facts import Facts, RevocationHelp
from socials.platforms.untrusted import body_of, count, day, items_of, moment, text, unreadable

ORIGIN = "https://bench.example"
_MOST = 100


def _ask(client: Client, session: Session, call: str, **query: str) -> dict[str, Any]:
    asked = (("account", session.platform_account_id), *query.items())
    request = Request(call=call, method="GET", url=f"{ORIGIN}/{call}", query=asked, bearer=session.tokens.access)
    return body_of(client.call(request))


def _profile(client: Client, session: Session, _cursor: str | None) -> Portion:
    body = _ask(client, session, "profile")
    username = text(body.get("username"))
    if body.get("id") != session.platform_account_id or username is None:
        raise unreadable()
    shown = text(body.get("name")) or username
    identity = Identity(platform_account_id=session.platform_account_id, username=username, display_name=shown)
    return Portion(profile=ProfileReading(identity=identity, followers=count(body.get("followers"))))


def _insights(client: Client, session: Session, _cursor: str | None) -> Portion:
    read = (_day(item) for item in items_of(_ask(client, session, "insights"), "days", _MOST))
    return Portion(days=tuple(each for each in read if each))


def _day(item: dict[str, Any]) -> Day | None:
    date = day(item.get("date"))
    numbers = Metrics(impressions=count(item.get("impressions")), reach=count(item.get("reach")))
    return Day(date=date, metrics=numbers, provisional=False) if date else None


def _posts(client: Client, session: Session, _cursor: str | None) -> Portion:
    items = items_of(_ask(client, session, "posts"), "posts", _MOST)
    return Portion(posts=tuple(post for item in items if (post := _post(item, {}))))


def _posts_each(client: Client, session: Session, _cursor: str | None) -> Portion:
    items = items_of(_ask(client, session, "posts"), "posts", _MOST)
    read = (_post(item, _ask(client, session, "numbers", post=str(item.get("id")))) for item in items)
    return Portion(posts=tuple(post for post in read if post))


def _post(item: dict[str, Any], numbers: dict[str, Any]) -> Post | None:
    post_id, published_at = text(item.get("id")), moment(item.get("created_at"))
    if post_id is None or published_at is None:
        return None
    return Post(
        post_id=post_id,
        published_at=published_at,
        permalink=str(item.get("url")),
        title=text(item.get("title")),
        media_type="image",
        metrics=Metrics(
            likes=count(item.get("likes")),
            comments=count(item.get("comments")),
            impressions=count(numbers.get("impressions")),
            reach=count(numbers.get("reach")),
            saves=count(numbers.get("saves")),
            shares=count(numbers.get("shares")),
        ),
    )


def bench_platform(*, each_post: bool) -> Platform:
    """`each_post`: 23 calls for 20 posts; otherwise profile and posts, two calls."""
    facts = Facts(
        slug="bench",
        name="Bench",
        connect="oauth",
        metrics=frozenset(),
        revokes="nothing",
        revocation=RevocationHelp(url=ORIGIN, steps=(), checked_on="2026-11-23"),
        needed_scopes=(),
        publish_scopes=(),
        part_scopes={},
    )
    few = {Part.PROFILE: _profile, Part.POSTS: _posts}
    all_parts = {Part.PROFILE: _profile, Part.INSIGHTS: _insights, Part.POSTS: _posts_each}
    return Platform(
        facts=facts,
        connect=OAuth(authorize=_never, exchange=_never),
        identify=_never,
        refresh=None,
        revoke=None,
        parts=all_parts if each_post else few,
        explain=lambda _call, _answer: None,
    )


def _never(*_: object) -> Any:
    raise NotImplementedError
