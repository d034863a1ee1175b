"""Inside the records of a series: headline, byline, body; and what is none of them.

A record is read as parts: its blocks of text in order. Some are the time; some stand in most
records word for word and are furniture, dropped because they repeat. Then `bylines` and `headlines`
take theirs, and what is left is the body.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Self

from feeder.cache import Memory
from feeder.extract.inferred.outline import INLINE
from feeder.extract.record.body import body
from feeder.extract.record.bylines import byline, like_name, name_paths, says_author, signed
from feeder.extract.record.headlines import Start, have_run_ins, head_path, headline, run_in, start
from feeder.extract.record.parts import Inside, parts_of
from feeder.extract.record.untimed import is_time, untimed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Record
    from feeder.extract.record.bylines import Place
    from feeder.extract.record.parts import Part

_PICTURES = frozenset({"button", "form", "svg", "nav", "template"})
_IMAGES = frozenset({"img"})
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*\s?[kKmM]?\b")
_WORD = re.compile(r"\w")
_ADVERT = re.compile(
    r"(?:advertisement|advertising|sponsored|anzeige|werbung|publicité|publicidad|publicidade|pubblicità|advertentie"
    r"|reklama|reklame|annonse|annons|mainos|реклама|広告|reklam|more to follow|key (?:event|moment)"
    r"|article continues below.*|\W*(?:one|\d+)[ -]min(?:ute)?s?[ -]read)\W*",
    re.IGNORECASE,
)


class Read(NamedTuple):
    """What a record comes to."""

    headline: str
    byline: tuple[str, ...]
    body: str  # HTML
    link: (
        int  # of the block that the headline is: how many places after the record's start; -1: none
    )


class _Short(NamedTuple):
    """What a record says in few words."""

    keys: frozenset[str]
    said: frozenset[str] | None  # those that are no time; None: it says more than that

    @classmethod
    def of(cls, parts: Sequence[Part]) -> Self:
        short = [part for part in parts if len(part.text) <= 90]
        said = frozenset(_key(part) for part in short if not is_time(part.text))
        return cls(frozenset(map(_key, short)), said if len(short) == len(parts) else None)


class _Alone(NamedTuple):
    """What a record is before others are asked."""

    whole: _Short
    rest: _Short  # without its times
    images: frozenset[str]


class _Left(NamedTuple):
    """How a record begins without what others have too."""

    names: tuple[
        tuple[Place, str, bool], ...
    ]  # of its first parts: where, their words, whether they may be a name
    start: Start


class _Shared(NamedTuple):
    """What most records have in common."""

    furniture: frozenset[str]
    names: frozenset[Place] = frozenset()
    head: str = ""
    run_in: bool = False
    icons: frozenset[str] = frozenset()


_shared = lru_cache(maxsize=64)(_Shared)  # one object for the same values


@dataclass(slots=True)
class _Known:
    """What was worked out of a record's markup, and from what besides."""

    alone: _Alone | None = None
    left: tuple[frozenset[str], _Left] | None = None
    read: tuple[_Shared, Read] | None = None
    last: tuple[_Shared, Read] | None = None  # the same by all that most records have in common


_KNOWN: Memory[_Known] = Memory(6 << 20)  # bytes: some 2,000 records


def insides(
    records: Sequence[Record], marks: Sequence[Sequence[Mark]], outline: Outline
) -> list[Read]:
    """Every record read; `marks` are all the times that each holds, its own first.

    In three steps, each of which asks all records before the next: what each says alone, how it
    begins without what most of them have, and what it is where most have a name or a headline in
    the same place.
    """
    around: dict[int, tuple[bool, bool]] = {}
    reading = [
        _Reading(record, times, outline, around)
        for record, times in zip(records, marks, strict=True)
    ]
    alone = [each.alone() for each in reading]
    furniture = _furniture([each.whole for each in alone])
    furniture |= {
        key for key in _furniture([each.rest for each in alone]) if "#" in key
    }  # "12 views" beside the time
    left = [each.left(furniture) for each in reading]
    starts = [each.start for each in left]
    shared = _shared(
        furniture,
        name_paths([each.names for each in left]),
        head_path(starts),
        have_run_ins(starts),
        _icons(alone),
    )
    return [each.read(shared) for each in reading]


