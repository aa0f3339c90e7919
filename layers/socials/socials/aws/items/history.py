"""Posts, runs and events of one life."""

from datetime import datetime
from typing import Any

from socials.aws.items import keys
from socials.aws.items.attributes import Item, known, time
from socials.aws.items.letters import LETTERS
from socials.aws.items.numbers import metrics_in
from socials.aws.items.runs import run_to_item
from socials.clock import from_iso
from socials.models.events import Event, EventType
from socials.models.lives import LifeKey
from socials.models.readings import Post
from socials.models.runs import Run
from socials.timing import EVENT_LIVES


def post_to_item(life: LifeKey, post: Post, until: datetime | None = None) -> Item:
    fields: dict[str, Any] = {
        "permalink": post.permalink,
        "title": post.title,
        "media_type": post.media_type,
        "updated_at": post.updated_at,
        "leaves_at": post.leaves_at,
        "expires_at": post.leaves_at or until,
    }
    numbers = {LETTERS[name]: number for name, number in post.metrics.known().items()}
    return {"pk": keys.life_pk(life), "sk": keys.post_sk(post)} | known(fields) | numbers


def item_to_post(item: Item) -> Post:
    _, published_at, post_id = item["sk"].split("#", 2)
    return Post(
        post_id=post_id,
        published_at=from_iso(published_at),
        permalink=item["permalink"],
        title=item.get("title"),
        media_type=item.get("media_type"),
        metrics=metrics_in(item),
        updated_at=time(item.get("updated_at")),
        leaves_at=time(item.get("leaves_at")),
    )


def run_item(life: LifeKey, run: Run) -> Item:
    return {"pk": keys.life_pk(life), "sk": keys.run_sk(run.run_id)} | run_to_item(run)


def event_to_item(life: LifeKey, event: Event) -> Item:
    what = {"type": event.type, "detail": event.detail, "expires_at": event.at + EVENT_LIVES}
    return {"pk": keys.life_pk(life), "sk": keys.event_sk(event.event_id)} | what


def item_to_event(item: Item) -> Event:
    event_id = item["sk"].removeprefix("EVENT#")
    return Event(event_id=event_id, type=EventType(item["type"]), detail=item["detail"])
