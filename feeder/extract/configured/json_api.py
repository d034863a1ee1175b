"""JSON: from an API, or the state that a page carries for its scripts (read, never run).

With rules (JMESPath) the items are named. Without, the list is sought whose items have times and
texts: of several the one that says most.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jmespath
from jmespath.exceptions import JMESPathError

from feeder.errors import ExtractError
from feeder.extract.page.identity import native_id
from feeder.extract.page.not_the_page import SHORT
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.scripts import states
from feeder.extract.page.times import stamp_in
from feeder.extract.record.content import content, headline_html, says_something
from feeder.extract.record.people import stated_people
from feeder.extract.stated.json_body import pictures, rendered
from feeder.extract.stated.json_columns import name_words, value_at
from feeder.extract.stated.json_hints import GMT, has_stem
from feeder.extract.stated.json_items import (
    JsonSeries,
    announced_places,
    choose_series,
    columns_of,
    describe,
    newest_part,
)
from feeder.extract.stated.json_lists import JsonItem, JsonList
from feeder.extract.stated.json_text import read_json
from feeder.extract.stated.update_times import read_times
from feeder.model import Group, Image, Note, Rules, Update

if TYPE_CHECKING:
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.extract.page.scripts import JsonObject
    from feeder.extract.stated.update_times import UpdateTime

KIND = "api"
_MOST = 2_000  # items
_TOLD = 3  # lists that were left out
_PICTURE = re.compile(r"image|photo|picture|media|thumb|figure|cover|poster", re.IGNORECASE)
_NAMES = {"name", "title", "label"}
_TITLES = ("title", "headline", "name", "webTitle")


def find(page: ParsedPage, rules: Rules) -> Evidence | None:
    """Return the updates of a JSON document, or of the state of an HTML page that has few words."""
    if page.form != "json":
        return _of_state(page, rules) if page.form == "html" else None
    document = read_json(page.text)
    if rules.api.get("items"):
        return _found(page, rules, _by_rules(rules, document), document)
    series = choose_series(document, rules.now)
    return _found(page, rules, series, document) if series else _left_out(document, rules)


def _left_out(document: Any, rules: Rules) -> Evidence:
    """Returns why there is nothing, where that can be told."""
    why = "says what is to come, a programme or appointments: left out"
    places = announced_places(document, rules.now)[:_TOLD]
    notes = [Note(KIND, f"the list {place or 'at the top'} {why}") for place in places]
    none = Note(KIND, "no list whose items have times and texts")
    return Evidence(KIND, confidence=0.0, notes=tuple(notes) or (none,))


# --------------------------------------------------------------------------------- by configuration


def _by_rules(rules: Rules, document: Any) -> JsonSeries:
    """The items that the configuration names, with what is told of the fields that it does not."""
    items = _named_items(rules, document)
    place = rules.api.get("parents", "") + "." if rules.api.get("parents") else ""
    found = JsonList(f"{place}{rules.api['items']}", tuple(items))
    return describe(found, columns_of(found)) if items else JsonSeries(found.place, (), {})


def _named_items(rules: Rules, document: Any) -> list[JsonItem]:
    if not rules.api.get("parents"):
        return [JsonItem(one) for one in _list_of(rules, "items", document)]
    parents = _list_of(rules, "parents", document)
    return [
        JsonItem(one, (parent,), parent)
        for parent in parents
        for one in _list_of(rules, "items", parent, may_be_none=True)
    ]


def _list_of(
    rules: Rules,
    key: str,
    value: Any,
    *,
    may_be_none: bool = False,
) -> list[JsonObject]:
    expression = rules.api[key]
    found = _search(key, expression, value)
    if isinstance(found, dict):
        found = list(found.values())
    if found is None and may_be_none:
        found = []
    if not isinstance(found, list):
        raise ExtractError(f"The expression {key}, {expression!r}, names no list in the document.")
    return [one for one in found if isinstance(one, dict)]


def _search(key: str, expression: str, value: Any) -> Any:
    try:
        return jmespath.search(expression, value)
    except (JMESPathError, ValueError, TypeError, RecursionError) as error:
        raise ExtractError(
            f"The expression {key}, {expression!r}, cannot be used: {error}"
        ) from error


# ----------------------------------------------------------------------------------------- updates


def _found(
    page: ParsedPage,
    rules: Rules,
    series: JsonSeries,
    document: Any,
) -> Evidence:
    read = newest_part(series, _MOST)
    items = [_Fields(read, rules, item) for item in read.items]
    times = read_times(page, [[item.time(), item.moment("modified")] for item in items])
    updates = (_update(page, *pair) for pair in zip(items, times.each, strict=True))
    told = tuple(u for u in updates if u is not None)
    about = document if isinstance(document, dict) else {}
    title = next((about[k] for k in _TITLES if isinstance(about.get(k), str)), "")
    return Evidence(
        KIND,
        told,
        confidence=0.8,
        place=series.place,
        title=title,
        notes=tuple(_notes(series, rules, len(told))),
        assumed=times.assumed,
        unread=times.unread,
    )


def _notes(series: JsonSeries, rules: Rules, told: int) -> list[Note]:
    paths = {key: ".".join(map(str, path)) for key, path in series.paths.items()}
    used = paths | {key: path for key, path in rules.api.items() if path}
    fields = ", ".join(f"{key}: {path}" for key, path in sorted(used.items()))
    count = len(series.items)
    notes = [Note(KIND, f"the list {series.place or 'at the top'} with {count} items ({fields})")]
    if count > _MOST:
        notes.append(Note(KIND, f"only the newest {_MOST} of its items are read"))
    if told < min(count, _MOST):
        silent = min(count, _MOST) - told
        notes.append(Note(KIND, f"{silent} of its items say nothing: left out"))
    return notes


class _Fields:
    """One item's values by field: what the configuration names, else what was told by shape."""

    def __init__(
        self,
        series: JsonSeries,
        rules: Rules,
        item: JsonItem,
    ) -> None:
        self._paths = series.paths
        self._group = series.group
        self._rules = rules.api
        self.item = item

    def get(self, key: str) -> Any:
        if expression := self._rules.get(key):
            return _search(key, expression, self.item.value)
        path = self._paths.get(key)
        return value_at(self.item.value, path) if path else None

    def words(self, key: str) -> str:
        value = self.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
        return value.strip() if isinstance(value, str) else ""

    def time(self) -> Any:
        """Its time, with the time of day where that stands apart."""
        day, clock = self.moment("time"), self.words("clock")
        return f"{day} {clock}" if day and clock else day

    def moment(self, key: str) -> Any:
        """Returns what states a time; "date_gmt" says the zone in its name alone."""
        value, path = self.get(key), self._paths.get(key, ())
        name = self._rules.get(key) or (path[-1] if path else "")
        bare = isinstance(value, str) and (stamp := stamp_in(value)) and stamp.zoneless
        return f"{value} UTC" if bare and has_stem(name_words(str(name)), GMT) else value

    def of_parent(self, rule: str, key: str) -> str:
        """Returns a value of the group that the item stands in."""
        if not self.item.parents:
            return ""
        parent = self.item.parents[0]
        if expression := self._rules.get(rule):
            value = _search(rule, expression, parent)
        else:
            value = value_at(parent, self._group[key]) if key in self._group else None
        return value.strip() if isinstance(value, str) else ""


