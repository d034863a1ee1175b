"""Document → Snapshot: what a page shows at one moment.

The page is parsed once (`page`), every kind of evidence is asked (`EXTRACTORS`), and what they
found is evidence about the same updates (`merge`). Nothing but ExtractError leaves here, whatever
the bytes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from feeder.errors import ExtractError
from feeder.extract.configured import json_api, select
from feeder.extract.inferred import blocks, plain_text
from feeder.extract.inferred.suggest import suggest
from feeder.extract.merge import complete, merged
from feeder.extract.page.not_the_page import refusal
from feeder.extract.page.parsed_page import Evidence, ParsedPage
from feeder.extract.stated import amp, feed, hfeed, jsonld, microdata
from feeder.model import Note, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from feeder.model import Document, Rules

    Extractor = Callable[[ParsedPage, Rules], Evidence | None]

EXTRACTORS: dict[str, Extractor] = {
    "jsonld": jsonld.find,
    "microdata": microdata.find,
    "hfeed": hfeed.find,
    "amp": amp.find,
    "feed": feed.find,
    "api": json_api.find,
    "blocks": blocks.find,
    "text": plain_text.find,
    "select": select.find,
}
# What is asked in "auto", by the document's form; the cheap and explicit kinds first, where the
# markup has a word that they cannot be stated without.
_STATED = {
    "jsonld": ("",),  # stands in scripts
    "amp": ("amp-live-list",),
    "microdata": ("itemprop", "itemProp", "ITEMPROP"),  # React writes it so
    "hfeed": ("entry",),
}
_AUTO: dict[str, tuple[str, ...]] = {
    "html": ("blocks", "api"),
    "json": ("feed", "api"),
    "xml": ("feed",),
    "text": ("text",),
}
_LAST_RESORT = (
    "api",
)  # only where nothing else told: a page's state holds its teasers and comments too

__all__ = ["EXTRACTORS", "Evidence", "ParsedPage", "extract", "extractors", "suggestion"]


def extract(document: Document, rules: Rules) -> Snapshot:
    """What the document shows; ExtractError where it is not the page, or cannot be read."""
    page = ParsedPage(document, rules)
    try:
        found = _evidence(page, rules)
        snapshot = merged(page, found)
        # One update that was inferred, not stated, may be the date of a consent page.
        inferred = len(snapshot.updates) == 1 and snapshot.strategy in {"blocks", "text"}
        if (not snapshot.updates or inferred) and (refused := refusal(page)):
            raise refused
    except RecursionError as error:
        raise ExtractError("The page is nested too deeply to be read.") from error
    return snapshot


def suggestion(document: Document, rules: Rules) -> dict[str, str]:
    """Selectors that a person could try where nothing was found: keys of [source.select]."""
    page = ParsedPage(document, rules)
    try:
        return suggest(page) if page.form == "html" else {}
    except ExtractError:
        return {}


@cache
def extractors() -> Mapping[str, Extractor]:
    """Ours, and those that other packages bring."""
    return {
        **{point.name: point.load() for point in entry_points(group="feeder.extractors")},
        **EXTRACTORS,
    }


def _asked_for(page: ParsedPage, rules: Rules) -> Evidence:
    """What the one kind found that the configuration asks for."""
    kinds = extractors()
    if rules.extract not in kinds:
        raise ExtractError(
            f"There is no extractor {rules.extract!r}; there are {', '.join(sorted(kinds))}."
        )
    found = kinds[rules.extract](page, rules)
    if rules.extract == "blocks" and not (found and found.updates):
        found = _undated(page, rules) or found
    return found or Evidence(
        rules.extract, notes=(Note(rules.extract, "nothing of this kind in the page"),)
    )


def _undated(page: ParsedPage, rules: Rules) -> Evidence | None:
    """A list that repeats and holds no times: taken only where blocks are asked for by name."""
    selectors = suggest(page) if page.form == "html" else {}
    if not selectors:
        return None
    found = select.find(page, replace(rules, select=selectors))
    note = Note("blocks", f"no series of times; {selectors['update']!r} repeats", used=True)
    notes = (note, *found.notes)
    return replace(found, kind="blocks", place=selectors["update"], notes=notes)


def _evidence(page: ParsedPage, rules: Rules) -> list[Evidence]:
    """What each kind found, in the order in which they were asked."""
    if rules.extract != "auto":
        return [_asked_for(page, rules)]
    asked = _ask_stated(page, rules) if page.form == "html" else []
    if asked and complete(page, asked[-1]):
        return asked
    for kind in (*_AUTO[page.form], *_brought()):
        if kind in _LAST_RESORT and any(found.updates for found in asked):
            continue
        if found := extractors()[kind](page, rules):
            asked.append(found)
    return asked


def _brought() -> list[str]:
    """The kinds that other packages bring."""
    return [kind for kind in extractors() if kind not in EXTRACTORS]


def _ask_stated(page: ParsedPage, rules: Rules) -> list[Evidence]:
    """What the kinds found that a page states for machines, up to one that is complete."""
    asked: list[Evidence] = []
    for kind, signs in _STATED.items():
        signed = any(sign in page.visible for sign in signs)
        if signed and (found := EXTRACTORS[kind](page, rules)):
            asked.append(found)
            if complete(page, found):
                break
    return asked
