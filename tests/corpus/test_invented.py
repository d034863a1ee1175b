"""Layouts that were invented with their right values written first.

A file of cases holds documents. `=== NAME [ENCODING]` begins each, perhaps `at INSTANT` (of the
read) ends it, and behind `---` stands a line for each of its updates: when it was published, a part
of its title, of its text, of its address; "-" says nothing, or that there is no time.
"""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeder.errors import ExtractError
from feeder.extract import extract
from feeder.extract.page.times import stamp_of
from feeder.model import Document, Rules, Update
from feeder.when import Context, read

FOLDER = Path(__file__).parent / "invented"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PAGE = "https://lock.example/x"
# Layouts that are read otherwise, and what is missing.
NOT_YET = {
    "more/catalan-relative.html": "four relative times with little text are no page to the scorer",
    "more/slovak-weekday.html": "clocks under weekdays alone are no page to the scorer",
    "more/release-cards.html": "a version beside the date is no title where a heading follows",
    "status/one-open.html": "the open incident and the past ones stand under headings of two kinds",
}
_CASE = re.compile(
    r"^=== (?P<name>[\w.-]+\.\w+)(?: (?P<encoding>[\w-]+))?\n(?P<body>.*?)"
    r"(?:^at (?P<at>\S+)\n)?^---\n(?P<expected>.*?)(?=^=== [\w.-]+\.\w+(?: |\n)|\Z)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Case:
    name: str
    document: Document
    at: datetime
    expected: tuple[tuple[str, ...], ...]


def cases_in(file: Path) -> list[Case]:
    found = []
    for case in _CASE.finditer(file.read_text(encoding="utf-8")):
        body = case["body"].encode(case["encoding"] or "utf-8")
        kind = mimetypes.guess_type(case["name"])[0]
        lines = case["expected"].splitlines()
        expected = tuple(tuple(line.split(" | ")) for line in lines if line)
        at = datetime.fromisoformat(case["at"]) if case["at"] else NOW
        found.append(Case(f"{file.stem}/{case['name']}", Document(PAGE, body, kind), at, expected))
    return found


def parameter(case: Case) -> object:
    marks = [pytest.mark.xfail(reason=NOT_YET[case.name])] if case.name in NOT_YET else []
    return pytest.param(case, id=case.name, marks=marks)


CASES = [case for file in sorted(FOLDER.glob("*.cases")) for case in cases_in(file)]
LINES = (FOLDER / "times.txt").read_text(encoding="utf-8").splitlines()
TIMES = [tuple(line.rsplit(" | ", 2)) for line in LINES if line and line[0] != "#"]


def instant(text: str) -> datetime | None:
    if text == "-":
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def is_told(update: Update, expected: tuple[str, ...]) -> bool:
    published, *parts = expected
    said = (update.content.title, update.content.text, update.url or "")
    told = (part == "-" or part in words for part, words in zip(parts, said, strict=False))
    return update.published == instant(published) and all(told)


@pytest.mark.parametrize("case", [*map(parameter, CASES)])
def test_every_update_of_a_layout_is_read_and_nothing_else(case: Case) -> None:
    try:
        updates = extract(case.document, Rules(case.at, timezone="UTC")).updates
    except ExtractError:
        updates = ()
    shown = [(f"{u.published}", u.content.title, u.content.text, u.url) for u in updates]
    missing = [one for one in case.expected if not any(is_told(u, one) for u in updates)]
    assert (len(updates), missing) == (len(case.expected), []), shown


@pytest.mark.parametrize(("text", "language", "expected"), TIMES, ids=[text for text, *_ in TIMES])
def test_a_time_is_read_whole(text: str, language: str, expected: str) -> None:
    found = read(stamp_of(text), Context(NOW, language=language))
    assert (found.at if found else None) == instant(expected)
