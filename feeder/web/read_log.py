"""What the last reads of each source came to, for its page: in memory, since the start."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.pipeline.turn import Outcome

MOST_READS = 300  # of a source
MOST_SOURCES = 1000  # those that were read last; 300 reads take about 60 KB


@dataclass(frozen=True, slots=True)
class PastRead:
    at: datetime
    outcome: Outcome
    seconds: float  # from its beginning until its feed was published


class ReadLog:
    def __init__(self) -> None:
        self._reads: OrderedDict[str, deque[PastRead]] = OrderedDict()

    def note(self, read: PastRead) -> None:
        name = read.outcome.source
        self._reads.setdefault(name, deque(maxlen=MOST_READS)).append(read)
        self._reads.move_to_end(name)
        if len(self._reads) > MOST_SOURCES:
            self._reads.popitem(last=False)

    def reads_of(self, name: str) -> list[PastRead]:
        """Returns the reads of a source, the newest first."""
        return list(reversed(self._reads.get(name, ())))
