"""A text in tokens: numbers with what belongs to them, words, punctuation.

Each character is looked at a bounded number of times, so the time taken grows with the length
alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
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
    (?=\d)(?:
      (?P<iso>\d{{4}}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,]\d{{1,9}})?)?(?:Z\b|[+-]\d\d:?\d\d\b)?)
    | (?P<date>(?<![\d.,])(?<![^\W\d_]-)\d{{1,4}}(?P<sep>[./-])\s?\d{{1,2}}(?P=sep)\s?
        (?:\d{{4}}|\d{{2}}|(?:(?<=\b\d{{4}}[./-]\d[./-])|(?<=\b\d{{4}}[./-]\d\d[./-])
            |(?<=\b\d{{4}}\.\s\d\.\s)|(?<=\b\d{{4}}\.\s\d\d\.\s))\d)\b
        (?![.:]\d))
    | (?P<spaced>(?<![\d.,])\d{{1,2}}\.\s\d{{1,2}}\.\s\d{{1,2}}\.(?!\d))
    | (?P<dotted>(?<![\d.,])\d{{1,2}}\.\s?\d{{1,2}}\.(?!\d))
    | (?P<clock>(?<![.:,\d])\d{{1,2}}(?P<colon>[:.]|\s?[hH]\s?)\d{{2}}
        (?!(?<=[hH]\s\d\d)\s?m(?:ins?|n)?\b)(?!(?<=[hH]\d\d)\s?m(?:ins?|n)?\b)
        (?:[:.]\d{{2}}(?:[.,]\d+)?)?
        (?P<half>\s?[AaPp]\.?\s?[Mm]\b\.?)?(?![\d%]|[.:,]\d|\s?[%€$£]))
    | (?P<played>\d{{1,3}}(?:['’′]\+\d{{1,2}}['’′]?|['’′]|\+\d{{1,2}}['’′]?)(?![\d:\w]))
    | (?P<hour>(?<![.:,\d])\d{{1,2}}\s?[AaPp]\.?\s?[Mm]\b\.?)
    | (?P<slash>(?<![\d/])\d{{1,2}}/\d{{1,2}}(?![\d/]))
    | (?P<decimal>\d+(?:[.,]\d+)+|\d+\s?[%€$£°]|\d+K\b)
    | (?P<number>\d+)(?:(?:st|nd|rd|th|er|re|º|°|ª)(?!\w))?
    )
    | (?P<tagged>(?:[\#№$€£¥]\s?|\bv\.?(?=\d))\d[\d.,]*)
    | (?P<offset>(?:GMT|UTC)\s?[+−-]\d{{1,2}}(?::?\d\d)?\b|\+\d\d:?\d\d\b
        |[−-](?:0\d|1[0-2])[0-5]\d\b)
    | (?P<apostrophe>(?<!\w)['’‘]\d\d(?!\w))
    | (?P<zone>[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_-]+)+)
    | (?P<word>{_WORD}[.॰׳]?)
    | (?P<soft>[,.:()\[\]@~;…&（）【】、。，：«»،၊])
    | (?P<dash>[|/·•–—―›<>*+-])
    | (?P<mark>\S)
    """,
    re.VERBOSE,
)
_FIXED = {
    "iso": "I",
    "spaced": "D",
    "dotted": "E",
    "played": "T",
    "hour": "H",
    "offset": "O",
    "slash": "S",
    "apostrophe": "q",
    "soft": ",",
}
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
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    text = " ".join(text.split())
    return text if text.isascii() or not _ODD.search(text) else text.translate(_PLAIN).strip()


def words_of(text: str) -> list[str]:
    """Returns the folded words of a text."""
    return [fold(word) for word in _WORDS.findall(text)]


def tokens(text: str, *, opening: bool = False) -> list[Token]:
    """A normal text, piece by piece; with `opening`, up to the first that is part of no time."""
    found: list[Token] = []
    match = _TOKEN.search(text)
    while match is not None:
        if match.lastgroup == "word":
            found += _words_at(match)
        else:
            written = match["number"] or match[0]  # without "st" or "th"
            found.append(Token(_kind(match, text), match.start(), match.end(), written))
        if opening and found[-1].kind == STOP:
            break
        match = _next(text, found[-1].end)
    return found


