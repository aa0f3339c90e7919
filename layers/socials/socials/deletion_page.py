"""The page behind the link that a platform gives to whoever asked it to have their data deleted with us.

Meta wants a person to be able to read there how far it is:
https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from socials.timing import RECEIPT_LIVES

if TYPE_CHECKING:
    from socials import shapes

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Deletion · PostLoudly</title>
<h1>Your data at PostLoudly</h1>
<p>On {day} you asked for the deletion of your data{accounts}.</p>
<p><strong>{standing}</strong></p>
"""
_STANDING = {
    "erasing": "It is under way: nothing is read from the platform any more, and what we hold is being deleted.",
    "done": "It is done: what we held is deleted. Backups may hold it for {backups} more days at most, and a record of "
    "the deletion stays for {record} days.",
}
# Nothing but the text: no script, no style, no picture, no frame around it.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept",
}


def is_for_people(accept: str) -> bool:
    """A browser asks for pages by their name; a platform, as any program, does not."""
    return "text/html" in accept.lower()


def page(deletion: shapes.Deletion, backup_days: int) -> str:
    """Nothing in it says whose it is. `backup_days`: for how long a backup holds what is deleted."""
    number = deletion["accounts"]
    accounts = {0: ": we held none", 1: " of one account"}.get(number, f" of {number} accounts")
    day = deletion["requested_at"].partition("T")[0]
    standing = _STANDING[deletion["state"]].format(backups=backup_days, record=RECEIPT_LIVES.days)
    return _PAGE.format(day=day, accounts=accounts, standing=standing)
