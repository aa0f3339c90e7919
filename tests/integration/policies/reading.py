"""Connecting and syncing, with what can come in between. Each scene says by its asserts that it went as it should."""

from tests.integration.policies.cloud import Cloud
from tests.integration.policies.people import Somebody, during, fault, fine_again


def scene_somebody_connects_by_app_password_and_reads_everything(cloud: Cloud) -> None:
    ann = Somebody(cloud, "ann")
    account_id = ann.log_in("ada")["account_id"]
    assert not cloud.deliver("manual")
    assert ann.read("/accounts")["accounts"][0]["last_synced_at"]
    path = f"/accounts/{account_id}"
    [run] = ann.read(f"{path}/runs")["runs"]
    assert ann.read(f"{path}/runs/{run['run_id']}")["state"] == "succeeded"
    for name in ("posts", "events"):
        assert ann.read(f"{path}/{name}")[name], name
    assert ann.read(f"{path}/metrics")["days"]
    assert ann.read(f"{path}/disconnect-preview")["posts"]
    assert ann.ask("list_accounts", "GET", f"{path}/export").status == 200
    again = ann.ask("sync_account", "POST", f"{path}/sync")
    assert again.status == 429


def scene_the_platforms_are_listed(cloud: Cloud) -> None:
    assert cloud.ask("connect_account", "GET", "/platforms").json["platforms"]


def scene_an_access_that_ends_soon_is_renewed(cloud: Cloud) -> None:
    ben = Somebody(cloud, "ben")
    account_id = ben.log_in("bruno")["account_id"]
    cloud.deliver("manual")
    cloud.later(hours=3)
    assert ben.sync(account_id)["status"] == "connected"


def scene_an_access_under_a_registration_of_ours_is_renewed(cloud: Cloud) -> None:
    cleo = Somebody(cloud, "cleo")
    [account] = cleo.consent("pinterest", "ada")
    cloud.deliver("manual")
    cloud.later(days=29)
    synced = cleo.sync(account["account_id"])
    assert synced["status"] == "connected", synced


def scene_a_wrong_app_password_leaves_nothing(cloud: Cloud) -> None:
    body = {"platform": "bluesky", "identifier": "ada.test", "app_password": "aaaa-bbbb-cccc-dddd"}
    assert Somebody(cloud, "dora").ask("connect_account", "POST", "/connections", body).status == 422


def scene_a_consent_that_was_refused_says_so(cloud: Cloud) -> None:
    eve = Somebody(cloud, "eve")
    ended = eve.return_(eve.leave("pinterest"), button=1)
    assert ended["outcome"] == "failed"


def scene_a_code_that_is_not_taken_leaves_nothing(cloud: Cloud) -> None:
    """The tokens came, the profile did not: they are given back, and the person is not found by them."""
    for platform, call in (("pinterest", "user_account"), ("youtube", "channels")):
        gil = Somebody(cloud, f"gil-{platform}")
        leaving = gil.leave(platform)
        fault(cloud, platform, "503", call=call, times=None)
        assert gil.return_(leaving)["outcome"] == "failed"
        fine_again(cloud)


def scene_what_is_given_back_has_to_be_renewed_for_it(cloud: Cloud) -> None:
    """TikTok ends access by a live token only."""
    hal = Somebody(cloud, "hal")
    leaving = hal.leave("tiktok")
    during(cloud, "connect_account", "dynamodb", "UpdateItem", lambda: cloud.later(hours=24))
    assert hal.return_(leaving)["outcome"] == "failed"


def scene_a_choice_is_made_twice(cloud: Cloud) -> None:
    ida = Somebody(cloud, "ida")
    ended = ida.return_(ida.leave("facebook"), "salma")
    path = f"/connections/{ended['connection']}"
    ids = [each["id"] for each in ida.ask("connect_account", "GET", path).json["candidates"]]
    for _ in range(2):
        assert ida.ask("connect_account", "POST", f"{path}/accounts", {"ids": ids}).status == 201
    cloud.forget("manual")


