"""The adaptive rule, played on the time lines of real live blogs beside the usual rules.

`../shared/tools/freshness.py --rule bench.freshness:near_60` plays the rule as it is, the others
are as slow as a back-off rule of that many seconds.
"""

from __future__ import annotations

import importlib.util
import json
from functools import partial

from bench.measure import BESIDE, Row, missing
from feeder.polling import adaptive

near_30 = partial(adaptive.wait, pace=1.4)
near_60 = adaptive.wait
near_120 = partial(adaptive.wait, pace=4.8)
near_300 = partial(adaptive.wait, pace=11.5)

_REFEREE = BESIDE / "tools" / "freshness.py"
_TAIL = 24 * 3600.0


def rows() -> list[Row | tuple[str, str, str, str]]:
    """Reads x mean delay, ours and the back-off rule of the same pace, which is the bound."""
    if not _REFEREE.exists():
        return [missing("polling of real time lines", f"there is no {_REFEREE}")]
    spec = importlib.util.spec_from_file_location("referee", _REFEREE)
    assert spec is not None
    assert spec.loader is not None
    referee = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(referee)
    traces = [
        sorted(set(t))
        for t in json.loads((_REFEREE.parents[1] / "traces/liveblog-timestamps.json").read_text())
    ]
    traces = [trace for trace in traces if len(trace) > 1]
    table: list[Row | tuple[str, str, str, str]] = []
    for seconds, rule in ((30, near_30), (60, near_60), (120, near_120), (300, near_300)):
        cost, mean = _score(referee.play, rule, traces)
        other, late = _score(referee.play, referee.backing_off(seconds), traces)
        bound = min(405.0, other * late) if seconds == 60 else other * late
        beside = f"back-off rule {other:.1f}, {late:.0f} s"
        note = f"{cost:.1f} reads an update, {mean:.0f} s late; {beside}"
        table.append(
            Row(f"polling as late as every {seconds} s", cost * mean, "reads x s", bound, note=note)
        )
    return table


def _score(play, rule, traces) -> tuple[float, float]:  # noqa: ANN001 -- the referee's types
    reads, delays = 0, []
    for trace in traces:
        made, late = play(rule, trace, _TAIL)
        reads += made
        delays += late
    return reads / len(delays), sum(delays) / len(delays)
