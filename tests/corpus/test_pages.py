"""Pages written for this project, each of another build: what a reader of the page sees is what is read."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from feeder.errors import ExtractError
from feeder.extract import extract
from feeder.model import Document, Rules, Update

PAGES = Path(__file__).parent / "pages"
LIVE = "https://quay.example/live"  # where a page that names no other address was read
NAMES = sorted(p.stem for p in PAGES.glob("*.html"))
QUOTED = {"en-aside-head"}  # shows more than its updates' own words


def wanted(name: str) -> dict[str, Any]:
    return dict(json.loads((PAGES / f"{name}.json").read_text(encoding="utf-8")))


def read(name: str, markup: str | None = None) -> tuple[Update, ...]:
    text = (PAGES / f"{name}.html").read_text(encoding="utf-8") if markup is None else markup
    gold = wanted(name)
    rules = Rules(datetime.fromisoformat(gold["now"]), timezone=gold["timezone"])
    try:
        return extract(Document(gold.get("url", LIVE), text.encode(), "text/html"), rules).updates
    except ExtractError:
        return ()


def told(update: Update) -> dict[str, Any]:
    content = update.content
    return {
        "published": update.published.isoformat() if update.published else None,
        "headline": None if content.derived else content.title,
        "text": content.text,
        "authors": list(content.authors),
    }


@pytest.mark.parametrize("name", [n for n in NAMES if n not in QUOTED])
def test_every_update_is_read_whole_and_nothing_else(name: str) -> None:
    assert [told(u) for u in read(name)] == wanted(name)["updates"]


@pytest.mark.parametrize("name", sorted(QUOTED))
def test_what_an_update_quotes_is_in_it(name: str) -> None:
    for update, gold in zip(read(name), wanted(name)["updates"], strict=True):
        assert update.content.text.startswith(gold["text"])
        assert (update.published.isoformat() if update.published else None) == gold["published"]


@pytest.mark.parametrize("name", NAMES)
def test_white_space_and_wrappers_change_nothing(name: str) -> None:
    text = (PAGES / f"{name}.html").read_text(encoding="utf-8")
    spaced = re.sub(r"(</(?:div|p|li|section|article|h[1-6]|tr)>)", "\\1\n\n   ", text)
    wrapped = re.sub(
        r"<main>(.*)</main>",
        r'<div class="q1"><main><div id="z9">\1</div></main></div>',
        spaced,
        flags=re.DOTALL,
    )
    assert [told(u) for u in read(name, wrapped)] == [told(u) for u in read(name)]


@pytest.mark.parametrize("name", [n for n in NAMES if wanted(n)["updates"]])
def test_the_place_is_the_same_at_the_next_read(name: str) -> None:
    text = (PAGES / f"{name}.html").read_text(encoding="utf-8")
    renamed = re.sub(r'class="(\w+)"', r'class="n\1"', text)
    assert {u.evidence for u in read(name)} == {u.evidence for u in read(name, renamed)}
