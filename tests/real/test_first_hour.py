"""The first hour of a new user, word for word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from first_hour import GOLDEN, play_in

if TYPE_CHECKING:
    from pathlib import Path


def test_a_first_hour_is_told_as_it_stands_in_the_transcript(tmp_path: Path) -> None:
    said = play_in(tmp_path)
    assert said == GOLDEN.read_text(encoding="utf-8"), "python tests/real/first_hour.py --write"
