"""LinkedIn's organization pages: who runs which, their posts, and the numbers of both."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from local.sandbox import world
from local.sandbox.avatars import avatar_url
from local.sandbox.chance import digits, draw, letters
from local.sandbox.people import Person
from local.sandbox.restli import asked, bad, error, items, number, time_range, urn, urns, word
from local.sandbox.state import Sandbox
from local.sandbox.world import Post

Reader = Callable[..., Person]
ADMIN, POSTS = "rw_organization_admin", "r_organization_social"
_PLATFORM = "linkedin"
_MORE = {"ada": ("School",), "bruno": ("Wholesale", "Academy")}
_COUNTS = {
    "impressionCount": "impressions",
    "clickCount": "clicks",
    "likeCount": "likes",
    "commentCount": "comments",
    "shareCount": "reposts",
}


def pages_of(person: Person) -> list[Person]:
    """The pages that a person administers; each has posts and followers of its own. Nobody's if they are personal."""
    if person.personal:
        return []
    more = [
        replace(person, key=f"{person.key}-{name.lower()}", name=f"{person.name} {name}", followers=place * 97)
        for place, name in enumerate(_MORE.get(person.key, ()), 1)
    ]
    return [person, *more]


def organization_id(page: Person) -> int:
    return int(digits(8, "organization", page.key))


def organization(page: Person) -> str:
    return f"urn:li:organization:{organization_id(page)}"


def asset(page: Person) -> str:
    return f"C4D0B{letters(12, 'logo', page.key)}"


def is_video(post: Post) -> bool:
    return post.number % 5 == 1


@lru_cache(maxsize=50_000)
def post_urn(post: Post) -> str:
    kind = "ugcPost" if is_video(post) or post.number % 3 == 0 else "share"
    return f"urn:li:{kind}:{digits(18, 'update', post.key)}"


def video_urn(post: Post) -> str:
    return f"urn:li:video:C5F{letters(12, 'video', post.key)}"


def listing(
    elements: Iterable[Mapping[str, Any]], start: int = 0, count: int = 10, more: bool = False
) -> dict[str, Any]:
    links = [{"rel": "next", "type": "application/json", "href": f"/rest/?start={start + count}"}] if more else []
    return {"paging": {"start": start, "count": count, "links": links}, "elements": list(elements)}


