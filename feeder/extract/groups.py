"""Updates that stand in a named group (an incident, a match, a topic) say which one it is.

Extractors set `Update.group` and nothing else; titles, categories and links are made of it here.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from feeder.extract.page.kind import weight
from feeder.extract.record.content import TITLE_MOST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from feeder.model import Content, Group, Update

# A label says where a group has got to ("Resolved", "Fix in progress", "解決済み"). It is told by
# its shape, so that no list of words in every language is needed.
_LABEL_WORDS = 2
_REPEATED_WORDS = 5  # of a label that several groups of the page have
_LABEL_WEIGHT = 40  # characters
_WEEK = range(1, 8)  # days
_QUIET_WEIGHT = 80  # characters of the sentence that a day without incidents shows


def name_groups(updates: Sequence[Update]) -> tuple[Update, ...]:
    """The updates with titles that say which group they are of; its name is a category of them."""
    groups_by_title: dict[str, set[str]] = {}
    for update in updates:
        if update.group:
            groups_by_title.setdefault(update.content.title, set()).add(update.group.name)
    repeated = {title for title, groups in groups_by_title.items() if len(groups) > 1}
    return tuple(_named(u, u.group, repeated) if u.group else u for u in updates)


def _named(update: Update, group: Group, repeated: set[str]) -> Update:
    content = update.content
    title = content.title
    if content.derived:
        title = _shortened(f"{group.name}: {title}" if title else group.name)
    elif is_label(title, repeated=title in repeated):
        title = f"{group.name}: {title}"
    if group.name.casefold() in content.title.casefold():
        title = content.title
    categories = tuple(dict.fromkeys((group.name, *content.categories)))
    named = replace(content, title=title, categories=categories)
    return replace(update, content=named, url=update.url or group.url)


def is_label(title: str, *, repeated: bool = False) -> bool:
    """Whether a title says nothing alone; `repeated`: several groups of the page have it."""
    most = _REPEATED_WORDS if repeated else _LABEL_WORDS
    return len(title.split()) <= most and weight(title) <= _LABEL_WEIGHT


def _shortened(title: str) -> str:
    if len(title) <= TITLE_MOST:
        return title
    return title[: TITLE_MOST - 1].rpartition(" ")[0].rstrip(" ,;:–—-") + "…"


def without_quiet_days(updates: Sequence[Update]) -> tuple[Update, ...]:
    """Returns the updates without days on which nothing happened.

    Status pages list each day, and say of most the same few words: "No incidents reported". Such a
    sentence stands alone under two days of one week; with "today" behind it once.
    """
    days: dict[str, set[date]] = {}
    for update in filter(_may_be_quiet, updates):
        if update.published:
            days.setdefault(_key(update.content), set()).add(update.published.date())
    quiet = [words for words, said in days.items() if _within_a_week(sorted(said))]
    return tuple(u for u in updates if not (_may_be_quiet(u) and _says(u.content, quiet)))


def _within_a_week(days: Sequence[date]) -> bool:
    return any((two - one).days in _WEEK for one, two in pairwise(days))


def _may_be_quiet(update: Update) -> bool:
    content = update.content
    bare = content.derived and update.stated == "day" and update.group is None
    return bare and not content.images and weight(content.text) <= _QUIET_WEIGHT


def _key(content: Content) -> str:
    return content.text.casefold().rstrip(" .!。")


def _says(content: Content, quiet: Sequence[str]) -> bool:
    return any(_key(content).startswith(words) for words in quiet if words)