class _Reading:
    """A record while it is read. Nothing is worked out again that is known of the same markup among the same others."""

    def __init__(
        self,
        record: Record,
        marks: Sequence[Mark],
        outline: Outline,
        around: dict[int, tuple[bool, bool]],
    ) -> None:
        self._record, self._marks, self._outline = record, marks, outline
        self._parts: list[Part] | None = None  # those left at the step that was taken last
        self._known = self._remembered(around)

    @cached_property
    def _inside(self) -> Inside:
        return Inside(self._record.tops)

    def _remembered(self, around: dict[int, tuple[bool, bool]]) -> _Known:
        """By all that anything here is asked about: markup, times, and the elements around that may name an author."""
        record, outline, tops = self._record, self._outline, self._record.tops
        if len(tops) > 1 and outline.count(record.start, record.end) != sum(
            outline.count(top, outline.end(top)) for top in tops
        ):
            return _Known()  # words of others stand between its own
        above = outline.parent(tops[0])
        if above not in around:
            around[above] = _authorly_around(above, outline)
        times = tuple([(m.index - record.start, m.form, m.rest, m.holds) for m in self._marks])
        if len(tops) == 1 and (block := outline.block(tops[0])):
            known: _Known = block.facts.setdefault((times, around[above]), _Known())
            return known
        markup = "".join(map(outline.html, tops))
        words = f"{record.end - record.start} {times} {around[above]}\0{markup}"
        return _KNOWN.get(words, _Known, lambda _: 2 * len(markup))

    def alone(self) -> _Alone:
        if self._known.alone is None:
            whole, rest = self._without_times()
            images = frozenset(src for _, src in _images(self._inside, self._outline))
            self._known.alone = _Alone(whole, _Short.of(rest), images)
        return self._known.alone

    def _without_times(self) -> tuple[_Short, list[Part]]:
        parts = parts_of(self._record, self._outline)
        whole = _Short.of(parts)
        self._parts = untimed(parts, self._marks, self._inside, self._outline)
        return whole, self._parts

    def left(self, furniture: frozenset[str]) -> _Left:
        furniture &= self.alone().rest.keys
        if self._known.left is None or self._known.left[0] != furniture:
            parts = self._without_furniture(furniture)
            names = tuple(
                [
                    ((p.path, p.beside), p.text, not p.heading and like_name(p.text))
                    for p in parts[:4]
                ]
            )
            self._known.left = furniture, _Left(names, start(parts, self._inside, self._outline))
        return self._known.left[1]

    def _without_furniture(self, furniture: frozenset[str]) -> list[Part]:
        parts = self._without_times()[1] if self._parts is None else self._parts
        self._parts = _kept(parts, furniture, self._inside, self._outline)
        return self._parts

    def read(self, shared: _Shared) -> Read:
        known = self._known
        if known.last is None or known.last[0] is not shared:
            alone = self.alone()
            own = _Shared(
                shared.furniture & alone.rest.keys, *shared[1:4], shared.icons & alone.images
            )
            if known.read is None or known.read[0] != own:
                known.read = own, self._worked_out(own)
            known.last = shared, known.read[1]
        return known.last[1]

    def _worked_out(self, shared: _Shared) -> Read:
        inside, outline = self._inside, self._outline
        parts = self._without_furniture(shared.furniture) if self._parts is None else self._parts
        _pictures(inside, outline)
        inside.gone.update(index for index, src in _images(inside, outline) if src in shared.icons)
        if shared.run_in:
            run_in(parts, inside, outline)
        headline(
            byline(parts, inside, shared.names, outline),
            self._marks[0],
            inside,
            shared.head,
            outline,
        )
        link = inside.link - self._record.start if inside.link >= 0 else -1
        return Read(inside.headline, inside.byline, body(inside, outline), link)


def _authorly_around(index: int, outline: Outline) -> tuple[bool, bool]:
    """Whether an element or the one around it is marked as an author: asked of what stands in it, too."""
    above = outline.parent(index) if index >= 0 else -1
    return index >= 0 and says_author(outline.opening(index)), above >= 0 and says_author(
        outline.opening(above)
    )


def _furniture(records: Sequence[_Short]) -> frozenset[str]:
    """The short texts that stand in most records; numbers in them may differ."""
    if len(records) < 3:
        return frozenset()
    seen = Counter(chain.from_iterable([each.keys for each in records]))
    most = max(2.0, 0.5 * len(records))
    common = frozenset(key for key, count in seen.items() if count > most)
    # "Goal!" again and again is what those updates say: nothing else stands beside it.
    bare = (each.keys for each in records if each.said is not None and each.said <= common)
    alone = Counter(key for keys in bare for key in keys)
    return frozenset(key for key in common if 2 * alone[key] < seen[key])


def _key(part: Part) -> str:
    """What counts as the same words: "12 likes" is "13 likes", but a headline with another number is another."""
    text = part.text.casefold()
    return text if part.heading or len(text) > 40 else _numberless(text)


@lru_cache(maxsize=2048)
def _numberless(text: str) -> str:
    return _NUMBERS.sub("#", text)


def _kept(
    parts: list[Part], furniture: frozenset[str], inside: Inside, outline: Outline
) -> list[Part]:
    """The parts without furniture; a heading that repeats ("Added", "Fixed") stays where words follow it."""
    kept: list[Part] = []
    for part in reversed(parts):
        part.common = len(part.text) <= 90 and _key(part) in furniture and not signed(part, outline)
        if (part.common and not (part.heading and kept)) or _is_nothing(part):
            inside.drop_part(part, outline)
        else:
            kept.append(part)
    return kept[::-1]


def _is_nothing(part: Part) -> bool:
    return part.unread or not _WORD.search(part.text) or _ADVERT.fullmatch(part.text) is not None


def _pictures(inside: Inside, outline: Outline) -> None:
    """Buttons, forms and drawings, which no words tell of."""
    for top in inside.tops:
        if outline.tags[top] not in INLINE:
            inside.gone.update(outline.tagged(_PICTURES, top, outline.end(top)))


def _images(inside: Inside, outline: Outline) -> list[tuple[int, str]]:
    """The images of a record and where they are found."""
    places = [i for top in inside.tops for i in outline.tagged(_IMAGES, top, outline.end(top))]
    stated = [(i, outline.attributes(i)) for i in places]
    return [(i, src) for i, each in stated if (src := each.get("src") or each.get("data-src"))]


def _icons(records: Sequence[_Alone]) -> frozenset[str]:
    """The images that stand in most records: an icon or a portrait."""
    if len(records) < 3:
        return frozenset()
    seen = Counter(src for each in records for src in each.images)
    return frozenset(src for src, count in seen.items() if count > max(2.0, 0.3 * len(records)))