def _update(page: ParsedPage, fields: _Fields, time: UpdateTime) -> Update | None:
    body = rendered(fields.get("body")) or rendered(fields.get("summary"))
    url = page.absolute(fields.words("url"))
    made = content(
        headline_html(_headline(fields)),
        body,
        page.base,
        authors=stated_people(fields.get("author")),
        images=_images(page, fields) if "<img" not in body else (),
        categories=_names_in(fields.get("category")),
    )
    if not says_something(made):
        return None
    return Update(
        made,
        time.at,
        time.stated,
        time.modified(fields.moment("modified")),
        native_id(page, fields.words("id") or url or ""),
        url,
        _is_pinned(fields.item.value),
        evidence=KIND,
        group=_group(page, fields),
    )


def _headline(fields: _Fields) -> str:
    """Returns the headline; a state is written as a word: "in_progress" is "In progress"."""
    text = fields.words("headline")
    if " " in text or not text.islower() or not text.replace("_", "").isalpha():
        return text
    return text.replace("_", " ").capitalize()


def _group(page: ParsedPage, fields: _Fields) -> Group | None:
    name = fields.of_parent("group", "name")
    return Group(name, page.absolute(fields.of_parent("group_url", "url"))) if name else None


def _is_pinned(item: JsonObject) -> bool:
    attributes = item.get("attributes")
    inside = attributes.get("pinned") if isinstance(attributes, dict) else None
    return item.get("pinned") is True or inside is True


def _images(page: ParsedPage, fields: _Fields) -> tuple[Image, ...]:
    """One image that stands beside the body."""
    named = fields.words("image")
    beside = {k: v for k, v in fields.item.value.items() if _PICTURE.search(k)}
    best = named or max(pictures([beside]), default=(0, ""))[1]
    url = page.absolute(best)
    return (Image(url),) if url else ()


def _names_in(value: Any, depth: int = 4) -> list[str]:
    """Returns the names in a list of categories: words, or objects that have a name."""
    if isinstance(value, dict):
        value = _name_of(value)
    if isinstance(value, str):
        return [value.strip()] if 0 < len(value.strip()) <= 80 else []
    if depth > 0 and isinstance(value, list):
        return [name for one in value[:20] for name in _names_in(one, depth - 1)]
    return []


def _name_of(element: JsonObject) -> str:
    name = next((element[key] for key in element if name_words(key) & _NAMES), "")
    return name if isinstance(name, str) else ""


def _of_state(page: ParsedPage, rules: Rules) -> Evidence | None:
    """Returns the live blog in a page's own state.

    Other lists in it (related articles, comments) are none.
    """
    if len(page.said) > SHORT:  # what has words of its own needs none of its scripts'
        return None
    read = (choose_series(value, rules.now, live=True) for value in states(page.text))
    best = max((s for s in read if s), key=lambda s: s.weight, default=None)
    return _found(page, rules, best, {}) if best else None
