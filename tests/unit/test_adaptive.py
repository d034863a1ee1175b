"""The rhythm of a source: what holds for every history, and the score on real time lines where they are present."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.polling import adaptive

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
GAPS = st.lists(st.floats(1, 1e6), min_size=1, max_size=20)


def every(seconds: float, count: int = 9) -> list[float]:
    return [seconds * n for n in range(count)]


def test_a_source_four_times_slower_is_read_about_half_as_often() -> None:
    slow, fast = every(2400, 100), every(600, 100)
    ratio = adaptive.wait(slow, slow[-1]) / adaptive.wait(fast, fast[-1])
    assert 1.8 < ratio < 2


def test_a_page_without_times_is_read_every_five_minutes() -> None:
    assert adaptive.wait([], 1e9) == 300


def test_a_page_that_is_over_is_read_ever_more_rarely() -> None:
    stamps = every(60)
    waits = [
        adaptive.wait(stamps, stamps[-1] + over, ended=stamps[-1]) for over in (0, 3600, 86400)
    ]
    assert waits == [900, 1800, 43200]


@given(GAPS, st.floats(0, 1e7))
def test_no_wait_is_longer_than_an_eighth_of_the_silence_or_the_usual_one(
    gaps: list[float], silence: float
) -> None:
    stamps = list(itertools.accumulate(gaps, initial=0.0))
    usual = adaptive.wait(stamps, stamps[-1])
    assert usual <= adaptive.wait(stamps, stamps[-1] + silence) <= max(usual, silence / 8) * 1.0001


@given(GAPS, st.floats(0, 1e5), st.floats(0, 1e5))
def test_longer_silence_never_makes_a_wait_shorter(
    gaps: list[float], silence: float, more: float
) -> None:
    stamps = list(itertools.accumulate(gaps, initial=0.0))
    sooner, later = stamps[-1] + silence, stamps[-1] + silence + more
    assert adaptive.wait(stamps, sooner) <= adaptive.wait(stamps, later)


@pytest.mark.row("27")
@given(GAPS)
def test_a_clock_that_was_set_back_does_no_harm(gaps: list[float]) -> None:
    stamps = list(itertools.accumulate(gaps, initial=0.0))
    assert adaptive.wait(stamps, stamps[0] - 1e6) == adaptive.wait(stamps, stamps[-1])


@pytest.mark.row("33")
@pytest.mark.parametrize(
    ("stamps", "silence", "quiet"),
    [
        (every(60), 3600, False),  # an hour is not long
        (every(60), 4 * 3600, True),
        (every(86400), 4 * 86400, False),  # a daily page over a long weekend
        (every(86400), 9 * 86400, True),
        (every(60, 3), 30 * 86400, False),  # three updates are no rhythm
        ([], 0, False),
    ],
)
def test_silence_is_measured_by_the_sources_own_rhythm(
    stamps: list[float], silence: float, quiet: bool
) -> None:
    """Row 33 of docs/reliability.md."""
    assert adaptive.silent(stamps, (stamps[-1] if stamps else 0) + silence) is quiet


@pytest.mark.skipif(
    not (SHARED / "tools/freshness.py").exists(), reason="the time lines are not here"
)
def test_the_score_on_real_time_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other time line, to be quick: reads x mean at most 405 at a mean of at most 34 s."""
    monkeypatch.setattr(sys, "path", [str(SHARED / "tools"), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    import json

    import freshness

    lines = json.loads((SHARED / "traces/liveblog-timestamps.json").read_text())
    traces = [sorted(set(line)) for line in lines[::2] if len(set(line)) > 1]
    cost, mean = freshness.score("ours", adaptive.wait, traces, 24 * 3600)
    assert mean <= 34
    assert cost * mean <= 405
