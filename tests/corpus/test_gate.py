"""Extraction over real pages may not get worse. The pages are not in the repository: without them this is skipped."""

from __future__ import annotations

import csv
import importlib.util
import json
import random
import re
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import xxhash

from feeder.errors import ExtractError
from feeder.extract import extract
from feeder.model import Document, Rules, Update

SHARED = Path(__file__).parents[2].parent / "shared"
CORPUS = SHARED / "corpus"
ENDS = json.loads((Path(__file__).parent / "ends.json").read_text())
TYPES = {".html": "text/html", ".json": "application/json", ".txt": "text/plain"}

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real pages is not here")


@cache
def scoring() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "score_extraction", SHARED / "tools" / "score_extraction.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@cache
def rows() -> list[dict[str, str]]:
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8") as file:
        return [
            r
            for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            if gold_file(r).exists()
        ]


def gold_file(row: dict[str, str]) -> Path:
    return CORPUS / "gold" / f"{row['slug']}.json"


def gold(row: dict[str, str]) -> list[dict[str, Any]]:
    return list(json.loads(gold_file(row).read_text(encoding="utf-8"))["updates"])


def read(row: dict[str, str], body: bytes | None = None) -> tuple[Update, ...]:
    file = CORPUS / row["file"]
    url = row["url"] if row["url"].startswith("http") else ""
    document = Document(url, file.read_bytes() if body is None else body, TYPES[file.suffix])
    try:
        return extract(document, Rules(datetime.now(UTC), timezone=row["timezone"] or None)).updates
    except ExtractError:
        return ()


def score(row: dict[str, str], updates: tuple[Update, ...]) -> dict[str, float]:
    """As the tool counts: an update is right by its time and its beginning, and does not run on into another."""
    tool, wanted, counts = (
        scoring(),
        gold(row),
        dict.fromkeys(("hits", "titled", "titles", "authored", "authors"), 0.0),
    )
    left = [
        {"published": u.published.isoformat() if u.published else None, "title": u.content.title,
         "text": u.content.text, "authors": list(u.content.authors)}
        for u in updates
    ]  # fmt: skip
    for at, one in enumerate(wanted):
        match = next((seen for seen in left if tool.right(one, seen)), None)
        if match is None or tool.spilled(match, wanted, at):
            continue
        left.remove(match)
        counts["hits"] += 1
        if one.get("headline"):
            counts["titled"] += 1
            counts["titles"] += tool.begins(tool.words(match["title"]), tool.words(one["headline"]))
        if one.get("author"):
            counts["authored"] += 1
            counts["authors"] += tool.same_people(one["author"], match["authors"])
    total = len(wanted) + len(updates)
    return counts | {"f1": 2 * counts["hits"] / total if total else 1.0, "total": total}


@cache
def scores() -> dict[str, dict[str, float]]:
    return {row["slug"]: score(row, read(row)) for row in rows()}


def test_live_pages_are_read_at_least_as_well_as_before() -> None:
    live = {r["slug"]: scores()[r["slug"]] for r in rows() if gold(r)}
    f1 = {slug: s["f1"] for slug, s in live.items()}
    total = sum(s["total"] for s in live.values())
    assert sum(f1.values()) / len(f1) >= 0.97, f1
    assert 2 * sum(s["hits"] for s in live.values()) / total >= 0.97
    assert sum(value > 0.999 for value in f1.values()) >= 14
    assert sum(s["titles"] for s in live.values()) >= 0.97 * sum(s["titled"] for s in live.values())
    assert sum(s["authors"] for s in live.values()) >= 0.9 * sum(
        s["authored"] for s in live.values()
    )


def test_what_is_no_live_page_has_no_updates() -> None:
    assert [r["slug"] for r in rows() if not gold(r) and scores()[r["slug"]]["total"]] == []


