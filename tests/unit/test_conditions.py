"""Which validators are sent."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from feeder.model import Validators
from feeder.polling.conditions import validators_to_send

NOW = datetime(2026, 3, 2, 13, 4, tzinfo=UTC)
ALL = Validators('"a"', "Mon, 02 Mar 2026 12:00:00 GMT", "d1")


@pytest.mark.row("38")
@pytest.mark.parametrize("source_id", [1, 2, 77, 100_000])
def test_one_read_a_day_is_unconditional(source_id: int) -> None:
    reads = [NOW + n * timedelta(minutes=10) for n in range(144 * 5)]
    sent = [
        validators_to_send(ALL, before, now, source_id) for before, now in itertools.pairwise(reads)
    ]
    whole = [number for number, one in enumerate(sent) if one == Validators(digest="d1")]
    assert len(whole) in {4, 5}
    assert {b - a for a, b in itertools.pairwise(whole)} == {144}
    assert all(one in {ALL, Validators(digest="d1")} for one in sent)


def test_a_first_read_sends_what_there_is() -> None:
    assert validators_to_send(Validators(), None, NOW, 1) == Validators()
