"""Which of a page's series is the page: evidence for and against, each worth so many points.

What counts most is how much of the words below the page's heading the records hold: the body of an
article stands outside the times of its related links and of its comments (Kohlschütter et al.,
2010, and Weninger et al., 2010, tell body from boilerplate by such densities). Order, landmarks,
words per record and links say the rest; what readers say (`blocks_talk`) and the articles that one
article is shown with (`blocks_article`) are told by signs of their own.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from feeder.extract.inferred.outline import LINK
from feeder.extract.inferred.signs_comments import a_forum, asides, called, signed, talk
from feeder.extract.inferred.signs_schedule import figures, programme
from feeder.extract.inferred.signs_teasers import beside
from feeder.extract.page.kind import titled_live, titled_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Series
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.when import Stamp

_H1 = frozenset({"h1"})
_ASIDE = frozenset({"aside", "nav", "footer", "header"})
_ARTICLE = 400  # characters of sentences that an article has at least
_HARDLY = 3  # records that may be one thing and its ends, and no series
_LONG = 6  # minutes of a short film; as hours, those of the night
_UNPADDED = re.compile(r"\s*\d:\d\d\s*$")
_YEAR = 12 * 31 * 24 * 60.0  # minutes, as ranks count them
_LIVE = 0.8
_LEAST = -2.0  # what it counts that records say next to nothing
ENOUGH = 1.5  # points from which on a series is taken for the page


@dataclass(slots=True)
class Weighed:
    series: Series
    reasons: dict[str, float]
    prose: int  # characters of sentences in its records

    @property
    def points(self) -> float:
        return sum(self.reasons.values())

    def told(self) -> str:
        parts = sorted(self.reasons.items(), key=lambda each: -abs(each[1]))
        return ", ".join(f"{name} {value:+.1f}" for name, value in parts if abs(value) >= 0.05)


def weigh(found: Sequence[Series], page: ParsedPage, outline: Outline) -> list[Weighed]:
    """All series, the weightiest first."""
    heading = next(iter(outline.tagged(_H1, 0, len(outline))), -1)
    talks = {id(each): talk(each, outline) + called(each, outline) for each in found}
    talked = [each for each in found if talks[id(each)] <= -2.0]
    weighed = [
        _weighed(each, heading, talks[id(each)], [t for t in talked if t is not each], outline)
        for each in found
    ]
    days = {
        id(one): [other for other in weighed if _heads(one.series, other.series)] for one in weighed
    }
    for one in weighed:
        one.reasons["days of others"] = -2.0 * bool(days[id(one)])
        one.reasons["some of others"] = -1.5 * any(_within(one.series, other) for other in found)
    first = max(weighed, key=lambda w: w.points, default=None)
    announced = (
        first is not None and first.points >= ENOUGH - _LIVE and programme(first.series, page)
    )
    for one in weighed:
        one.reasons["a programme"] = (
            -3.0 * announced
        )  # its days and its parts are none of their own
        if one.points < ENOUGH:
            one.reasons["live by its own word"] = _by_its_word(one, page)
        else:
            one.reasons |= {"a forum": -2.5 * a_forum(one.series, page, outline)} | beside(
                one.series, page, outline, one.reasons["share of the words"]
            )
    for one in weighed:
        if any(other.points >= ENOUGH for other in days[id(one)]):  # which are the updates, then
            one.reasons["days of others"] = -4.0
    return sorted(weighed, key=lambda w: (-w.points, w.series.marks[0].index))


def _by_its_word(one: Weighed, page: ParsedPage) -> float:
    """What it counts that the page says of itself that it is live, or a report of an incident, or a changelog.

    Only where nothing speaks against it but how little the records say; so little may be nearly all
    in one of them, and a report has few words for each.
    """
    little = {"words per record", "uneven"} if one.prose < _ARTICLE else {"words per record"}
    against = any(value <= -0.5 for name, value in one.reasons.items() if name not in little)
    forgiven = -one.reasons["uneven"] if "uneven" in little else 0.0
    report = titled_report(page)
    terse = (
        -one.reasons["words per record"]
        if report and _LEAST < one.reasons["words per record"] < 0
        else 0.0
    )
    if against or one.points + forgiven + terse < ENOUGH - _LIVE:
        return 0.0
    return (_LIVE + forgiven + terse) * (report or titled_live(page))


def _heads(days: Series, other: Series) -> bool:
    """Whether a series of days holds the records of another one."""
    shape, inner = days.marks[0].stamp.shape, other.marks[0].stamp.shape
    if days is other or len(other.marks) < 2:
        return False
    # the halves of a match, each with its minutes
    if not (
        (shape == "day" and inner != "day")
        or (shape == inner == "played" and len(other.marks) > 4 * len(days.marks))
    ):
        return False
    starts = [r.start for r in days.records]
    around = [(m, bisect_right(starts, m.index) - 1) for m in other.marks]
    held = Counter(at for m, at in around if at >= 0 and m.index < days.records[at].end)
    several = len(other.marks) > 1.2 * len(days.marks) or max(held.values(), default=0) > 1
    return several and held.total() > 0.8 * len(other.marks)


def _within(part: Series, other: Series) -> bool:
    """Whether its records are some of the records of another series."""
    if len(part.records) >= len(other.records):
        return False
    return {r.start for r in part.records} < {r.start for r in other.records}


def _weighed(
    series: Series, heading: int, said: float, talked: Sequence[Series], outline: Outline
) -> Weighed:
    """`heading`: the page's own, its first h1; -1: it has none."""
    records = series.records
    sentences = [outline.prose(r.start, r.end) for r in records]
    prose = sum(sentences)
    chars = sum([outline.chars(r.start, r.end) for r in records])
    before, after = _beside(series, prose, heading, outline)
    after -= sum(
        outline.prose(r.start, r.end)
        for t in talked
        for r in t.records
        if r.start >= series.records[-1].end
    )
    each = chars / len(records)
    held = max(prose, 0.5 * chars)
    ranks = _ranks([m.stamp for m in series.marks])
    share = held / (held + before + max(after, 0) + 1)
    reasons = {
        "share of the words": 5.0 * (share - 0.5),
        "words per record": _between(each, 30, 160, _LEAST, 0.6),
        "number": _between(len(records), 2, 6, -0.3, 0.4),
        "landmarks": -2.0 * any(outline.tags[n] in _ASIDE for n in series.region),
        "order": _order(series, ranks),
        "grid": _grid(series) if each < 110 else 0.0,
        "links": _links(series, each, outline) if share < 0.8 else 0.0,
        "discussion": said if before > 300 or said < -2.0 else 0.0,
        "time codes": _codes(series, outline),
        "shown beside": asides(series, outline),
        "signed": signed(series, outline, rising=_rising(ranks)),
        "of changes": -1.5 * series.marks[0].updating,
        "uneven": _uneven(sentences),
        "one time": _one_time(series, ranks),
        "figures": figures(series, outline),
    }
    return Weighed(series, reasons, prose)


