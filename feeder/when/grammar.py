"""The shapes of times: patterns over the characters of tokens.

In a pattern `{M}` stands for any token that can be a month, and so on for each sense of words; a
bare character is one of the kinds of numbers and punctuation that `tokens` tells apart. Named
groups are fields: what counts of a name is its first letter.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from feeder.when.lexicon import lexicon

_DAY = "[1234]"
_HOUR = "[01235]"
_AMOUNT = "[123457]"
_BETWEEN = "[,t{G}]{0,5}"  # between the parts of a date
_TWO = r"(?:q|[2345](?=$|[,-]*(?:[CcH]|{W}|$)))"  # a year of two digits
_DAY_MONTH = (  # but "9 Nov 30, 2026" begins with the month
    f"(?P<d1>{_DAY}){_BETWEEN}(?P<m1>{{M}})(?:t{{M}})?(?!{_BETWEEN}{_DAY}{_BETWEEN}Y)"
)
_ITEM = f"(?:(?:{_AMOUNT}|{{J}}),?(?:{{U}}|{{a}})|{{V}}|{{a}}|{{U}}(?:,?{_AMOUNT},?)?)"
_NEXT = f"(?:(?:{_AMOUNT}|{{J}}),?{{U}}|{{U}},?{_AMOUNT})"
_ITEMS = f"{_ITEM}(?:[,{{G}}]{{0,2}}{_NEXT}){{0,3}}"
_CLOCK = (
    f"(?:{{k}},?(?P<h0>{_HOUR})(?!{{M}}|,?{{U}}|{{G}}{{0,2}}!)|"
    f"(?:(?P<p1>{{P}}),?)?(?:(?P<c1>[CcH]|{{c}})"
    f"|(?P<h1>{_HOUR}){{h}}(?:,?(?P<i1>[0-5]){{i}}(?:,?(?P<s1>[0-5]){{s}})?)?"
    f"|(?P<h3>{_HOUR}){{K}},?(?P<i2>[0-5]){{U}}(?:,?(?P<s2>[0-5]){{U}})?"
    f"|(?P<h2>{_HOUR})(?=,?{{K}}|,?{{P}}))"
    "(?:,?(?P<p2>{P}))?)(?P<k1>,?{K})?(?:,?(?P<p3>{P}))?(?P<z1>(?:[,t]*[OZ{Z}]){1,3})?"
)
# In the order of preference among those of one length.
_SHAPES: dict[str, tuple[str, ...]] = {
    "relative": (
        f"{{j}}{{0,2}}{{B}}[{{j}}{{G}}]{{0,2}}(?P<r1>{_ITEMS}){{A}}?",
        f"{{j}}{{0,2}}(?P<r1>{_ITEMS}){{j}}?,?{{A}}",
        f"{{j}}?(?P<r1>{_AMOUNT},?{{a}}(?:[,{{G}}]{{0,2}}{_ITEM}){{0,2}})",
    ),
    "duration": (f"(?P<r1>{_AMOUNT}{{U}}(?:[,{{G}}]{{0,2}}{_AMOUNT}{{U}}){{0,2}})",),
    "date": (
        f"(?:(?P<w1>{{W}}){_BETWEEN})?{_DAY_MONTH}(?:{_BETWEEN}(?P<y1>Y|{_TWO}))?",
        f"(?P<m1>{{M}}){_BETWEEN}(?P<d1>{_DAY})(?:{_BETWEEN}(?P<y1>Y|q))?",
        f"(?P<y1>Y){_BETWEEN}(?P<m1>{{M}}){_BETWEEN}(?P<d1>{_DAY})(?!{_BETWEEN}Y)",
        f"(?P<y1>Y){_BETWEEN}(?P<d1>{_DAY}){_BETWEEN}(?P<m1>{{M}})",
        (
            f"(?:(?P<e1>{{e}})?,?(?P<y1>[1-7Y]|{{J}}),?{{y}},?)?"
            f"(?P<n1>[12]),?{{m}},?(?P<d1>{_DAY}),?{{d}}"
        ),
        f"(?P<y1>Y){_BETWEEN}(?P<n1>[12])t?{{m}}{_BETWEEN}(?P<d1>{_DAY})",
        f"(?P<d1>{_DAY})[,{{G}}]{{0,2}}{{v}},?(?P<n1>[12])(?:{_BETWEEN}(?P<y1>Y))?",
        "(?P<x1>I)(?:,?(?P<p1>{P}))?(?P<z1>(?:[,t]*[OZ{Z}]){1,3})?",
        "(?P<x1>[DES])",
    ),
    "clock": (_CLOCK,),
    "now": ("{X}",),
    # "14:05 · Ana Lind": behind a dash and before a further word it is a name.
    "days": ("(?P<w1>(?<!-){R}|{R}(?!!))",),
    "weekday": ("(?P<w1>{W})",),
    "year": ("(?P<y1>Y)",),
    "played": ("(?P<t1>T)",),
}
_BESIDE = "[,t{G}{k}-]"  # between the phrases of a time
_AROUND = "[,t{G}{L}{K}{k}-]"  # what may stand around a time that is all of a text


class PhrasePart(NamedTuple):
    """A phrase of one kind in a row of tokens."""

    kind: str
    start: int
    end: int
    fields: dict[str, int]  # the place of the token that holds each field, by its letter


class Grammar(NamedTuple):
    """The patterns, with the senses filled in."""

    shapes: tuple[tuple[str, re.Pattern[str]], ...]
    beside: frozenset[str]
    around: frozenset[str]
    labels: frozenset[str]
    dates: frozenset[str]  # what makes a text look like a time: months, "ago", clocks and dates


@cache
def grammar() -> Grammar:
    """Returns the grammar over the table of words."""
    members = lexicon().members

    def filled(pattern: str) -> str:
        """The pattern with the characters of each sense: in a set as they are, else as a set."""
        inside = re.sub(r"\[[^]]*\]", lambda m: _members(m[0], members, ""), pattern)
        return _members(inside, members, "[]")

    shapes = tuple((kind, re.compile(filled(p))) for kind, ps in _SHAPES.items() for p in ps)
    beside, around = (frozenset(filled(p)) - frozenset("[]") for p in (_BESIDE, _AROUND))
    dates = frozenset("CDEISY" + members["M"] + members["A"] + members["B"])
    return Grammar(shapes, beside, around, frozenset(members["L"]), dates)


def _members(pattern: str, members: dict[str, str], brackets: str) -> str:
    left, right = brackets[:1], brackets[1:]
    return re.sub(r"\{(\w)\}(?!\})", lambda m: _one(m, members, left, right), pattern)


def _one(match: re.Match[str], members: dict[str, str], left: str, right: str) -> str:
    return match[0] if match[1].isdigit() else left + members.get(match[1], "\uf8ff") + right


def longest(kinds: str, at: int, *, weak: bool = True, but: str = "") -> PhrasePart | None:
    """The longest phrase at a token; with `weak` false, none that could be something else."""
    best: PhrasePart | None = None
    for kind, pattern in grammar().shapes:
        match = pattern.match(kinds, at) if kind != but else None
        if match is None or (best is not None and match.end() <= best.end):
            continue
        fields = {name[0]: match.start(name) for name in match.re.groupindex if match[name]}
        part = PhrasePart(kind, at, match.end(), fields)
        if weak or _stands(part, kinds):
            best = part
    return best


def _stands(part: PhrasePart, kinds: str) -> bool:
    """Returns whether a phrase can follow a word that is no part of it: "line 4 May" is none."""
    if part.kind == "date":
        return "y" in part.fields or kinds[part.start] not in "1234ES"
    if part.kind in {"relative", "duration"}:
        return part.kind == "relative" and kinds[part.start] in "123457"
    return part.kind in {"days", "now"} or (part.kind == "clock" and kinds[part.start] in "CH")