@pytest.mark.parametrize("slug", ENDS)
def test_bodies_end_where_they_were_seen_to_end_by_hand(slug: str) -> None:
    """Number of words and a hash of the last eight, per update: no text of the pages is kept here."""
    row = next(r for r in rows() if r["slug"] == slug)
    assert [end(u) for u in read(row)] == ENDS[slug]


def end(update: Update) -> str:
    words = re.findall(r"\w+", update.content.text.lower())
    return f"{len(words)} {xxhash.xxh32(' '.join(words[-8:]).encode()).hexdigest()}"


# ----------------------------------------------------------------------------------------- variants

_NAMES = re.compile(
    r'(\s(?:class|id|data-id|data-block|for|aria-labelledby|aria-controls))\s*=\s*("[^"]*"|\'[^\']*\')',
    re.IGNORECASE,
)
_OPAQUE = re.compile(
    r"(<(?:script|style|pre|textarea)\b.*?</(?:script|style|pre|textarea)\s*>)",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(
    r"<([a-zA-Z][\w-]*)((?:\s+[\w:@.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?){2,})(\s*/?)>"
)
_ONE = re.compile(r"\s+[\w:@.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?")
_KEPT = re.compile(
    r"h-|p-|dt-|e-|u-|hentry|entry-|published|updated|vcard|author|fn|bookmark|comment"
)


def outside(text: str, change: Any) -> str:
    """The page with `change` made to what is not script or style."""
    return "".join(piece if n % 2 else change(piece) for n, piece in enumerate(_OPAQUE.split(text)))


def renamed(text: str, rng: random.Random) -> str:
    """Other class names and ids everywhere, the same one for the same one; what a standard names stays."""
    known: dict[str, str] = {}

    def other(match: re.Match[str]) -> str:
        names = match[2][1:-1].split()
        new = [
            n if _KEPT.match(n) else known.setdefault(n, f"x{rng.randrange(10**9):x}")
            for n in names
        ]
        return f'{match[1]}="{" ".join(new)}"'

    return outside(text, lambda piece: _NAMES.sub(other, piece))


def wrapped(text: str, rng: random.Random) -> str:
    def wrap(piece: str) -> str:
        piece = re.sub(r"<(article|section|li)(\s[^>]*)?>", r"<\1\2><x-wrap>", piece)
        return re.sub(r"</(article|section|li)>", r"</x-wrap></\1>", piece)

    return outside(text, wrap)


def spaced(text: str, rng: random.Random) -> str:
    """More white space between tags, attributes in another order."""

    def shuffled(match: re.Match[str]) -> str:
        parts = _ONE.findall(match[2])
        rng.shuffle(parts)
        return f"<{match[1]}{''.join(parts)}{match[3]}>"

    return outside(text, lambda piece: re.sub(r">\s+<", ">\n   <", _TAG.sub(shuffled, piece)))


def indented(text: str, rng: random.Random) -> str:
    """Blocks written on lines of their own, far to the right, as templates leave them."""
    lines = re.compile(r"(</?(?:p|div|li|td|dt|dd|h[1-6]|article|section)(?:\s[^<>]*)?>)")
    return outside(text, lambda piece: lines.sub("\n" + " " * 48 + r"\1" + "\n" + " " * 52, piece))


@pytest.mark.parametrize("change", [renamed, wrapped, spaced, indented])
def test_other_names_wrappers_and_spaces_change_nothing(change: Any) -> None:
    worse = {}  # type: ignore[var-annotated]
    for row in rows():
        if row["file"].endswith(".html"):
            # latin-1 keeps every byte, whatever the encoding
            text = (CORPUS / row["file"]).read_bytes().decode("latin-1")
            changed = change(text, random.Random(row["slug"])).encode("latin-1")
            was, now = scores()[row["slug"]]["f1"], score(row, read(row, changed))["f1"]
            worse |= {row["slug"]: (was, now)} if now < was - 0.01 else {}
    assert worse == {}
