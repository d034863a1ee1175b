"""Plain text and Markdown: what copying a live page gives, changelogs, logs, digests of messages.

A live page is a series of records, each of which holds one time of its own; in a text the places
are lines. Lines of one form are a series; the series that holds most of the text is the page. A
time above or inside a headline begins its record, one in a trailer ends it.
"""

from __future__ import annotations

import html
import re
from textwrap import dedent
from typing import TYPE_CHECKING

from feeder.extract.inferred.text_marks import MOST, RULE, choose_series, order_of
from feeder.extract.inferred.text_records import CREDIT, read_records, split_paragraphs
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.times import context, of_days
from feeder.extract.record.content import content
from feeder.extract.record.markdown import is_markdown, render_markdown
from feeder.extract.record.people import people
from feeder.model import Note, Rules, Update
from feeder.when import assume, read, resolve, spans

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feeder.extract.inferred.text_marks import LineMark
    from feeder.extract.inferred.text_records import TextRecord
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.when import Context, Resolved

_TITLE = 300  # characters
_OPENING = 20  # lines above the first record, in which its day is sought
_REFERENCE = re.compile(r"^ {0,3}\[([^\]\n]+)\]:\s*(\S+).*$", re.MULTILINE)
_LINK = re.compile(r"^\[([^\]]+)\](?:\((\S+?)\))?")


def find(page: ParsedPage, rules: Rules) -> Evidence | None:
    """Returns the updates of a plain text; None where it has none."""
    lines = page.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = choose_series(lines)
    marks = _newest(found)
    if len(marks) < 2:
        return None
    records = read_records(lines, marks)
    if len(records) < 2 or not _say_words(records):
        return None
    known = _dated_by_opening(context(page, rules), marks, lines)
    stamps = [record.stamp for record in records]
    times = resolve(stamps, known)
    written = _Writing(page)
    form = marks[0].form
    pairs = zip(records, times, strict=True)
    updates = tuple(_update(page, record, time, written, form) for record, time in pairs)
    title, description = _read_opening(lines, marks)
    text = f"{len(updates)} lines with a time of the form {form!r}"
    notes = [Note("text", text, used=True)]
    if len(marks) < len(found):
        notes.append(Note("text", f"only the newest {MOST} of its {len(found)} records are read"))
    return Evidence(
        "text",
        updates,
        confidence=0.9 if len(updates) > 2 else 0.7,
        place=form,
        title=title,
        description=description,
        notes=tuple(notes),
        assumed=assume(stamps, known),
    )


def _read_opening(lines: list[str], marks: list[LineMark]) -> tuple[str, str]:
    """Returns the title and the description that stand above the first record."""
    above = 0 if marks[0].form == "trailer" else marks[0].first
    first, second = (*split_paragraphs(lines[:above]), "", "")[:2]
    return first.strip("# ") if len(first) <= _TITLE else "", second


def _say_words(records: list[TextRecord]) -> bool:
    """Returns whether most of them hold a word; rows of figures beside dates are none."""
    texts = (" ".join([record.headline, *record.paragraphs]) for record in records)
    return sum(any(c.isalpha() for c in text) for text in texts) > len(records) / 2


def _newest(marks: list[LineMark]) -> list[LineMark]:
    """Returns the marks that are read, from the end of the text that is newer."""
    if len(marks) <= MOST:
        return marks
    return marks[-MOST:] if order_of(marks[0]) < order_of(marks[-1]) else marks[:MOST]


def _dated_by_opening(known: Context, marks: list[LineMark], lines: list[str]) -> Context:
    """Returns what is known of the times, with the day that stands above clocks that name none."""
    if any(mark.is_dated for mark in marks):
        return known
    found = (span.stamp for line in lines[: marks[0].first][:_OPENING] for span in spans(line))
    instants = {day.at for stamp in found if stamp.year and (day := read(stamp, known))}
    return of_days(known, *(2 * list(instants))) if len(instants) == 1 else known


class _Writing:
    """How a text is written: whether in Markdown, and the links that it names at its end."""

    def __init__(self, page: ParsedPage) -> None:
        text = page.text
        self.markdown = "markdown" in (page.document.media_type or "") or is_markdown(
            text, listed=False
        )
        references = _REFERENCE.findall(text) if self.markdown else ()
        self.links: Mapping[str, str] = {name.lower(): url for name, url in references}

    def body(self, record: TextRecord) -> str:
        plain = "".join(_captioned(p) or f"<p>{_escaped(p)}</p>" for p in record.paragraphs)
        if not self.markdown:
            return plain
        lines = record.lines
        while lines and (not lines[0].strip() or RULE.match(lines[0])):
            lines = lines[1:]
        text = dedent("\n".join(lines))
        named = [
            f"[{name}]: {url}" for name, url in self.links.items() if f"[{name}]" in text.lower()
        ]
        return render_markdown("\n".join([text, "", *named])) or plain

    def headline(self, record: TextRecord) -> str:
        if self.markdown and any(sign in record.headline for sign in "[`*_<&"):
            return render_markdown(_LINK.sub(r"\1", record.headline))
        return html.escape(record.headline, quote=False)

    def address(self, record: TextRecord) -> str | None:
        """Where the headline leads: a link around it, or one of its name at the end of the text."""
        if not self.markdown:
            return None
        match = _LINK.match(record.headline)
        name = match[1] if match else record.headline
        return (match[2] if match else None) or self.links.get(name.lower())


def _update(
    page: ParsedPage,
    record: TextRecord,
    time: Resolved,
    written: _Writing,
    form: str,
) -> Update:
    made = content(
        written.headline(record), written.body(record), page.base, authors=people(record.byline)
    )
    return Update(
        made,
        published=time.at,
        stated=time.stated if time.at else "none",
        url=page.absolute(written.address(record)),
        evidence=f"text:{form}",
    )


def _captioned(paragraph: str) -> str:
    """Returns a caption with its credit, on a line of its own or after the last full stop.

    "" where it is prose.
    """
    found = CREDIT.search(paragraph.replace("\n", ". ") if "\n" in paragraph else paragraph)
    if found is None:
        return ""
    credit = found[1].strip()
    caption = paragraph.strip().removesuffix(credit).strip()
    if not credit or ("\n" in caption):
        return ""
    small = f" <small>{_escaped(credit)}</small>"
    return f"<figure><figcaption>{_escaped(caption)}{small}</figcaption></figure>"


def _escaped(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")
