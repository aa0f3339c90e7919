"""Facebook's sandbox, read by the product's own connector."""

from datetime import timedelta
from typing import Any

import pytest

from socials.errors import NotOffered, PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.platforms.facebook import FACEBOOK, revoke
from tests.integration.sandbox.wired import Wired

EVERYBODY = ("ada", "bruno", "noor", "salma", "pia", "zora")


@pytest.fixture
def facebook(stack: Any) -> Wired:
    return Wired(stack, FACEBOOK)


@pytest.mark.parametrize("person", EVERYBODY)
def test_every_page_of_everybody_is_read_to_the_end(facebook: Wired, person: str) -> None:
    tokens = facebook.connect(person)
    for which, identity in enumerate(facebook.identities(tokens)):
        session = facebook.session(tokens, which)
        profile = facebook.read(Part.PROFILE, session)[0].profile
        assert profile is not None and profile.identity == identity
        posts = facebook.posts(session)
        assert len(posts) >= 25 and all(post.metrics.likes is not None for post in posts.values())
        days = [day for portion in facebook.read(Part.INSIGHTS, session) for day in portion.days]
        assert len(days) >= 30 or (profile.followers or 0) < 100


def test_one_consent_gives_several_pages_each_with_a_token_of_its_own(facebook: Wired) -> None:
    tokens = facebook.connect()
    first, second = facebook.identities(tokens)
    pages = {key: value for key, value in tokens.extra.items() if key.startswith("page:")}
    assert pages.keys() == {f"page:{first.platform_account_id}", f"page:{second.platform_account_id}"}
    assert len({*pages.values(), tokens.access}) == 3 and tokens.extra["person"].isdigit()
    assert not facebook.posts(facebook.session(tokens, 0)).keys() & facebook.posts(facebook.session(tokens, 1)).keys()


def test_a_persons_own_token_reads_no_page(stack: Any, facebook: Wired) -> None:
    tokens = facebook.connect()
    page = facebook.identities(tokens)[0].platform_account_id
    assert stack.get(f"/facebook/graph/v25.0/{page}", tokens.access).json["error"]["code"] == 190
    theirs = tokens.extra[f"page:{page}"]
    assert stack.get("/facebook/graph/v25.0/me/accounts", theirs).json["error"]["code"] == 210


def test_pages_live_on_when_the_persons_token_has_expired(stack: Any, facebook: Wired) -> None:
    tokens = facebook.connect()
    assert tokens.access_expires_at is None and tokens.refresh_expires_at == stack.now + timedelta(days=60)
    session = facebook.session(tokens)
    stack.later(days=61)
    assert facebook.read(Part.PROFILE, session)
    with pytest.raises(ReconnectNeeded) as caught:
        revoke(facebook, facebook.app(), tokens)
    assert caught.value.code == "token_expired"


def test_a_revoke_ends_every_grant_of_the_person_and_nobody_elses(facebook: Wired) -> None:
    ada, again, bruno = facebook.connect("ada"), facebook.connect("ada"), facebook.connect("bruno")
    sessions = [facebook.session(tokens) for tokens in (ada, again)]
    revoke(facebook, facebook.app(), ada)
    for session in sessions:
        with pytest.raises(ReconnectNeeded) as caught:
            facebook.read(Part.PROFILE, session)
        assert caught.value.code == "app_removed"
    assert facebook.identities(bruno)
    revoke(facebook, facebook.app(), again)


def test_a_person_without_a_page_is_told_so(stack: Any, facebook: Wired) -> None:
    with pytest.raises(Refused) as caught:
        facebook.session(_tokens_without_pages(stack, facebook))
    assert caught.value.code == "no_pages"


def _tokens_without_pages(stack: Any, facebook: Wired) -> Any:
    stack.fault("facebook", "no_items", call="accounts", times=2)
    return facebook.connect()


def test_scopes_that_were_unticked_are_missing_and_the_rest_works(facebook: Wired) -> None:
    tokens = facebook.connect(without=("read_insights", "pages_manage_posts"))
    assert set(FACEBOOK.facts.missing_scopes(tokens.scopes)) == {"read_insights", "pages_manage_posts"}
    session = facebook.session(tokens)
    posts = facebook.posts(session).values()
    assert len(posts) >= 25 and {post.metrics.views for post in posts} == {None}
    assert {post.metrics.shares is None for post in posts} == {False}
    with pytest.raises(NotOffered):
        facebook.read(Part.INSIGHTS, session)


def test_a_metric_that_some_posts_refuse_leaves_the_others_standing(facebook: Wired) -> None:
    posts = facebook.posts(facebook.session(facebook.connect("noor"))).values()
    assert {post.metrics.views for post in posts} == {None}
    assert all(post.metrics.reach is not None and post.metrics.clicks is not None for post in posts)


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("429", RetryLater, "rate_limited"),
        ("503", RetryLater, "platform_unavailable"),
        ("revoked", ReconnectNeeded, "app_removed"),
        ("password_changed", ReconnectNeeded, "token_revoked"),
        ("scope_missing", ReconnectNeeded, "scope_missing"),
        ("gone", Refused, "object_gone"),
    ],
)
def test_each_bad_day_has_its_class(
    stack: Any, facebook: Wired, kind: str, error: type[PlatformError], code: str
) -> None:
    session = facebook.session(facebook.connect())
    stack.fault("facebook", kind, call="node")
    with pytest.raises(error) as caught:
        facebook.read(Part.PROFILE, session)
    assert type(caught.value) is error and caught.value.code == code


@pytest.mark.parametrize(
    "metric", ["page_impressions", "page_fans", "page_fan_adds", "page_posts_impressions", "page_engaged_users"]
)
def test_retired_metrics_are_refused(stack: Any, facebook: Wired, metric: str) -> None:
    tokens = facebook.connect()
    page = facebook.identities(tokens)[0].platform_account_id
    answer = stack.get(
        f"/facebook/graph/v25.0/{page}/insights", tokens.extra[f"page:{page}"], metric=f"page_media_view,{metric}"
    )
    assert (answer.status_code, answer.json["error"]["code"]) == (400, 100)


@pytest.mark.parametrize("field", ["reactions.summary(total_count).limit(0)", "comments.summary(true).limit(0)"])
def test_summaries_take_a_scope_that_we_do_not_ask_for(stack: Any, facebook: Wired, field: str) -> None:
    tokens = facebook.connect()
    page = facebook.identities(tokens)[0].platform_account_id
    path = f"/facebook/graph/v25.0/{page}/published_posts"
    answer = stack.get(path, tokens.extra[f"page:{page}"], fields=f"id,{field}")
    assert answer.json["error"]["code"] == 10