def _uneven(sentences: Sequence[int]) -> float:
    """Whether one record says nearly all of it: of two or three that is an article, cut where a time stands."""
    most, prose = max(sentences), sum(sentences)
    if most <= 0.85 * prose or not prose:
        return 0.0
    return -2.5 if len(sentences) <= _HARDLY else -1.0


def _between(value: float, low: float, high: float, least: float, most: float) -> float:
    """`least` up to `low`, `most` from `high` on, and in proportion between."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return least + share * (most - least)


def _beside(series: Series, prose: int, heading: int, outline: Outline) -> tuple[int, int]:
    """Prose that stands under the page's heading but outside the series: before and after it."""
    first, last = series.records[0], series.records[-1]
    start, end = 0, len(outline)
    if heading >= 0:
        here = heading
        while here >= 0 and here not in series.region:
            here = outline.parent(here)
        if here >= 0:
            start, end = here, outline.end(here)
        start = max(start, heading) if heading < first.start else start
    between = outline.prose(first.start, last.end) - prose
    before = outline.prose(min(start, first.start), first.start)
    return before + max(between, 0), outline.prose(last.end, max(end, last.end))


def _order(series: Series, ranks: Sequence[float]) -> float:
    """Whether the times as printed go one way; days and relative times alike."""
    steps = [b - a for a, b in pairwise(ranks) if a != b]
    if len(steps) < 2:
        return 0.0
    falling = sum(s < 0 for s in steps)
    share = max(falling, len(steps) - falling) / len(steps)
    least = -0.4 if series.marks[0].stamp.shape == "clock" else -1.2  # clocks begin anew every day
    return _between(share, 0.5, 0.95, least, 0.4)