class Pages:
    def __init__(self, sandbox: Sandbox, reader: Reader) -> None:
        self._sandbox, self._reader = sandbox, reader

    # Who they are

    def acls(self) -> Mapping[str, Any]:
        person = self._reader(ADMIN)
        query = asked("q", "role", "state", "count", "start")
        word(query, "q", {"roleAssignee"})
        word(query, "role", {"ADMINISTRATOR"})
        start, count = number(query, "start", 0, 10_000), number(query, "count", 10, 100)
        # Careful: the page goes by either of its two names.
        rows = [
            {
                "roleAssignee": f"urn:li:person:{letters(10, 'member', person.key)}",
                "role": "ADMINISTRATOR",
                "state": "APPROVED",
                "organizationTarget" if place % 2 else "organization": organization(page),
            }
            for place, page in enumerate(pages_of(person))
        ]
        return listing(rows[start : start + count], start, count, len(rows) > start + count)

    def one(self, number: str) -> Mapping[str, Any]:
        person = self._reader(ADMIN)
        asked()
        return self._shown(self._page(person, f"urn:li:organization:{number}"))

    def several(self) -> Mapping[str, Any]:
        person = self._reader(ADMIN)
        wanted = items(asked("ids"), "ids")
        mine = {str(organization_id(page)): page for page in pages_of(person)}
        found = {each: self._shown(mine[each]) for each in wanted if each in mine}
        lost = {each: {"status": 403, "message": "ACCESS_DENIED"} for each in wanted if each not in mine}
        statuses = {each: 200 if each in found else 403 for each in wanted}
        return {"results": found, "statuses": statuses, "errors": lost}

    def image(self, wanted: str) -> Mapping[str, Any]:
        person = self._reader()
        for page in pages_of(person):
            if wanted == f"urn:li:image:{asset(page)}":
                url = avatar_url(f"{_PLATFORM}-{page.key}")
                return {"id": wanted, "owner": organization(page), "status": "AVAILABLE", "downloadUrl": url}
        raise error(404, "NOT_FOUND", "Image not found")

    def followers(self, wanted: str) -> Mapping[str, Any]:
        page = self._page(self._reader(ADMIN), wanted)
        word(asked("edgeType"), "edgeType", {"COMPANY_FOLLOWED_BY_MEMBER"})
        return {} if page.unknown else {"firstDegreeSize": world.followers(page, self._sandbox.today)}

    def _page(self, person: Person, wanted: str) -> Person:
        for page in pages_of(person):
            if organization(page) == wanted:
                return page
        raise error(403, "ACCESS_DENIED", "Not enough permissions to access this organization", 100)

    def _shown(self, page: Person) -> dict[str, Any]:
        logo = f"urn:li:digitalmediaAsset:{asset(page)}"
        return {
            "id": organization_id(page),
            "localizedName": page.name,
            "vanityName": f"{page.key}-sandbox",
            "localizedWebsite": f"https://{page.key}.example/",
            "primaryOrganizationType": "NONE",
            **({} if page.nobody else {"logoV2": {"original": logo, "cropped": logo}}),
        }

    # Posts

    def posts(self) -> Mapping[str, Any]:
        person = self._reader(POSTS)
        query = asked("q", "author", "count", "start", "sortBy")
        word(query, "q", {"author"})
        page = self._page(person, urn(query, "author"))
        start, count = number(query, "start", 0, 100_000), number(query, "count", 10, 100)
        word({"sortBy": query.get("sortBy", "LAST_MODIFIED")}, "sortBy", {"LAST_MODIFIED", "CREATED"})
        posts = sorted(self._sandbox.posts(page, _PLATFORM), key=self._changed, reverse=True)
        cut = posts[start : start + count]
        return listing([self._post(post) for post in cut], start, count, len(posts) > start + count)

    def _changed(self, post: Post) -> float:
        """Every tenth is edited three days after."""
        edited = post.at + timedelta(days=3)
        return (edited if post.number % 10 == 0 and edited <= self._sandbox.now() else post.at).timestamp()

    def _post(self, post: Post) -> dict[str, Any]:
        at = int(post.at.timestamp() * 1000)
        draft = post.number % 13 == 12
        shown: dict[str, Any] = {
            "id": post_urn(post),
            "author": organization(post.person),
            "commentary": f"{post.text} \\(again\\) {{hashtag|\\#|{post.platform}}}\n{post.person.about}",
            "createdAt": at,
            "lastModifiedAt": int(self._changed(post) * 1000),
            "lifecycleState": "DRAFT" if draft else "PUBLISHED",
            "visibility": "PUBLIC",
            "isReshareDisabledByAuthor": False,
        }
        shown |= {} if draft else {"publishedAt": at}
        shown |= (
            {"reshareContext": {"parent": f"urn:li:share:{digits(18, 'parent', post.key)}"}} if post.foreign else {}
        )
        content = self._content(post)
        return shown | ({"content": content} if content else {})

    def _content(self, post: Post) -> dict[str, Any] | None:
        if is_video(post):
            return {"media": {"id": video_urn(post), "title": post.text}}
        picture = f"urn:li:image:C4E{letters(12, 'picture', post.key)}"
        article = {"source": f"https://{post.person.key}.example/{post.number}", "title": post.text}
        kinds = (
            {"media": {"id": picture}},
            None,
            {"multiImage": {"images": [{"id": picture}] * 2}},
            {"article": article},
        )
        return kinds[post.number % 4]

    # Numbers

    def statistics(self) -> Mapping[str, Any]:
        person = self._reader(ADMIN)
        query = asked("q", "organizationalEntity", "shares", "ugcPosts", "timeIntervals")
        word(query, "q", {"organizationalEntity"})
        page = self._page(person, urn(query, "organizationalEntity"))
        if "timeIntervals" in query:
            return listing(self._days(page, query))
        wanted = [each for name in ("shares", "ugcPosts") if name in query for each in urns(query, name)]
        if not {"shares", "ugcPosts"} & query.keys():
            return listing([{"organizationalEntity": organization(page), "totalShareStatistics": self._ever(page)}])
        # A post without activity is left out, as is one of somebody else.
        mine = {post_urn(post): post for post in self._sandbox.posts(page, _PLATFORM)}
        seen = [mine[each] for each in wanted if each in mine and self._total(mine[each], "impressions")]
        return listing([self._of_post(post) for post in seen])

    def _of_post(self, post: Post) -> dict[str, Any]:
        own = post_urn(post)
        numbers = self._counted({theirs: self._total(post, ours) for theirs, ours in _COUNTS.items()})
        if post.person.unknown and post.number % 2:
            del numbers["clickCount"], numbers["uniqueImpressionsCount"]
        kind = own.split(":")[2]
        return {"organizationalEntity": organization(post.person), kind: own, "totalShareStatistics": numbers}

    def _ever(self, page: Person) -> dict[str, Any]:
        posts = self._sandbox.posts(page, _PLATFORM)
        return self._counted({n: sum(self._total(post, ours) for post in posts) for n, ours in _COUNTS.items()})

    def _days(self, page: Person, query: Mapping[str, str]) -> Iterable[dict[str, Any]]:
        first, end = time_range(query)
        today = self._sandbox.today
        if first < today - timedelta(days=366):
            raise bad("timeIntervals")
        span = min((end - first).days, (today - first).days + 1)
        for day in (first + timedelta(days=n) for n in range(max(0, span))):
            now = self._sandbox.now()
            numbers = {n: world.settled(world.account_day(page, m, day), day, now) for n, m in _COUNTS.items()}
            # More people took a like back than gave one.
            if not page.nobody and draw("unliked", page.key, day) % 11 == 0:
                numbers["likeCount"] = -1
            start = int(datetime.combine(day, time(), UTC).timestamp() * 1000)
            yield {
                "organizationalEntity": organization(page),
                "timeRange": {"start": start, "end": start + 86_400_000},
                "totalShareStatistics": self._counted(numbers),
            }

    @staticmethod
    def _counted(numbers: dict[str, int]) -> dict[str, Any]:
        seen = numbers["impressionCount"]
        engagement = sum(numbers.values()) / seen - 1 if seen else 0.0
        return {**numbers, "uniqueImpressionsCount": seen * 7 // 10, "engagement": round(engagement, 4)}

    def _total(self, post: Post, metric: str) -> int:
        return world.total(post, metric, self._sandbox.today)

    def video(self) -> Mapping[str, Any]:
        person = self._reader(POSTS)
        query = asked("q", "entity", "type", "aggregation")
        word(query, "q", {"entity"})
        word(query, "type", {"VIDEO_VIEW"})
        word(query, "aggregation", {"ALL"})
        wanted = urn(query, "entity")
        for page in pages_of(person):
            for post in self._sandbox.posts(page, _PLATFORM):
                if is_video(post) and wanted in (post_urn(post), video_urn(post)):
                    return listing([{"entity": wanted, "value": self._total(post, "video_views")}])
        raise error(404, "NOT_FOUND", "No such video")
