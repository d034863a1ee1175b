"""A text in tokens: numbers with what belongs to them, words, punctuation.

Each character is looked at a bounded number of times, so the time taken grows with the length
alone.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from feeder.when.folding import fold
from feeder.when.lexicon import UNSPACED, code, lexicon
from feeder.when.zones import NAMES, named

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIGNS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0970-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u200c\u200d"
)
_LETTER = rf"(?:[^\W\d_]|[{_SIGNS}])"
_WORD = rf"{_LETTER}+(?:[.'’ʼ׳’-]{_LETTER}+)*"
_WORDS = re.compile(_WORD)
_TOKEN = re.compile(
    rf"""
      (?P<iso>\d{{4}}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,]\d{{1,9}})?)?(?:Z\b|[+-]\d\d:?\d\d\b)?)
    | (?P<tagged>(?:[\#№$€£¥]\s?|\bv\.?(?=\d))\d[\d.,]*)
    | (?P<date>(?<![\d.,])\d{{1,4}}(?P<sep>[./-])\s?\d{{1,2}}(?P=sep)\s?
        (?:\d{{4}}|\d{{2}}|(?:(?<=\b\d{{4}}[./-]\d[./-])|(?<=\b\d{{4}}[./-]\d\d[./-]))\d)\b
        (?![.:]\d))
    | (?P<spaced>(?<![\d.,])\d{{1,2}}\.\s\d{{1,2}}\.\s\d{{1,2}}\.(?!\d))
    | (?P<dotted>(?<![\d.,])\d{{1,2}}\.\s?\d{{1,2}}\.(?!\d))
    | (?P<clock>(?<![.:,\d])\d{{1,2}}(?P<colon>[:.]|\s?[hH]\s?)\d{{2}}
        (?!(?<=[hH]\s\d\d)\s?m(?:ins?|n)?\b)(?!(?<=[hH]\d\d)\s?m(?:ins?|n)?\b)(?:[:.]\d{{2}}(?:[.,]\d+)?)?
        (?P<half>\s?[AaPp]\.?\s?[Mm]\b\.?)?(?![\d%]|[.:,]\d|\s?[%€$£]))
    | (?P<played>\d{{1,3}}(?:['’′]\+\d{{1,2}}['’′]?|['’′]|\+\d{{1,2}}['’′]?)(?![\d:\w]))
    | (?P<hour>(?<![.:,\d])\d{{1,2}}\s?[AaPp]\.?\s?[Mm]\b\.?)
    | (?P<offset>(?:GMT|UTC)\s?[+−-]\d{{1,2}}(?::?\d\d)?\b|\+\d\d:?\d\d\b|[−-]\d{{4}}\b)
    | (?P<slash>(?<![\d/])\d{{1,2}}/\d{{1,2}}(?![\d/]))
    | (?P<decimal>\d+(?:[.,]\d+)+|\d+\s?[%€$£°])
    | (?P<apostrophe>(?<!\w)['’‘]\d\d(?!\w))
    | (?P<number>\d+)(?:(?:st|nd|rd|th|er|re|º|°|ª)(?!\w))?
    | (?P<zone>[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_-]+)+)
    | (?P<word>{_WORD}[.॰׳]?)
    | (?P<soft>[,.:()\[\]@~;…&（）【】、。，：«»،၊])
    | (?P<dash>[|/·•–—―›<>*+-])
    | (?P<mark>\S)
    """,
    re.VERBOSE,
)
_FIXED = {
    "iso": "I", "spaced": "D", "dotted": "E", "played": "T", "hour": "H", "offset": "O", "slash": "S",
    "apostrophe": "q", "soft": ",",
}  # fmt: skip
_ODD = re.compile(r"(?![0-9])\d|[\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\ufeff]")
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\u202a\u202b\u202c\ufeff"))
_ZONE = re.compile(r"[A-ZМСК]{1,5}|gmt|utc|мск|Eastern|Central|Mountain|Pacific")
STOP = "!"


class Token(NamedTuple):
    """A piece of a text; its kind is a character, of the grammar or of a set of senses."""

    kind: str
    start: int
    end: int
    text: str  # as it stands; of a word, its key in the table


class _Plain(dict[int, str | None]):
    """Western digits for those of other scripts."""

    def __missing__(self, point: int) -> str:
        number = unicodedata.decimal(chr(point), None)
        self[point] = made = chr(point) if number is None else str(number)
        return made


_PLAIN = _Plain(_UNSEEN)


def normal(text: str) -> str:
    """Single spaces, no invisible marks, western digits."""
    text = " ".join(text.split())
    return text if text.isascii() or not _ODD.search(text) else text.translate(_PLAIN).strip()


def words_of(text: str) -> list[str]:
    """The folded words of a text."""
    return [fold(word) for word in _WORDS.findall(text)]


def tokens(text: str) -> list[Token]:
    """A normal text, piece by piece."""
    found: list[Token] = []
    matches = list(_TOKEN.finditer(text))
    at = 0
    while at < len(matches):
        match = matches[at]
        at += 1
        if match.lastgroup == "word":
            at += _add_words(found, matches, at - 1) - 1
        else:
            kind = _kind(match, text)
            written = match["number"] or match[0]  # without "st" or "th"
            found.append(Token(kind, match.start(), match.end(), written))
    return found


def _kind(match: re.Match[str], text: str) -> str:
    name = match.lastgroup or ""
    if name == "number":
        return _number_kind(match["number"], text[match.start() - 1 : match.start()])
    if name == "date":
        return _date_kind(match[0])
    if name == "clock":
        return "c" if match["colon"] == "." and not match["half"] else "C"
    if name == "zone":
        return "Z" if named(match[0]) else STOP
    if name == "dash":
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        return "-" if before in {"", " "} or after in {"", " "} else "t"
    return _FIXED.get(name, STOP)


_SHORT_YEARS = range(15, 41)  # of dates with dots; others are clocks, or versions


def _date_kind(text: str) -> str:
    """A date, but 17.42.00 is a clock, and 3.12.04 neither."""
    first, second, third = re.findall(r"\d+", text)
    if len(third) != 2 or len(first) > 2 or "." not in text or int(third) in _SHORT_YEARS:
        return "D"
    if len(second) == 2 and int(first) < 24 and int(second) < 60:
        return "c"
    return "D" if len(first) == 2 == len(second) else STOP


def _number_kind(digits: str, before: str) -> str:
    """1: of one digit; 2: 01 to 12; 3: 13 to 24; 4: 25 to 31; 5: other two; 6: more; Y: a year."""
    value = int(digits) if len(digits) < 5 else 0
    if before.isascii() and before.isalpha():
        return STOP  # "F1", "v2"
    if len(digits) == 1:
        return "1" if value else "0"
    if len(digits) == 2:
        bounds = ((0, "5"), (12, "2"), (24, "3"), (31, "4"))
        return next((kind for most, kind in bounds if value <= most), "5")
    if len(digits) == 4 and (1970 <= value <= 2100 or 1300 <= value < 1500 or 2500 <= value < 2650):
        return "Y"
    return "6"


def _add_words(found: list[Token], matches: list[re.Match[str]], at: int) -> int:
    """Add the longest phrase of the table that begins here; how many words it has."""
    match = matches[at]
    text = match[0]
    key = fold(text)
    table = lexicon()
    for count in range(table.reach.get(key, 1), 1, -1):
        run = matches[at : at + count]
        if len(run) == count and all(m.lastgroup == "word" for m in run):
            phrase = " ".join(fold(m[0]) for m in run)
            if kind := code(phrase):
                found.append(Token(kind, match.start(), run[-1].end(), phrase))
                return count
    if _ZONE.fullmatch(text) and text.upper() in NAMES:
        found.append(Token("Z", match.start(), match.end(), text.upper()))
        return 1
    kind = code(key)
    if not kind and UNSPACED.search(text):
        found.extend(_segments(text, match.start()))
    else:
        found.append(Token(kind or STOP, match.start(), match.end(), key))
    return 1


_LONGEST = 12  # characters of a word in a script without spaces


def _segments(text: str, offset: int) -> Iterator[Token]:
    """The words that a run without spaces begins with; what is left of it is one token."""
    at = 0
    while at < len(text):
        for end in range(min(len(text), at + _LONGEST), at, -1):
            key = fold(text[at:end])
            if kind := code(key):
                yield Token(kind, offset + at, offset + end, key)
                break
        else:
            yield Token(STOP, offset + at, offset + len(text), text[at:])
            return
        at = end