def _rising(ranks: Sequence[float]) -> bool:
    """Whether the oldest stands first."""
    return ranks[0] < ranks[-1] and all(a <= b for a, b in pairwise(ranks))


def _ranks(stamps: Sequence[Stamp]) -> list[float]:
    """Numbers by which stamps of one shape are in order; where no year is stated, from one to the next the nearest."""
    ranks = [_rank(stamp) for stamp in stamps]
    if any(stamp.year is not None or not stamp.dated for stamp in stamps):
        return ranks
    steps = ((b - a + _YEAR / 2) % _YEAR - _YEAR / 2 for a, b in pairwise(ranks))
    return list(accumulate(steps, initial=ranks[0]))


def _rank(stamp: Stamp) -> float:
    if stamp.at is not None:
        return stamp.at.timestamp()
    if stamp.ago is not None:
        return -stamp.ago.total_seconds()
    months = (stamp.year or 0) * 12 + (stamp.month or 0)
    return ((months * 31 + (stamp.day or 0)) * 24 + (stamp.hour or 0)) * 60.0 + stamp.minute


def _grid(series: Series) -> float:
    """Programmes begin at full quarters; updates do not."""
    stamps = [m.stamp for m in series.marks]
    clocks = [s.at.minute if s.at else s.minute for s in stamps if s.at or s.hour is not None]
    if len(clocks) < 8:
        return 0.0
    return (
        -2.5
        if sum(c % 5 == 0 for c in clocks) > 0.9 * len(clocks) and len(set(clocks)) > 1
        else 0.0
    )


def _one_time(series: Series, ranks: Sequence[float]) -> float:
    """The same time throughout tells nothing: what stands at both ends of one thing, "4 years ago" on old threads."""
    if len(set(ranks)) > 1:
        return 0.0
    return -2.0 * (len(series.records) <= _HARDLY or series.marks[0].stamp.ago is not None)


def _codes(series: Series, outline: Outline) -> float:
    """Lengths of recordings, and places in one, which run from nought upwards."""
    stamps = [m.stamp for m in series.marks]
    exact = sum(
        s.ago is not None and s.ago.total_seconds() > 60 and s.ago.total_seconds() % 60 > 0
        for s in stamps
    )
    if exact > 0.6 * len(stamps):
        return -3.0  # "1m 51s": to the second nothing is "ago"
    if any(s.shape != "clock" or s.zone for s in stamps):
        return 0.0
    seconds = [((s.hour or 0) * 60 + s.minute) * 60 + s.second for s in stamps]
    rising = all(a <= b for a, b in pairwise(seconds))
    # 0:22 is told by the hour as well as 00:22
    if len(stamps) >= _HARDLY and rising and seconds[0] <= 2 * 3600 and stamps[0].hour == 0:
        return -3.0
    falling = all(a >= b for a, b in pairwise(seconds))
    short = all((s.hour or 0) < _LONG for s in stamps) and all(
        _UNPADDED.match(outline.text(m.index)) for m in series.marks
    )
    return -2.0 if short and (len(stamps) <= _HARDLY or not (rising or falling)) else 0.0


def _links(series: Series, each: float, outline: Outline) -> float:
    """Lists of links with few words besides."""
    if each > 150:
        return 0.0
    sample = series.records[:: max(len(series.records) // 8, 1)]
    linked = total = 0
    for record in sample:
        for top in record.tops:
            total += outline.letters(top)
            linked += sum(map(outline.letters, outline.tagged(LINK, top, outline.end(top))))
    return -0.8 if total and linked > 0.7 * total else 0.0
