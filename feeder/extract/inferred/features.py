"""What can be measured of a series, to tell whether it is the page.

Each feature is a pure function of a candidate that returns a number from 0 to 1. What they are
worth together is fitted over labelled pages (`bench/fit.py`) and stored in `weights`; a feature
that decides no page is not kept. Density of words tells the body of an article from what stands
beside it (Kohlschütter et al., 2010; Weninger et al., 2010); the rest says what the records are
like.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from math import log2
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from feeder.extract.inferred.outline import BOLD, HEADINGS, LINK
from feeder.extract.inferred.series import said_beside
from feeder.extract.inferred.talk import signed, talked
from feeder.extract.inferred.teasers import has_headline, own_article
from feeder.extract.page.kind import is_article, is_live, is_planned, titled_live, titled_report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from feeder.extract.inferred.candidate import Candidate
    from feeder.extract.inferred.series import Record, Series
    from feeder.when import Stamp

_ASIDE = frozenset({"aside", "nav", "footer", "header"})
_BESIDE = re.compile(
    r"(?:^|[-_])(?:side-?bar|related|recommend(?:ed|ations?)|most-?(?:read|popular|viewed)|trending"
    r"|also-?read|read-?also|marquee|more-?(?:stories|news|articles))$",
    re.IGNORECASE,
)
_ABOVE = 0.5  # what words above the nearest heading are worth, as of something else
_TITLE = 8  # characters from which on words are a title, and no number or sign
_SENTENCE = 60
_TEXT = 200  # characters of prose that are more than a title
_SET_APART = HEADINGS | BOLD | LINK | {"td", "th", "p", "dd"}
_UNPADDED = re.compile(r"\s*\d:\d\d\s*$")
_HARDLY = 3  # records that may be one thing and its ends
_MANY = 12  # records, more than an article is shown with
_DAY = 24 * 60  # minutes
_SEARCH = re.compile(r"/(?:search|suche|recherche|buscar?|cerca|zoeken|szukaj)/?$")
_EAST = timedelta(hours=14)  # the zone in which a day begins first
_LASTING = 4 * 60  # minutes that a programme goes on for


def share(of: Candidate) -> float:
    """What the records say against what else is said under the page's heading, as a log ratio.

    0 for a sixteenth of it, a half for as much, 1 for sixteen times as much.
    """
    before, after = of.beside
    above = min(before, of.headed + _ABOVE * before)
    ratio = log2((of.chars + 20) / (above + 0.5 * after + 20))
    return min(max(ratio / 8 + 0.5, 0.0), 1.0)


def drowned(of: Candidate) -> float:
    """Returns how far the prose above the records outweighs them: 1 where by that of an article.

    Above the rows of a table it explains them.
    """
    if all(of.outline.tags[record.tops[0]] == "tr" for record in of.sample):
        return 0.0
    before, _ = of.beside
    return min(max(before - of.chars, 0) / 800, 1.0)


def words(of: Candidate) -> float:
    """Returns how much a record says: 0 for a word or two, 1 for a paragraph."""
    return min(max(of.chars / len(of.records) - 20, 0) / 140, 1.0)


def titled(of: Candidate) -> float:
    """How many of the records have a heading, a link, a cell or words in bold, or a sentence."""
    return sum(_says_something(record, of) for record in of.sample) / len(of.sample)


def _says_something(record: Record, of: Candidate) -> bool:
    outline, mark = of.outline, record.mark.index
    if record.prose >= _SENTENCE:
        return True
    own = {*outline.above(mark, 4), *of.time_of(record)} if record.mark.form == "own" else set()
    marked = outline.tagged(_SET_APART, record.start, record.end)
    return any(outline.said(node) >= _TITLE for node in marked if node not in own)


def ordered(of: Candidate) -> float:
    """Returns how many of the steps from time to time go one way.

    A half where there are too few to tell.
    """
    steps = [b - a for a, b in pairwise(of.ranks) if a != b]
    if len(steps) < 2:
        return 0.75
    falling = sum(step < 0 for step in steps)
    return max(falling, len(steps) - falling) / len(steps)


def vague(of: Candidate) -> float:
    """Returns how many of the times are relative to now."""
    return sum(stamp.ago is not None for stamp in of.stamps) / len(of.stamps)


def ends(of: Candidate) -> float:
    """Whether two or three times may be the ends of one thing: equal, or one says nearly all.

    So may two of one day, and half so three days that are one. Relative times that are all the same
    tell nothing, however many.
    """
    one_time = len(set(of.ranks)) == 1
    if len(of.records) > _HARDLY:
        return float(one_time and vague(of) > 0)
    if max(of.sentences) > max(0.85 * (of.prose + 1), _TEXT):
        return 1.0
    if one_time:
        several = len(of.records) == _HARDLY and of.stamps[0].shape == "day"
        return 0.5 if several else 1.0
    of_one_day = len(of.records) == 2 and abs(of.ranks[1] - of.ranks[0]) < _DAY
    return 0.5 * of_one_day


def distinct(of: Candidate) -> float:
    """Returns how many of the records say something that no other one says."""
    said = Counter(said_beside(record)[:200] for record in of.sample)
    return sum(count == 1 for count in said.values()) / len(of.sample)


def aside(of: Candidate) -> float:
    """Returns whether the records stand where a page shows what belongs to others."""
    tags = {of.outline.tags[node] for node in of.series.region}
    named = any(_BESIDE.search(name) for names in of.names[:4] for name in names)
    return 1.0 if named else 0.5 * (not tags.isdisjoint(_ASIDE))


def teasers(of: Candidate) -> float:
    """Returns whether the page is one article, and the records are others that it is shown with.

    They lead to other pages, or one of them is the page's own. A page that is all records, many or
    below a heading too short for a headline, is half an index, whatever its metadata call it.
    """
    if is_live(of.page):
        return 0.0
    if own_article(of):
        return 1.0
    if not is_article(of.page) or of.leading <= 0.7:
        return 0.0
    index = len(of.records) > _MANY or not has_headline(of)
    return 0.5 if index and share(of) > 0.8 else 1.0


def leading(of: Candidate) -> float:
    """Returns how many of the records lead to other pages."""
    return of.leading


def live(of: Candidate) -> float:
    """Returns whether the page says that it is live coverage, a status page or a changelog.

    That counts half: more pages that were written to be labelled say so than others do.
    """
    return 0.5 * (titled_live(of.page) or titled_report(of.page))


def heads(of: Candidate) -> bool:
    """Returns whether the records are days that head those of another series."""
    return any(_heads(of.series, other) for other in of.others)


def _heads(days: Series, other: Series) -> bool:
    shapes = usual_shape(days), usual_shape(other)
    if days is other or shapes[0] not in {"day", "played"} or shapes[1] == "day":
        return False
    held = _count_held(days, other)
    several = len(other.records) > 1.2 * len(days.records) or max(held.values(), default=0) > 1
    return several and held.total() > 0.6 * len(other.records)


def _count_held(days: Series, other: Series) -> Counter[int]:
    """Returns how many records of another series each day holds, by its number."""
    starts = [day.start for day in days.records]
    around = [(record.start, bisect_right(starts, record.start) - 1) for record in other.records]
    return Counter(at for place, at in around if at >= 0 and place < days.records[at].end)


def usual_shape(series: Series) -> str:
    """Returns the shape that most of the times have."""
    return Counter(mark.stamp.shape for mark in series.marks).most_common(1)[0][0]


def part(of: Candidate) -> float:
    """Whether the records are some of those of another series, or its times are of changes."""
    own = {record.start for record in of.records}
    wholes = ({record.start for record in other.records} for other in of.others)
    missing = max((1 - len(own) / len(whole) for whole in wholes if own < whole), default=0.0)
    if missing:
        return 0.5 + 0.5 * missing
    changed = of.series.marks[0].updating
    return float(changed and any(not other.marks[0].updating for other in of.others))


def figures(of: Candidate) -> float:
    """Returns how many of the records are rows of many cells that say next to nothing each."""
    return sum(_is_figures(record, of) for record in of.sample) / len(of.sample)


def _is_figures(record: Record, of: Candidate) -> bool:
    texts, own = record.texts, of.time_of(record)
    sizes = [len(text.strip()) for place, text in texts if place not in own]
    return len(sizes) >= 8 and sum(sizes) < 12 * len(sizes) and max(sizes) < 40


def announced(of: Candidate) -> float:
    """Returns whether the records say what is to come: days ahead, or the hours of a programme."""
    now = of.page.rules.now + _EAST
    today = (now.year, now.month, now.day)
    dated = [(s.year, s.month or 1, s.day or 1) for s in of.stamps if s.year is not None]
    ahead = sum(day > today for day in dated) / len(of.stamps)
    return max(min(3 * ahead, 1.0), _programme(of))


def _programme(of: Candidate) -> float:
    """Returns how far clocks that go on through a day, or from day to day, look planned.

    A programme shows full five minutes, for hours; what happened at all hours of a day, and is told
    from its beginning, may be one.
    """
    minutes = [60 * hour + minute for hour, minute in map(_clock, of.stamps) if hour is not None]
    if len(minutes) < max(5, 0.9 * len(of.stamps)) or set(minutes) == {0}:
        return 0.0
    return _planned(of, minutes)


def _planned(of: Candidate, minutes: Sequence[int]) -> float:
    """How far clocks in minutes go on in full fives, or all day; 0 where they do not rise."""
    dated = of.stamps[0].shape == "instant"
    steps = _steps(of, dated=dated)
    most = 7 * _DAY if dated else _DAY / 2
    rising = sum(0 < step <= most for step in steps)
    if not steps or rising < 0.9 * len(steps):
        return 0.0
    full = sum(at % 5 == 0 for at in minutes) / len(minutes)
    lasting = 1.0 if is_planned(of.page) else min(sum(steps) / _LASTING, 1.0)
    all_day = not dated and len(minutes) >= _MANY and sum(steps) >= 18 * 60
    return max(max(2 * full - 1, 0.0) * lasting, 0.5 * all_day)


def _steps(of: Candidate, *, dated: bool) -> list[float]:
    """Returns the minutes from time to time; of clocks without a day, on through midnight."""
    steps = [b - a for a, b in pairwise(of.ranks) if a != b]
    return steps if dated else [step % _DAY for step in steps]


def _clock(stamp: Stamp) -> tuple[int | None, int]:
    return (stamp.at.hour, stamp.at.minute) if stamp.at else (stamp.hour, stamp.minute)


def lengths(of: Candidate) -> float:
    """Whether the times are lengths of recordings, or places in one, which run up from nought."""
    stamps = of.stamps
    if sum(map(_is_ago_to_the_second, stamps)) > 0.6 * len(stamps):
        return 1.0
    if any(stamp.shape != "clock" or stamp.zone for stamp in stamps):
        return 0.0
    if len(stamps) >= _HARDLY and _run_up(stamps):
        return 1.0
    texts = (of.outline.text(mark.index) for mark in of.series.marks)
    unpadded = all(map(_UNPADDED.match, texts))
    return float(unpadded and (len(stamps) <= _HARDLY or ordered(of) < 0.95))


def _is_ago_to_the_second(stamp: Stamp) -> bool:
    """Returns whether a relative time has seconds, which no page says of what happened."""
    return stamp.ago is not None and stamp.ago.total_seconds() % 60 > 0


def _run_up(stamps: Sequence[Stamp]) -> bool:
    """Returns whether clocks rise from near nought."""
    seconds = [((s.hour or 0) * 60 + s.minute) * 60 + s.second for s in stamps]
    return seconds == sorted(seconds) and seconds[0] <= 7200 and stamps[0].hour == 0


def sought(of: Candidate) -> float:
    """Whether the records are what a search has found: nearly all hold the words of the query."""
    address = urlsplit(of.page.url)
    query = [value.casefold() for _, value in parse_qsl(address.query)]
    if query and _SEARCH.search(address.path):
        return 1.0
    words = [word for word in " ".join(query).split() if len(word) > 1]
    if not words:
        return 0.0
    holds_one = re.compile("|".join(map(re.escape, words)))
    found = sum(bool(holds_one.search(_record_words(record))) for record in of.sample)
    return float(found > 0.8 * len(of.sample))


def _record_words(record: Record) -> str:
    return " ".join([text for _, text in record.texts]).casefold()


FEATURES: Mapping[str, Callable[[Candidate], float]] = {
    each.__name__: each
    for each in (
        share, drowned, words, titled, ordered, vague, distinct, live, leading, part, ends,
        aside, teasers, figures, announced, lengths, sought, talked, signed,
    )
}  # fmt: skip


def measure(of: Candidate, names: Sequence[str]) -> dict[str, float]:
    """Returns the named features of a candidate."""
    return {name: FEATURES[name](of) for name in names}
