"""The parts of a sync run."""

from enum import StrEnum


class Part(StrEnum):
    """A part of a sync run; each has its own outcome."""

    PROFILE = "profile"
    INSIGHTS = "insights"
    POSTS = "posts"