def scene_a_reconnect_moves_the_account_and_its_old_grant_is_swept(cloud: Cloud) -> None:
    jo = Somebody(cloud, "jo")
    [account] = jo.consent("pinterest", "ada")
    reply = jo.ask("connect_account", "POST", f"/accounts/{account['account_id']}/reconnect")
    assert reply.status == 201
    other = jo.return_(reply, "bruno")
    assert other["error"] == "identity_mismatch"
    reply = jo.ask("connect_account", "POST", f"/accounts/{account['account_id']}/reconnect")
    assert jo.return_(reply, "ada")["outcome"] == "done"
    cloud.forget("manual")
    assert not cloud.deliver("erase")


def scene_one_of_two_pages_moves_to_another_grant(cloud: Cloud) -> None:
    kim = Somebody(cloud, "kim")
    first, _ = kim.consent("facebook", "salma")
    reply = kim.ask("connect_account", "POST", f"/accounts/{first['account_id']}/reconnect")
    assert kim.return_(reply, "salma")["outcome"] == "done"
    cloud.forget("manual")


def scene_a_preview_looks_whom_a_revoke_would_cut_off(cloud: Cloud) -> None:
    mia, nils = Somebody(cloud, "mia"), Somebody(cloud, "nils")
    [account] = mia.consent("youtube", "ada")
    path = f"/accounts/{account['account_id']}/disconnect-preview"
    assert mia.read(path)["revokes"] == "person"
    nils.consent("youtube", "ada")
    assert mia.read(path)["revokes"] == "nothing"
    cloud.forget("manual")


def scene_a_server_is_registered_with_and_forgets_us(cloud: Cloud) -> None:
    lea = Somebody(cloud, "lea")
    leaving = lea.leave("mastodon", instance="mastodon.social")
    fault(cloud, "mastodon", "app_unknown", call="token")
    assert lea.return_(leaving)["outcome"] == "failed"
    [account] = lea.consent("mastodon", instance="mastodon.social")
    cloud.deliver("manual")
    assert lea.account(account["account_id"])["status"] == "connected"


def scene_an_access_to_a_server_is_renewed_under_our_registration_there(cloud: Cloud) -> None:
    liv = Somebody(cloud, "liv")
    [account] = liv.consent("mastodon", instance="mastodon.social")
    cloud.deliver("manual")
    fault(cloud, "mastodon", "revoked", times=None)
    assert liv.sync(account["account_id"])["status"] == "connection_error"
    fine_again(cloud)


def scene_a_platform_asks_the_whole_app_to_wait(cloud: Cloud) -> None:
    max_ = Somebody(cloud, "max")
    [account] = max_.consent("tiktok", "pia")
    cloud.deliver("manual")
    fault(cloud, "tiktok", "429", retry_after=600, times=None)
    assert max_.sync(account["account_id"])["status_reason"]["action"] == "wait"
    fine_again(cloud)
    cloud.later(hours=1)
    cloud.tick(sweep=True)
    assert not cloud.deliver("manual")
    assert max_.account(account["account_id"])["status_reason"]["action"] == "none"
    cloud.forget("daily")


def scene_two_workers_meet_on_one_account(cloud: Cloud) -> None:
    """The second one comes back when the lease ends."""
    ned = Somebody(cloud, "ned")
    account_id = ned.log_in("pia")["account_id"]
    wakeup = ned.wakeup(account_id)

    def meanwhile() -> None:
        for queue in ("manual", "daily"):
            cloud.send(queue, wakeup)
            assert cloud.deliver(queue) == [wakeup]

    during(cloud, "run_syncs", "dynamodb", "GetItem", meanwhile)
    assert not cloud.deliver("manual")


def scene_a_sync_goes_on_in_the_next_invocation(cloud: Cloud) -> None:
    """By hand it goes on on its own queue, and so does a daily one."""
    oli = Somebody(cloud, "oli")
    account_id = oli.log_in("noor")["account_id"]
    for queue in ("manual", "daily"):
        cloud.forget(queue)
        cloud.send(queue, oli.wakeup(account_id))
        assert not cloud.deliver(queue, hurried=True)
        assert cloud.deliver(queue) == []
        assert oli.account(account_id)["last_synced_at"]
        cloud.later(days=1)
    assert oli.account(account_id)["current_run"] is None


def scene_an_access_was_revoked_on_the_platform(cloud: Cloud) -> None:
    pia = Somebody(cloud, "pia")
    [account] = pia.consent("pinterest", "zora")
    cloud.deliver("manual")
    fault(cloud, "pinterest", "revoked", times=None)
    assert pia.sync(account["account_id"])["status"] == "connection_error"
    fine_again(cloud)
