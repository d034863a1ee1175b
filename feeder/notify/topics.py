"""The addresses under which hubs and readers know a feed."""

from __future__ import annotations

FORMATS = ("atom", "rss", "json")


def topics(feeds: str, name: str) -> tuple[str, ...]:
    """Returns the public addresses of a feed, one for each format: what is subscribed to."""
    return tuple(f"{feeds}{name}.{kind}" for kind in FORMATS)
