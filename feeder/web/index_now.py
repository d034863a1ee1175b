"""/feeds/: the page of all feeds, with what a file should not hold: how each is doing now."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from feeder.publish import compose, names_in
from feeder.render import index_page
from feeder.web.state_words import STATES

if TYPE_CHECKING:
    from feeder.model import SourceState
    from feeder.publish.publisher import Publisher

MOST_SHOWN = 1000  # feeds; an installation of more is shown its file, and asked source by source


def index_now(publisher: Publisher) -> bytes | None:
    """Returns the page as HTML; None: there are too many feeds, and the file is to be served."""
    store, settings = publisher.store, publisher.settings
    followed = list(islice(store.each(), MOST_SHOWN + 1))
    if len(followed) > MOST_SHOWN:
        return None
    published, counts = names_in(settings.output), store.counts()
    news = {
        source.name: _news(source_state, counts.get(source.id, 0), source.name in published)
        for source, source_state in followed
    }
    return index_page.index(compose.listed_feeds(settings, followed), news)


def _news(source_state: SourceState, entries: int, published: bool) -> index_page.FeedNews:
    stamps = source_state.profile.stamps
    state, reason = STATES[source_state.state], source_state.reason
    return index_page.FeedNews(state, reason, max(stamps, default=None), entries, published)
