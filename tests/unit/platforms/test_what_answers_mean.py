"""What an answer becomes for the person: a whole run on a real connector, then the account as the API shows it."""

import copy
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from socials.answers import account_answer
from socials.models.accounts import Account
from socials.models.parts import Part
from socials.models.readings import Tokens
from socials.models.runs import PartState, Run, RunState
from socials.models.wakeups import Wakeup
from socials.platforms import platform as platform_named
from socials.platforms.base import Answer, App
from tests.support.builders import TODAY, a_grant, an_account, life_of
from tests.support.changing import replace
from tests.support.world import World
from tests.unit.platforms.scripted import NOW, answer
from tests.unit.platforms.test_every_platform import replies, signed_in
from tests.unit.platforms.test_status_by_cause import Answering

SYNCED = NOW - timedelta(hours=1)


class Synced:
    """One run of an account that synced well an hour ago; `spoiled`: answers by call in the place of good ones."""

    def __init__(
        self, world: World, slug: str, spoiled: Mapping[str, Answer], tokens: Tokens | None = None, **row: Any
    ) -> None:
        platform = platform_named(slug)
        usual, identity = signed_in(platform)
        self.tokens = tokens or usual
        known = {"platform_account_id": identity.platform_account_id, "scopes": self.tokens.scopes}
        account = an_account(platform=slug, **{**known, "last_synced_at": SYNCED, "wake_at": NOW, **row})
        world.rows.put_account(account)
        world.rows.put_grant(a_grant(account))
        world.ports.secrets.create(account.user, account.grant_id, self.tokens)
        world.ports.registrations.apps[slug] = App("client", "secret")
        self._world, self._account, self._platform = world, account, platform
        self.again(spoiled)

    def again(self, spoiled: Mapping[str, Answer]) -> None:
        world, one, account = self._world, self._platform, self._account
        doors = Answering(world, one, "profile", spoiled.get("profile", replies(one)["profile"]))
        doors._scripted._replies.update({call: [reply] for call, reply in spoiled.items()})
        syncing = replace(world.syncing, doors=doors, refreshing=replace(world.refreshing, doors=doors))
        wakeup = Wakeup(account.user, "account", account.account_id, account.life)
        syncing.run(wakeup, world.an_owner(), lambda: 100, world.budgets())

    @property
    def row(self) -> Account:
        return self._world.of(self._account)

    @property
    def run(self) -> Run:
        return self._world.last_run(self._account)

    @property
    def shown(self) -> dict[str, Any]:
        return dict(account_answer(self.row, self._world.clock()))

    @property
    def diary(self) -> list[Any]:
        return list(self._world.rows.life(life_of(self._account)).events.values())


TAKEN_BACK: dict[str, dict[str, Answer]] = {
    "instagram": dict.fromkeys(("insights", "post_insights"), answer(400, {"error": {"code": 10}})),
    "facebook": {"insights": answer(403, {"error": {"code": 200}})},
    "tiktok": {"posts": answer(401, {"error": {"code": "scope_not_authorized"}})},
    "x": {"posts": answer(403, {"type": "about:blank", "title": "Forbidden", "status": 403})},
    "pinterest": {"posts": answer(403, {"code": 29})},
    "youtube": {"insights": answer(403, {"error": {"errors": [{"reason": "insufficientPermissions"}]}})},
    "linkedin": dict.fromkeys(("insights", "posts"), answer(403, {"serviceErrorCode": 100, "code": "ACCESS_DENIED"})),
}


@pytest.mark.parametrize("slug", TAKEN_BACK)
def test_a_permission_taken_back_on_the_platform_is_told_and_comes_back_by_itself(world: World, slug: str) -> None:
    synced = Synced(world, slug, TAKEN_BACK[slug])

    assert (synced.shown["status"], synced.run.state) == ("connected", RunState.SUCCEEDED)
    assert synced.shown["can_read_metrics"] is False
    assert synced.shown["missing_scopes"]

    world.clock.forward(days=1)
    synced.again({})

    assert synced.shown["can_read_metrics"] is True
    assert synced.shown["missing_scopes"] == []


@pytest.mark.parametrize(
    ("slug", "missing"),
    [
        ("instagram", ["instagram_business_manage_insights"]),
        ("facebook", ["read_insights"]),
        ("tiktok", ["video.list"]),
        ("youtube", ["https://www.googleapis.com/auth/yt-analytics.readonly"]),
    ],
)
def test_no_permission_is_called_missing_that_another_part_was_just_read_with(
    world: World, slug: str, missing: list[str]
) -> None:
    synced = Synced(world, slug, TAKEN_BACK[slug])

    assert synced.run.parts[Part.PROFILE].state is PartState.SUCCEEDED
    assert synced.shown["missing_scopes"] == missing


