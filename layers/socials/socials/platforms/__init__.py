"""Every platform we know, in the order the page shows them. CONTRIBUTING.md says how to add one."""

from socials.errors import FieldError, Invalid
from socials.platforms.base import Platform
from socials.platforms.bluesky import BLUESKY
from socials.platforms.facebook import FACEBOOK
from socials.platforms.instagram import INSTAGRAM
from socials.platforms.linkedin import LINKEDIN
from socials.platforms.mastodon import MASTODON
from socials.platforms.pinterest import PINTEREST
from socials.platforms.threads import THREADS
from socials.platforms.tiktok import TIKTOK
from socials.platforms.x import X
from socials.platforms.youtube import YOUTUBE

PLATFORMS: tuple[Platform, ...] = (
    INSTAGRAM,
    FACEBOOK,
    THREADS,
    PINTEREST,
    LINKEDIN,
    X,
    TIKTOK,
    YOUTUBE,
    BLUESKY,
    MASTODON,
)

_BY_SLUG = {platform.slug: platform for platform in PLATFORMS}


def platform(slug: str) -> Platform:
    """The platform of that slug. Raises Invalid (field `platform`) for one we do not know."""
    try:
        return _BY_SLUG[slug]
    except KeyError:
        raise Invalid([FieldError("platform", f"one of {', '.join(_BY_SLUG)}")], code="unknown_platform") from None
