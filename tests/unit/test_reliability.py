"""docs/reliability.md says what the tests say, and every row has a test."""

from __future__ import annotations

import runpy
from pathlib import Path

MAKING = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "make_reliability.py"))


def test_the_document_is_up_to_date() -> None:
    text = MAKING["DOCUMENT"].read_text("utf-8")
    assert text == MAKING["render"](), "make reliability"


def test_every_row_has_a_test_and_every_mark_a_row() -> None:
    rows = [row[0] for table in MAKING["read_tables"]() for row in table["rows"]]
    assert len(rows) == len(set(rows))
    assert set(rows) == set(MAKING["find_tests"]())