def test_a_retired_version_of_linkedins_is_no_missing_permission_of_a_member(world: World) -> None:
    gone = answer(426, {"status": 426, "code": "NONEXISTENT_VERSION"})
    me = answer(200, {"id": "abc", "localizedFirstName": "Ada", "localizedLastName": "Loom", "vanityName": "ada"})
    spoiled = {"profile": me, "followers": gone, "member_days": gone}
    synced = Synced(world, "linkedin", spoiled, platform_account_id="urn:li:person:abc")

    assert synced.run.state is RunState.PARTIAL
    assert synced.shown["status_reason"]["code"] == "version_retired"


def test_a_page_of_html_before_linkedin_is_an_outage_and_no_missing_permission(world: World) -> None:
    walled = answer(403, None, is_json=False)
    synced = Synced(world, "linkedin", {"insights": walled, "posts": walled})

    assert synced.shown["status_reason"]["action"] == "wait"
    assert synced.shown["missing_scopes"] == []


@pytest.mark.parametrize("slug", ["mastodon", "linkedin"])
def test_one_part_that_is_refused_proves_nothing_where_the_profile_answers(world: World, slug: str) -> None:
    tokens = replace(signed_in(platform_named(slug))[0], refresh=None)
    synced = Synced(world, slug, {"posts": answer(401, {"error": "x", "status": 401})}, tokens)

    assert synced.run.parts[Part.POSTS].state is PartState.FAILED
    assert synced.shown["status"] == "connected"


@pytest.mark.parametrize(
    ("slug", "reply"),
    [
        ("pinterest", answer(401, {"code": 3})),
        ("x", answer(200, {"errors": [{"type": "https://api.x.com/2/problems/not-authorized-for-field"}]})),
    ],
)
def test_without_a_profile_no_sync_has_succeeded(world: World, slug: str, reply: Answer) -> None:
    synced = Synced(world, slug, {"profile": reply}, last_synced_at=None)

    assert synced.run.parts[Part.PROFILE].state is PartState.FAILED
    assert synced.diary[0].type == "partly_synced"
    assert synced.shown["status_reason"]["code"] == synced.diary[0].detail["code"] == "not_offered"


def test_the_diary_names_the_part_that_failed_and_none_that_is_not_offered(world: World) -> None:
    synced = Synced(world, "pinterest", {"insights": answer(403, {"code": 7}), "posts": answer(404, {"code": 50})})

    assert synced.run.parts[Part.INSIGHTS].state is PartState.NOT_OFFERED
    assert synced.diary[0].detail["part"] == "posts"


def test_linkedins_access_that_ends_within_minutes_has_run_out_and_was_not_taken_back(world: World) -> None:
    ending = replace(
        signed_in(platform_named("linkedin"))[0], refresh=None, access_expires_at=NOW + timedelta(minutes=4)
    )
    synced = Synced(world, "linkedin", {}, ending)

    assert synced.shown["status_reason"]["code"] == "token_expired"


def test_a_click_count_that_x_refuses_costs_no_post(world: World) -> None:
    synced = Synced(world, "x", {"clicks": answer(401, {"type": "about:blank", "status": 401})})

    assert synced.run.parts[Part.POSTS].state is PartState.SUCCEEDED
    assert synced.run.parts[Part.POSTS].done > 0


def test_a_youtube_channel_that_is_gone_is_no_outage(world: World) -> None:
    synced = Synced(world, "youtube", {"profile": answer(200, {"kind": "youtube#channelListResponse"})})

    assert (synced.shown["status_reason"]["code"], synced.shown["status_reason"]["action"]) == ("no_channel", "none")


def test_a_day_that_pinterest_still_works_on_is_read_again_though_it_has_no_number_yet(world: World) -> None:
    def day(ago: int, status: str, **numbers: int) -> dict[str, Any]:
        return {"date": (TODAY - timedelta(days=ago)).isoformat(), "data_status": status, "metrics": numbers}

    days = [day(6, "READY", IMPRESSION=1), day(5, "PROCESSING"), day(4, "READY", IMPRESSION=2)]
    synced = Synced(world, "pinterest", {"insights": answer(200, {"all": {"daily_metrics": copy.deepcopy(days)}})})

    assert synced.row.insights_through == TODAY - timedelta(days=6)
    assert synced._world.days(synced._account).keys() >= {TODAY - timedelta(days=6), TODAY - timedelta(days=4)}
    assert TODAY - timedelta(days=5) not in synced._world.days(synced._account)
