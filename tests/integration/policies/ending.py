"""Disconnecting, erasing, sweeping, and what platforms tell unasked."""

import base64
import hashlib
import hmac
import json
from urllib.parse import urlencode

import local.sandbox
from socials.clock import epoch
from tests.integration.policies.cloud import Cloud, Json
from tests.integration.policies.people import Somebody, during, fault, fine_again
from tests.support.doorways import Reply


def scene_an_account_is_disconnected_and_erased(cloud: Cloud) -> None:
    """Asking again answers the same receipt: while it lasts, and when all is gone."""
    quin = Somebody(cloud, "quin")
    account_id = quin.log_in("ada")["account_id"]
    cloud.deliver("manual")
    receipt = quin.disconnect(account_id)
    assert quin.disconnect(account_id) == receipt
    assert not cloud.deliver("erase")
    done = quin.receipt(receipt)
    assert (done["state"], done["platform_revocation"], done["deleted"]["secrets"]) == ("done", "revoked", 1)
    assert quin.ask("disconnect_account", "DELETE", f"/accounts/{account_id}").json == done


def scene_everything_is_disconnected_at_once(cloud: Cloud) -> None:
    """Two Pages of one consent: the first takes its own token along, the last one the grant and the access."""
    rosa = Somebody(cloud, "rosa")
    first, second = rosa.consent("facebook", "bruno")
    cloud.forget("manual")
    receipt = rosa.disconnect(first["account_id"])
    cloud.deliver("erase")
    assert rosa.receipt(receipt)["platform_revocation"] == "shared_grant"
    [last] = rosa.ask("disconnect_account", "DELETE", "/accounts").json["receipts"]
    cloud.deliver("erase")
    assert rosa.receipt(last)["platform_revocation"] == "revoked"
    assert last["account_id"] == second["account_id"]


def scene_an_access_at_a_server_is_revoked(cloud: Cloud) -> None:
    sam = Somebody(cloud, "sam")
    [account] = sam.consent("mastodon", "pia", instance="mastodon.social")
    receipt = sam.disconnect(account["account_id"])
    cloud.deliver("erase")
    assert sam.receipt(receipt)["platform_revocation"] == "revoked", sam.receipt(receipt)


def scene_an_access_has_to_be_renewed_to_be_revoked(cloud: Cloud) -> None:
    tom = Somebody(cloud, "tom")
    [account] = tom.consent("tiktok", "zora")
    cloud.later(hours=24)
    receipt = tom.disconnect(account["account_id"])
    cloud.deliver("erase")
    assert tom.receipt(receipt)["platform_revocation"] == "revoked"


def scene_the_same_person_stays_with_another_user(cloud: Cloud) -> None:
    """Whoever goes first leaves the person's row to the other one."""
    accounts = [(one, one.consent("tiktok", "salma")[0]) for one in (Somebody(cloud, "ulf"), Somebody(cloud, "uma"))]
    outcomes = []
    for one, account in accounts:
        receipt = one.disconnect(account["account_id"])
        cloud.deliver("erase")
        outcomes.append(one.receipt(receipt)["platform_revocation"])
    assert outcomes == ["shared_grant", "revoked"]


def scene_an_erase_goes_on_in_the_next_invocation(cloud: Cloud) -> None:
    vera = Somebody(cloud, "vera")
    account_id = vera.log_in("noor")["account_id"]
    cloud.forget("manual")
    receipt = vera.disconnect(account_id)
    cloud.deliver("erase", hurried=True)
    assert vera.receipt(receipt)["state"] == "erasing"
    cloud.later(seconds=5)
    cloud.deliver("erase")
    assert vera.receipt(receipt)["state"] == "done"


def scene_two_workers_meet_on_one_receipt(cloud: Cloud) -> None:
    """The second one comes back when the lease ends."""
    wim = Somebody(cloud, "wim")
    receipt = wim.disconnect(wim.log_in("zora")["account_id"])
    wakeup = {"user": "wim", "kind": "receipt", "id": receipt["receipt_id"], "life": ""}

    def meanwhile() -> None:
        cloud.send("erase", wakeup)
        assert cloud.deliver("erase") == [wakeup]

    during(cloud, "erase_account", "dynamodb", "Query", meanwhile)
    cloud.deliver("erase")
    assert wim.receipt(receipt)["state"] == "done"


def scene_a_disconnect_stops_a_run_in_flight(cloud: Cloud) -> None:
    """The worker gives its lease back and calls the erase."""
    xan = Somebody(cloud, "xan")
    account_id = xan.log_in("pia")["account_id"]
    receipts: list[Json] = []
    during(cloud, "run_syncs", "dynamodb", "GetItem", lambda: receipts.append(xan.disconnect(account_id)))
    cloud.deliver("manual")
    cloud.deliver("erase")
    [receipt] = receipts
    assert xan.receipt(receipt)["state"] == "done"


