"""docs/platforms.md is what the facts say."""

from socials.platforms import every_platform
from tools.platforms_doc import PAGE, UPKEEP, page


def test_every_platform_has_its_upkeep() -> None:
    assert {platform.slug for platform in every_platform()} <= UPKEEP.keys()


def test_every_platform_has_its_mark_on_the_page() -> None:
    icons = PAGE.parents[1] / "functions" / "web" / "static" / "icons"
    assert {platform.slug for platform in every_platform()} <= {icon.stem for icon in icons.glob("*.svg")}


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run make docs"
