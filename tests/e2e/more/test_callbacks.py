"""A platform tells us first, by signed HTTP requests: a person removed us there, or wants everything deleted."""

import base64
import hashlib
import hmac
import json
from typing import Any

from local.sandbox import app_credentials, facebook, people, tiktok
from socials.clock import epoch
from tests.e2e.more.test_metas_accounts import connected
from tests.support.product import Json, erased, synced
from tests.support.stack import Person, Stack


def joined(stack: Stack, person: Person, platform: str, who: str) -> list[Json]:
    return [synced(stack, person, account["account_id"]) for account in connected(person, platform, who)]


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed(stack: Stack, platform: str, who: str, secret: str | None = None) -> dict[str, str]:
    """Meta's form, signed as https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow says."""
    key, at = secret or app_credentials()[platform]["client_secret"], epoch(stack.now())
    payload = unpadded(json.dumps({"algorithm": "HMAC-SHA256", "user_id": who, "issued_at": at}).encode())
    signature = unpadded(hmac.new(key.encode(), payload.encode(), hashlib.sha256).digest())
    return {"signed_request": f"{signature}.{payload}"}


def facebook_id(key: str) -> str:
    person = people.find(key)
    assert person is not None
    return facebook.user_id(person)


def test_an_app_removed_on_facebook_is_told_as_the_persons_own_doing(stack: Stack, person: Person) -> None:
    (account,) = joined(stack, person, "facebook", "zora")
    path, callback = f"/accounts/{account['account_id']}", "/platforms/facebook/deauthorize"
    forged = stack.anyone().post(callback, data=signed(stack, "facebook", facebook_id("zora"), "not-ours"))
    assert forged.status_code == 403
    assert stack.anyone().post(callback, data={"signed_request": "x.y"}).status_code in (400, 403)
    assert person.get(path).json()["status"] == "connected"

    assert stack.anyone().post(callback, data=signed(stack, "facebook", facebook_id("zora"))).status_code == 200
    shown = person.get(path).json()
    assert (shown["status"], shown["status_reason"]["action"]) == ("connection_error", "reconnect")
    assert shown["status_reason"]["code"] == "removed_on_platform"
    assert (
        shown["status_reason"]["message"] == f"You removed PostLoudly on Facebook at {shown['status_reason']['since']}."
    )
    assert person.get(f"{path}/events").json()["events"][0]["type"] == "broken"
    erased(stack, person, person.delete(path).json()["receipt_id"])


def test_a_deletion_asked_of_facebook_disconnects_and_says_when_it_is_done(stack: Stack, person: Person) -> None:
    accounts = joined(stack, person, "facebook", "salma")
    callback = "/platforms/facebook/deletion"
    forged = stack.anyone().post(callback, data=signed(stack, "facebook", facebook_id("salma"), "not-ours"))
    assert forged.status_code == 403
    assert [person.get(f"/accounts/{each['account_id']}").status_code for each in accounts] == [200, 200]

    told = stack.anyone().post(callback, data=signed(stack, "facebook", facebook_id("salma")))
    assert told.status_code == 200
    code, url = told.json()["confirmation_code"], told.json()["url"]
    assert url.endswith(f"/deletions/{code}")
    state = stack.anyone().get(url).json()
    assert (state["confirmation_code"], state["accounts"]) == (code, len(accounts))
    stack.until(lambda: stack.anyone().get(url).json()["state"] == "done", 60)
    assert person.get("/accounts").json()["accounts"] == []
    assert not any(each["account_id"] in json.dumps(stack.anyone().get(url).json()) for each in accounts)
    assert stack.anyone().get("/deletions/no-such-code").status_code == 404


def webhook(stack: Stack, who: str, secret: str | None = None) -> dict[str, Any]:
    """TikTok's, signed as https://developers.tiktok.com/doc/webhooks-verification says."""
    key, at = secret or app_credentials()["tiktok"]["client_secret"], epoch(stack.now())
    said = {"event": "authorization.removed", "create_time": at, "user_openid": who, "content": '{"reason":1}'}
    body = json.dumps(said)
    signature = hmac.new(key.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return {"data": body, "headers": {"TikTok-Signature": f"t={at},s={signature}"}}


def test_an_app_removed_on_tiktok_is_told_as_the_persons_own_doing(stack: Stack, person: Person) -> None:
    (account,) = joined(stack, person, "tiktok", "ada")
    path, callback = f"/accounts/{account['account_id']}", "/platforms/tiktok/deauthorize"
    assert stack.anyone().post(callback, **webhook(stack, tiktok.open_id("ada"), "not-ours")).status_code == 403
    assert stack.anyone().post(callback, **webhook(stack, tiktok.open_id("bruno"))).status_code == 200
    assert person.get(path).json()["status"] == "connected"
    assert stack.anyone().post(callback, **webhook(stack, tiktok.open_id("ada"))).status_code == 200
    reason = person.get(path).json()["status_reason"]
    assert reason["message"] == f"You removed PostLoudly on TikTok at {reason['since']}."


def test_a_platform_that_sends_no_callbacks_has_no_address_for_them(stack: Stack) -> None:
    for platform in ("bluesky", "nobody"):
        answer = stack.anyone().post(f"/platforms/{platform}/deauthorize", data={})
        assert answer.status_code == 404
