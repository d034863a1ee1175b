"""A series as a candidate for what the page is about, with what its features are measured from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from feeder.extract.inferred.outline import HEADINGS
from feeder.extract.inferred.teasers import elsewhere
from feeder.extract.page.times import context
from feeder.when.alike import alike

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Record, Series
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.when import Stamp

_SAMPLE = 24  # records that are looked into
_AROUND = 3  # elements around the records whose names are asked
_YEAR = 12 * 31 * 24 * 60.0  # minutes, as ranks count them


@dataclass(frozen=True)
class Candidate:
    """A series, the page it stands in, and the other series of that page."""

    series: Series
    page: ParsedPage
    others: Sequence[Series] = ()

    @property
    def outline(self) -> Outline:
        return self.page.outline

    @property
    def records(self) -> Sequence[Record]:
        return self.series.records

    @cached_property
    def stamps(self) -> list[Stamp]:
        """The records' times, in the order of day and month that they have together."""
        stamps = [record.mark.stamp for record in self.records]
        turned = any(stamp.slashed or stamp.word for stamp in stamps)
        return alike(stamps, context(self.page, self.page.rules)) if turned else stamps

    @cached_property
    def sample(self) -> Sequence[Record]:
        """At most two dozen records from all over the series."""
        return self.records[:: -(-len(self.records) // _SAMPLE)]

    def time_of(self, record: Record) -> range:
        """Returns the nodes that are a record's time and nothing else."""
        mark = record.mark
        alone = mark.form == "own" and not mark.holds
        return range(mark.index, mark.end if alone else mark.index)

    @cached_property
    def sentences(self) -> list[int]:
        """How many characters of prose each record holds."""
        return [r.prose for r in self.records]

    @cached_property
    def prose(self) -> int:
        return sum(self.sentences)

    @cached_property
    def chars(self) -> int:
        """How much all records say, times included."""
        return sum([r.chars for r in self.records])

    @cached_property
    def beside(self) -> tuple[int, int]:
        """Prose below the page's heading that stands before or between the records, and after."""
        first, last = self.records[0], self.records[-1]
        start, end = self._body()
        between = self.outline.prose(first.start, last.end) - self.prose
        before = self.outline.prose(min(start, first.start), first.start)
        return before + max(between, 0), self.outline.prose(last.end, max(end, last.end))

    @cached_property
    def headed(self) -> int:
        """Prose between the nearest heading above the records and the first of them."""
        first = self.records[0].start
        heading = next(reversed(self.outline.tagged(HEADINGS, 0, first)), 0)
        return self.outline.prose(heading, first)

    def _body(self) -> tuple[int, int]:
        """Returns where what the page's main heading heads begins and ends."""
        outline, first = self.outline, self.records[0].start
        heading = next(iter(outline.headings), -1)
        here = heading
        while here >= 0 and here not in self.series.region:
            here = outline.parent(here)
        start, end = (here, outline.end(here)) if here >= 0 else (0, len(outline))
        return (max(start, heading) if heading < first else start), end

    @cached_property
    def leading(self) -> float:
        """Returns how many of the records lead to other pages."""
        return sum(elsewhere(record, self) for record in self.sample) / len(self.sample)

    @cached_property
    def names(self) -> list[list[str]]:
        """Classes, id and type of the elements around the records, then of some records."""
        sample = self.records[:: max(len(self.records) // 5, 1)]
        nodes = [*self.series.region[-_AROUND:], *(record.tops[0] for record in sample)]
        return [_names(self.outline.attributes(node)) for node in nodes]

    @cached_property
    def ranks(self) -> list[float]:
        """Numbers by which the times are in order, without the context that would resolve them.

        Where no year is stated, each is the nearest to the one before it.
        """
        ranks = [rank(stamp) for stamp in self.stamps]
        if any(stamp.year is not None or not stamp.dated for stamp in self.stamps):
            return ranks
        steps = [(b - a + _YEAR / 2) % _YEAR - _YEAR / 2 for a, b in pairwise(ranks)]
        return list(accumulate(steps, initial=ranks[0]))


def rank(stamp: Stamp) -> float:
    """A number in minutes by which times of one shape are in order, whatever they leave out."""
    if stamp.at is not None:
        return stamp.at.timestamp() / 60
    if stamp.ago is not None:
        return -stamp.ago.total_seconds() / 60
    clock = (stamp.hour or 0) * 60.0 + stamp.minute
    if stamp.days is not None:  # "yesterday, 21:30" is longer ago than "an hour ago"
        return (stamp.days - 1) * 1440 + clock
    months = (stamp.year or 0) * 12 + (stamp.month or 0)
    return (months * 31 + (stamp.day or 0)) * 1440 + clock


def _names(stated: Mapping[str, str]) -> list[str]:
    """Returns what a start tag calls its element; a type of schema.org with a colon before it."""
    kind = stated.get("itemtype", "").strip().rstrip("/").rpartition("/")[2]
    names = stated.get("class", "").split()
    if own := stated.get("id"):
        names.append(own)
    if kind:
        names.append(f":{kind}")
    return names
