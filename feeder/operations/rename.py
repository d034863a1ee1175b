"""A feed under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder import publish

if TYPE_CHECKING:
    from feeder.publish.publisher import Publisher


def publish_renamed(publisher: Publisher, old: str, new: str) -> None:
    """Publishes the feed under its new name; without its old files, the old address answers 301."""
    found = publisher.store.source(new)
    assert found is not None
    publisher.publish_source(*found)
    publish.unpublish(old, publisher.settings.output)
    publisher.publish_lists()