def scene_a_grant_goes_while_it_is_renewed(cloud: Cloud) -> None:
    """What the worker then has in hand is given back."""
    yves = Somebody(cloud, "yves")
    account_id = yves.log_in("bruno")["account_id"]
    cloud.deliver("manual")
    cloud.later(hours=3)
    assert yves.ask("sync_account", "POST", f"/accounts/{account_id}/sync").status == 202
    grant = cloud.row("USER#yves", f"ACCOUNT#{account_id}")["grant_id"]["S"]
    during(cloud, "run_syncs", *cloud.storing, lambda: cloud.vault.destroy("yves", grant))
    cloud.deliver("manual")


def scene_half_made_connections_are_swept(cloud: Cloud) -> None:
    """One that nobody came back from, and one whose choice nobody made."""
    zoe = Somebody(cloud, "zoe")
    zoe.leave("pinterest")
    assert zoe.return_(zoe.leave("facebook"), "salma")["outcome"] == "choose"
    cloud.later(minutes=20)
    assert cloud.tick() + cloud.tick(sweep=True) >= 2
    assert not cloud.deliver("erase")
    cloud.forget("daily")


def scene_a_platform_tells_of_a_person_who_removed_us(cloud: Cloud) -> None:
    adam = Somebody(cloud, "adam")
    [account] = adam.consent("instagram", "bruno")
    cloud.forget("manual")
    assert _told(cloud, "deauthorize", _person(cloud, "adam", account["account_id"])).status == 200
    assert adam.account(account["account_id"])["status"] == "connection_error"


def scene_a_platform_asks_for_a_deletion(cloud: Cloud) -> None:
    bea = Somebody(cloud, "bea")
    [account] = bea.consent("instagram", "noor")
    cloud.forget("manual")
    code = _told(cloud, "deletion", _person(cloud, "bea", account["account_id"])).json["confirmation_code"]
    cloud.deliver("erase")
    assert cloud.ask("hear_platform", "GET", f"/deletions/{code}").json["state"] == "done"


def scene_two_requests_for_a_deletion_meet(cloud: Cloud) -> None:
    """One finds the account fenced by the other, another finds it gone: both answer its receipt."""
    for user, who, erased in (("cem", "pia", False), ("cai", "zora", True)):
        one = Somebody(cloud, user)
        [account] = one.consent("instagram", who)
        cloud.forget("manual")
        person = _person(cloud, user, account["account_id"])

        def meanwhile(one: Somebody = one, account: Json = account, erased: bool = erased) -> None:
            one.disconnect(account["account_id"])
            if erased:
                cloud.deliver("erase")

        # After the person's row, the grant and the account: the fence fails, and the account is looked at again.
        during(cloud, "hear_platform", "dynamodb", "TransactWriteItems", meanwhile)
        assert _told(cloud, "deletion", person).status == 200
        cloud.deliver("erase")


def scene_a_platform_does_not_answer_a_revoke(cloud: Cloud) -> None:
    dan = Somebody(cloud, "dan")
    account_id = dan.log_in("salma")["account_id"]
    cloud.forget("manual")
    fault(cloud, "bluesky", "503", call="deleteSession", times=None)
    receipt = dan.disconnect(account_id)
    cloud.deliver("erase")
    assert dan.receipt(receipt)["platform_revocation"] == "unreachable"
    fine_again(cloud)
    cloud.later(minutes=16)
    cloud.tick(sweep=True)
    cloud.deliver("erase")
    assert dan.receipt(receipt)["platform_revocation"] == "revoked"
    cloud.forget("daily")


def _person(cloud: Cloud, user: str, account_id: str) -> str:
    """As the platform names the person to us."""
    grant = cloud.row(f"USER#{user}", f"ACCOUNT#{account_id}")["grant_id"]["S"]
    return cloud.vault.read(user, grant).tokens.extra["person"]


def _told(cloud: Cloud, what: str, person: str) -> Reply:
    """Instagram's signed word of a person."""
    secret = local.sandbox.app_credentials()["instagram"]["client_secret"].encode()
    notice = {"algorithm": "HMAC-SHA256", "user_id": person, "issued_at": epoch(cloud.now)}
    said = _encoded(json.dumps(notice).encode())
    signature = _encoded(hmac.new(secret, said.encode(), hashlib.sha256).digest())
    body = urlencode({"signed_request": f"{signature}.{said}"})
    return cloud.ask("hear_platform", "POST", f"/platforms/instagram/{what}", raw=body)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
