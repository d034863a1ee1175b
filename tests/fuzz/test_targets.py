"""Whatever bytes come from outside, they end in an answer or an error that is promised; and what was found once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from targets import TARGETS, Target


def spoiled(target: Target) -> st.SearchStrategy[bytes]:
    """Seeds with pieces cut out, repeated or overwritten, and any bytes at all."""
    seeds = st.sampled_from([seed.encode("utf-8", "surrogatepass") for seed in target.seeds])
    place, piece = st.integers(0, 400), st.binary(max_size=8)

    def overwrite(seed: bytes, at: int, new: bytes, size: int) -> bytes:
        return seed[:at] + new + seed[at + size :]

    once = st.builds(overwrite, seeds, place, piece, st.integers(0, 40))
    return st.one_of(
        once, st.builds(overwrite, once, place, piece, st.integers(0, 40)), st.binary(max_size=60)
    )


@pytest.mark.row("61")
@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_end_in_an_answer_or_a_promised_error(name: str) -> None:
    target = TARGETS[name]
    for seed in target.seeds:
        target.parse(seed.encode("utf-8", "surrogatepass"))

    @given(spoiled(target))
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def law(data: bytes) -> None:
        target.parse(data)

    law()