def _next(text: str, end: int) -> re.Match[str] | None:
    """Returns the piece after the one that ends there; hardly any stands without a space."""
    return _TOKEN.search(text, end + text.startswith(" ", end))


def _kind(match: re.Match[str], text: str) -> str:
    name = match.lastgroup or ""
    tell = _TOLD.get(name)
    return tell(match, text) if tell else _FIXED.get(name, STOP)


def _clock_kind(match: re.Match[str], _: str) -> str:
    return "c" if match["colon"] == "." and not match["half"] else "C"


def _zone_kind(match: re.Match[str], _: str) -> str:
    return "Z" if named(match[0]) else STOP


def _dash_kind(match: re.Match[str], text: str) -> str:
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return "-" if before in {"", " "} or after in {"", " "} else "t"


_SHORT_YEARS = range(15, 41)  # of dates with dots; others are clocks, or versions


def _date_kind(match: re.Match[str], _: str) -> str:
    """Returns a date, but 17.42.00 is a clock, and 3.12.04 neither."""
    first, second, third = re.findall(r"\d+", match[0])
    if len(third) != 2 or len(first) > 2 or "." not in match[0] or int(third) in _SHORT_YEARS:
        return "D"
    if len(second) == 2 and int(first) < 24 and int(second) < 60:
        return "c"
    return "D" if len(first) == 2 == len(second) else STOP


_TWO_DIGITS = "5" + 12 * "2" + 12 * "3" + 7 * "4" + 68 * "5"
_YEARS = (range(1970, 2101), range(1300, 1500), range(2500, 2650))


def _number_kind(match: re.Match[str], text: str) -> str:
    """1: of one digit; 2: 01 to 12; 3: 13 to 24; 4: 25 to 31; 5: other two; 7: three; 6: more.

    Y: a year.
    """
    digits, before = match["number"], text[match.start() - 1 : match.start()]
    if before.isascii() and before.isalpha():
        return STOP  # "F1", "v2"
    if len(digits) == 1:
        return "1" if int(digits) else "0"
    if len(digits) == 2:
        return _TWO_DIGITS[int(digits)]
    if len(digits) == 3:
        return "7"
    return "Y" if len(digits) == 4 and any(int(digits) in years for years in _YEARS) else "6"


_TOLD = {
    "number": _number_kind,
    "date": _date_kind,
    "clock": _clock_kind,
    "zone": _zone_kind,
    "dash": _dash_kind,
}


def _words_at(match: re.Match[str]) -> list[Token]:
    """The longest phrase of the table that begins with a word, else what that word is."""
    kind, key, reach = _known_word(match[0])
    if reach > 1 and (phrase := _longest_phrase(_words_from(match, reach))):
        return [phrase]
    if not kind:
        return list(_segments(key, match.start()))
    return [Token(kind, match.start(), match.end(), key)]


@lru_cache(maxsize=8192)
def _known_word(text: str) -> tuple[str, str, int]:
    """The kind of a word and its key, and how many words a phrase has that begins with it.

    The kind is "" where several words may hang together.
    """
    key = fold(text)
    reach = lexicon().reach.get(key, 1)
    if _ZONE.fullmatch(text) and text.upper() in NAMES:
        return "Z", text.upper(), reach
    kind = code(key)
    if not kind and UNSPACED.search(text):
        return "", text, reach
    return kind or STOP, key, reach


def _longest_phrase(run: list[re.Match[str]]) -> Token | None:
    for count in range(len(run), 1, -1):
        phrase = " ".join([fold(word[0]) for word in run[:count]])
        if kind := code(phrase):
            return Token(kind, run[0].start(), run[count - 1].end(), phrase)
    return None


def _words_from(match: re.Match[str], most: int) -> list[re.Match[str]]:
    """Returns a word and those that follow it, at most so many."""
    run = [match]
    while len(run) < most:
        further = _next(match.string, run[-1].end())
        if further is None or further.lastgroup != "word":
            break
        run.append(further)
    return run


_LONGEST = 12  # characters of a word in a script without spaces


def _segments(text: str, offset: int) -> Iterator[Token]:
    """Yields the words that a run without spaces begins with; what is left of it is one token."""
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
