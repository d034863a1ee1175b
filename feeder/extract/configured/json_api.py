"""JSON: from an API, or the state that a page carries for its scripts (read, never run).

With rules (JMESPath) the items are named. Without, the list is sought whose items have times and
texts: of several the one that says most.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from feeder.errors import ExtractError
from feeder.extract.page.identity import native_id
from feeder.extract.page.not_the_page import SHORT
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.stated_times import NONE, stated
from feeder.extract.page.times import context
from feeder.extract.record.content import content
from feeder.extract.record.people import stated_people
from feeder.extract.stated.json_body import pictures, rendered
from feeder.extract.stated.json_items import Items, announced, guess, value_of
from feeder.model import Image, Note, Rules, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.when import Context

KIND = "api"
# Where scripts find their state: a script of a JSON type, or an assignment to a global.
_STATE = re.compile(
    r"<script\b[^>]{0,300}?\btype\s*=\s*[\"']?application/json[^>]{0,300}>"
    r"|(?:window|self|globalThis)(?:\.[A-Za-z_$][\w$]{2,60}|\[[\"'][\w$-]{2,60}[\"']\])\s*=\s*(?=[{\[]|JSON\.parse\()",
)
_PARSED = re.compile(r"JSON\.parse\(\s*(\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+')", re.DOTALL)
_MOST = 2_000  # items
_TOLD = 3  # lists that were left out
_LEAST_STATE = 500  # characters; what is shorter holds no blog


def find(page: ParsedPage, rules: Rules) -> Evidence | None:
    """The updates of a JSON document."""
    if page.form != "json":
        return _state(page, rules) if page.form == "html" else None
    try:
        document = msgspec.json.decode(page.text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ExtractError(f"The document is no valid JSON: {error}") from error
    if rules.api.get("items"):
        return _by_rules(page, rules, document)
    found = guess(document)
    return _found(page, rules, found, document) if found else _left_out(document)


def _left_out(document: Any) -> Evidence:
    """Why there is nothing, where that can be told."""
    notes = [
        Note(
            KIND,
            f"the list {place or 'at the top'} says what is to come, a programme or appointments: left out",
        )
        for place in announced(document)[:_TOLD]
    ]
    return Evidence(
        KIND,
        confidence=0.0,
        notes=tuple(notes) or (Note(KIND, "no list whose items have times and texts"),),
    )


def _by_rules(page: ParsedPage, rules: Rules, document: Any) -> Evidence:
    items = _search("items", rules.api["items"], document)
    if isinstance(items, dict):
        items = list(items.values())
    if not isinstance(items, list):
        raise ExtractError(
            f"The expression items, {rules.api['items']!r}, names no list in the document."
        )
    guessed = guess([{"items": items}], strict=False) or Items(
        rules.api["items"], tuple(i for i in items if isinstance(i, dict)), {}
    )
    paths = guessed.paths | {
        key: "=" + path for key, path in rules.api.items() if key != "items" and path
    }
    return _found(page, rules, Items(rules.api["items"], guessed.items, paths), document)


def _search(key: str, expression: str, value: Any) -> Any:
    try:
        return jmespath.search(expression, value)
    except (JMESPathError, ValueError, TypeError, RecursionError) as error:
        raise ExtractError(
            f"The expression {key}, {expression!r}, cannot be used: {error}"
        ) from error


def _found(page: ParsedPage, rules: Rules, items: Items, document: Any) -> Evidence:
    known = context(page, rules)
    updates = tuple(
        u for item in items.items[:_MOST] if (u := _update(page, item, items.paths, known))
    )
    about = document if isinstance(document, dict) else {}
    title = next(
        (
            about[k]
            for k in ("title", "headline", "name", "webTitle")
            if isinstance(about.get(k), str)
        ),
        "",
    )
    used = ", ".join(f"{key}: {path}" for key, path in sorted(items.paths.items()))
    notes = (
        Note(
            KIND, f"the list {items.place or 'at the top'} with {len(items.items)} items ({used})"
        ),
    )
    return Evidence(KIND, updates, confidence=0.8, place=items.place, title=title, notes=notes)


def _get(item: dict[str, Any], paths: dict[str, str], key: str) -> Any:
    path = paths.get(key, "")
    return (
        _search(key, path[1:], item)
        if path.startswith("=")
        else value_of(item, path)
        if path
        else None
    )


def _update(
    page: ParsedPage, item: dict[str, Any], paths: dict[str, str], known: Context
) -> Update | None:
    times = (stated(_get(item, paths, key), known) for key in ("time", "created", "modified"))
    when = next((t for t in times if t.at), NONE)
    modified = stated(_get(item, paths, "modified"), known).at
    headline, body = _get(item, paths, "headline"), rendered(_get(item, paths, "body"))
    address = _get(item, paths, "url")
    url = page.absolute(address) if isinstance(address, str) else None
    own = _get(item, paths, "id")
    native = str(own) if isinstance(own, (str, int)) and str(own) else url or ""
    made = content(
        headline if isinstance(headline, str) else "",
        body,
        page.base,
        authors=stated_people(_get(item, paths, "author")),
        images=_images(page, item) if "<img" not in body else (),
    )
    if not made.title and not made.html and not made.images:
        return None
    later = modified if modified and when.at and modified > when.at else None
    pinned = value_of(item, "attributes.pinned") is True or item.get("pinned") is True
    return Update(
        made, when.at, when.stated, later, native_id(page, native), url, pinned, evidence=KIND
    )


def _images(page: ParsedPage, item: dict[str, Any]) -> tuple[Image, ...]:
    """One image that stands beside the body."""
    beside = {
        k: v
        for k, v in item.items()
        if re.search(r"image|photo|picture|media|thumb", k, re.IGNORECASE)
    }
    best = max(pictures([beside]), default=None)
    url = page.absolute(best[1]) if best else None
    return (Image(url),) if url else ()


def _state(page: ParsedPage, rules: Rules) -> Evidence | None:
    """The live blog in a page's own state; other lists in it (related articles, comments) are none."""
    if len(page.said) > SHORT:  # what has words of its own needs none of its scripts'
        return None
    best = max(
        (g for value in states(page.text) if (g := guess(value, live=True))),
        key=lambda g: g.weight,
        default=None,
    )
    return _found(page, rules, best, {}) if best else None


def states(text: str) -> Iterator[Any]:
    """Every JSON value that a page carries for its scripts."""
    decoder = json.JSONDecoder()
    for start in _STATE.finditer(text):
        at = start.end()
        parsed = _PARSED.match(text, at)
        try:
            if parsed:
                yield json.loads(
                    json.loads(
                        '"' + parsed[1][1:-1].replace("\\'", "'") + '"'
                        if parsed[1][0] == "'"
                        else parsed[1]
                    )
                )
            elif start[0].startswith("<"):
                end = text.find("</script", at)
                raw = text[at : end if end >= 0 else len(text)]
                if len(raw) >= _LEAST_STATE:
                    yield msgspec.json.decode(raw)
            else:
                yield decoder.raw_decode(text, at)[0]
        except (ValueError, RecursionError, TypeError, msgspec.DecodeError):
            continue
