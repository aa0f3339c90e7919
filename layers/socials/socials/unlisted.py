"""Which stored posts a reading of all posts passed over: the platform lists them no more."""

from collections.abc import Iterable

from socials.models.readings import Post


class Listing:
    """One reading of all posts, from its first page on. Only what is stored between two posts that it lists is judged:
    an empty list, or one cut short, tells nothing of the rest."""

    def __init__(self) -> None:
        self._listed: set[str] = set()
        self._met: dict[str, Post] = {}

    def take(self, posts: Iterable[Post]) -> None:
        self._listed.update(post.post_id for post in posts)

    def meet(self, stored: Iterable[Post]) -> None:
        """Takes what is stored between posts that were listed one after the other, as it was found there."""
        self._met.update((post.post_id, post) for post in stored if post.post_id not in self._listed)

    def passed_over(self) -> list[Post]:
        """To be asked at the end: what lies between some may be listed after others, as behind one that is pinned above
        them. Without those that are known to leave."""
        return [post for post_id, post in self._met.items() if post_id not in self._listed and post.leaves_at is None]
