"""What an update's revisions changed, word by word: data for whatever shows a history."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rapidfuzz.distance import Indel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from feeder.model import Change, Content, Entry

_PIECES = re.compile(r"\w+(?:[.,:]\d+)*|\s+|[^\w\s]")
_KINDS: Mapping[str, SegmentKind] = {"equal": "same", "delete": "gone", "insert": "come"}

SegmentKind = Literal["same", "gone", "come"]


@dataclass(frozen=True, slots=True)
class Segment:
    kind: SegmentKind
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One revision, against the one before it."""

    change: Change
    parts: Mapping[
        str, tuple[Segment, ...]
    ]  # only what differs: "headline", "text", "authors", "images", "time"


def steps(changes: Iterable[Change]) -> tuple[Step, ...]:
    """Returns an entry's changes in their order; the first is compared with nothing."""
    found: list[Step] = []
    before: Entry | None = None
    for change in changes:
        parts = _parts(before, change.entry) if before else {}
        found.append(Step(change, parts))
        before = change.entry
    return tuple(found)


def words_between(old: str, new: str) -> tuple[Segment, ...]:
    """Returns the new text with what is gone and what has come, in reading order."""
    before = _PIECES.findall(old)
    after = _PIECES.findall(new)
    segments = []
    for code in Indel.opcodes(before, after):
        gone = "".join(before[code.src_start : code.src_end])
        come = "".join(after[code.dest_start : code.dest_end])
        kind = _KINDS[code.tag]
        segments.append(Segment(kind, come or gone))
        if [segment.kind for segment in segments[-2:]] == ["come", "gone"]:
            segments[-2:] = segments[:-3:-1]  # what is gone reads better first
    return tuple(segments)


def _stamp(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def _parts(old: Entry, new: Entry) -> dict[str, tuple[Segment, ...]]:
    before, after = _said(old.content), _said(new.content)
    before["time"], after["time"] = (_stamp(entry.published) for entry in (old, new))
    return {
        name: words_between(before[name], after[name])
        for name in after
        if before[name] != after[name]
    }


def _said(content: Content) -> dict[str, str]:
    return {
        "headline": "" if content.derived else content.title,
        "text": content.text,
        "authors": ", ".join(content.authors),
        "images": "\n".join(image.url for image in content.images),
    }
