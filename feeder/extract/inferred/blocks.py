"""Pages that state nothing: updates by the times that a page shows and by what repeats around them.

A live page is a series of records, each of which holds one time of its own, and from one reading to
the next most of them stay as they were.

1. Time marks (`time_marks`): every time that can be a record's, in the order of the page.
2. Series (`find_series`): marks that stand alike. Each cuts the page into records: ancestors that
   hold one mark; in flat layouts, runs of siblings between marks; under days, titled items.
3. The page (`scoring`): each series has log-odds by its `features`, most of all the share of the
   words under the page's heading that its records hold. Talk, articles, rows of figures and
   programmes speak against. Below even odds the page has no updates, and the reasons are told.
4. Inside (`record`): headline, byline, body; what most records have word for word is furniture.
5. Times (`feeder.when`): the marks of the series are resolved as one sequence, with day headings
   and the page's dates.

Literature: Liu, Grossman, Zhai, Mining data records in web pages (MDR, 2003); Zhai, Liu, Web data
extraction based on partial tree alignment (DEPTA, 2005); Miao et al., Extracting data records from
the web using tag path clustering (2009); Weninger et al., CETR: content extraction via tag ratios
(2010); Kohlschütter et al., Boilerplate detection using shallow text features (2010). They find
records by comparing subtrees and body text by densities; none takes times as anchors. A live page
gives that evidence for free, so here the marks find the records, tag paths say which marks belong
together, and densities of text say which series is the page.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from math import exp
from typing import TYPE_CHECKING

from feeder.extract.inferred.candidate import rank
from feeder.extract.inferred.find_series import find_series
from feeder.extract.inferred.group_headings import named_groups
from feeder.extract.inferred.page_dates import dated
from feeder.extract.inferred.permalinks import places
from feeder.extract.inferred.record_times import Times, timed
from feeder.extract.inferred.scoring import score_series
from feeder.extract.inferred.single_update import single
from feeder.extract.inferred.time_marks import marks
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.times import context
from feeder.extract.record.content import content
from feeder.extract.record.fields import read_records
from feeder.model import Note, Update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.scoring import Scored
    from feeder.extract.inferred.series import Record, Series
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.model import Rules

KIND = "blocks"
_SHOWS = re.compile(
    r"<(?:img|iframe|video|audio|picture|blockquote|embed|object|amp-)", re.IGNORECASE
)
_AHEAD = timedelta(hours=12)  # a wrong zone puts no update further into the future
_MOST = 5_000  # updates of a page that are read
_SHOWN = 3  # series that the notes tell of


def find(page: ParsedPage, rules: Rules) -> Evidence | None:
    """Returns the updates of an HTML page that shows times; without any, the reasons."""
    all_marks = marks(page)
    chosen, points, notes = _choose(all_marks, page, rules)
    if chosen is None:
        return Evidence(KIND, confidence=0.0, notes=tuple(notes))
    if len(chosen.records) > _MOST:
        told = f"Of {len(chosen.records):,} updates the newest {_MOST:,} were read."
        notes.append(Note(KIND, told, used=True))
        chosen = _newest_part(chosen)
        start, end = chosen.records[0].start, chosen.records[-1].end
        all_marks = [mark for mark in all_marks if start <= mark.index < end]
    times = read_times(chosen, all_marks, page, rules)
    place = _place(chosen)
    updates = _updates(page, times, f"{KIND}:{place}")
    if _lie_ahead(updates, rules):
        told = "the times lie ahead: a programme, no report"
        return Evidence(KIND, confidence=0.0, notes=(*notes, Note(KIND, told)))
    notes[0] = replace(notes[0], used=True)
    confidence = 1 / (1 + exp(-points))
    return Evidence(
        KIND,
        updates,
        confidence=confidence,
        place=place,
        notes=tuple(notes),
        assumed=times.assumed,
        unread=times.unread,
    )


def _choose(
    all_marks: Sequence[Mark], page: ParsedPage, rules: Rules
) -> tuple[Series | None, float, list[Note]]:
    """The series that is the page, its log-odds, and what is to be told of the likeliest ones."""
    scored = score_series(find_series(all_marks), page)
    notes = [_told(each) for each in scored[:_SHOWN]]
    notes = notes or [Note(KIND, _count_times(len(all_marks)))]
    if scored and scored[0].points > 0:
        return scored[0].series, scored[0].points, notes
    alone = single(all_marks, page, context(page, rules))
    if alone is not None:
        told = "the only update of a page that says it is live"
        notes.insert(0, Note(KIND, told, figures=alone.path))
    return alone, 0.0, notes


def _lie_ahead(updates: Sequence[Update], rules: Rules) -> bool:
    """Returns whether most of the updates are of a time to come."""
    latest = rules.now + _AHEAD
    ahead = sum([update.published > latest for update in updates if update.published])
    return 2 * ahead > len(updates)


def _newest_part(chosen: Series) -> Series:
    """Returns the records that are read: from the end, where the last are newer than the first."""
    ranks = [rank(record.mark.stamp) for record in (chosen.records[0], chosen.records[-1])]
    part = slice(-_MOST, None) if ranks[0] < ranks[1] else slice(_MOST)
    return replace(chosen, records=chosen.records[part], marks=chosen.marks[part])


def _told(scored: Scored) -> Note:
    """Returns what a series is, or what it looks like instead, with the figures behind it."""
    made = scored.series
    told = f"{len(made.records)} dated blocks"
    if scored.points <= 0:
        told += f" look like {scored.likeness()}"
    return Note(KIND, told, figures=f"{made.path}: {scored.points:.1f} ({scored.told()})")


def _count_times(number: int) -> str:
    if not number:
        return "the page prints no time"
    return "the page prints one time" if number == 1 else f"no two of {number} times stand alike"


def read_series(
    chosen: Series,
    all_marks: Sequence[Mark],
    page: ParsedPage,
    rules: Rules,
) -> tuple[Update, ...]:
    """Returns the updates that the records of a series are."""
    times = read_times(chosen, all_marks, page, rules)
    return _updates(page, times, f"{KIND}:{_place(chosen)}")


def read_times(
    chosen: Series,
    all_marks: Sequence[Mark],
    page: ParsedPage,
    rules: Rules,
) -> Times:
    """Returns the records of a series with their times, and what was assumed of them."""
    known = dated(context(page, rules), all_marks, chosen, page.url)
    return timed(chosen, all_marks, known)


def _tongue(record: Record) -> str | None:
    """Returns the language that a record of one element states for itself."""
    if len(record.tops) != 1:
        return None
    return record.outline.attributes(record.tops[0]).get("lang") or None


def _place(chosen: Series) -> str:
    """The innermost tags around the records, which new class names and wrappers do not change."""
    around = [chosen.outline.tags[n] for n in chosen.region[-1:]]
    holder = chosen.records[0].mark.path.split(">")[len(chosen.region) :][:1]
    return ">".join([*around, *holder]) + (" flat" if chosen.flat else "")


def _updates(
    page: ParsedPage,
    times: Times,
    evidence: str,
) -> tuple[Update, ...]:
    read = read_records(times.records, times.held)
    where = places(page, times.records, read)
    groups = named_groups(times.records, [place.url for place in where], page)
    made, base = [], page.base
    for record, inside, place, group, at, modified in zip(
        times.records, read, where, groups, times.published, times.modified, strict=True
    ):
        language = _tongue(record)
        headline = html.escape(inside.headline, quote=False)
        words = content(headline, inside.body, base, authors=inside.byline, language=language)
        if not words.html and words.derived and not _SHOWS.search(inside.body):
            continue
        made.append(
            Update(
                words,
                published=at.at,
                stated=at.stated if at.at else "none",
                modified=modified,
                native_id=place.id,
                url=place.url,
                evidence=evidence,
                group=group,
            )
        )
    return tuple(made)
