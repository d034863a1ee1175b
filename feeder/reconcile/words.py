"""Words as they are compared: without markup, case and punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import xxhash
from rapidfuzz.distance import LCSseq, Postfix, Prefix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.model import Content

_ASCII_MARKS = bytes(code for code in range(128) if not chr(code).isalnum())
_TO_LOWER = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz")
_GENERAL_PUNCTUATION = (
    b"\xe2\x80"  # UTF-8 of U+2000-203F: spaces, dashes, quotes, dots; one more byte follows
)
_LATIN_MARKS = tuple(mark.encode() for mark in "\u00a0\u00ad«»¿¡·")
_TOKEN = re.compile(r"\w+(?:[.,:]\d+)*")

_AROUND = 40  # characters around a change: enough to tell where a sentence begins


def digest(content: Content) -> str:
    """Returns a digest of the normalised words; an update without any is known by its pictures."""
    if said := _said("" if content.derived else content.title, content.text):
        return said
    media = sorted({*pictures(content), *recordings(content), content.title})
    return xxhash.xxh3_128_hexdigest("\n".join(media).encode(errors="replace"))


@lru_cache(maxsize=2048)  # of a page that is read again nearly all updates are as they were
def _said(headline: str, text: str) -> str:
    bare = _bare(headline) + b"\n" + _bare(text)
    return xxhash.xxh3_128_hexdigest(bare) if len(bare) > 1 else ""


def bare(text: str) -> str:
    """Returns letters and digits alone: equal for texts that differ in space or punctuation."""
    return _bare(text).decode(errors="replace")


def _bare(text: str) -> bytes:
    if text.isascii():
        return text.encode().translate(_TO_LOWER, _ASCII_MARKS)
    letters = (
        unicodedata.normalize("NFC", text)
        .encode(errors="replace")
        .translate(_TO_LOWER, _ASCII_MARKS)
    )
    first, *others = letters.split(_GENERAL_PUNCTUATION)  # several times faster than a pattern
    letters = b"".join([first, *(part[1:] for part in others)])
    for mark in _LATIN_MARKS:
        letters = letters.replace(mark, b"")
    return letters


def line(text: str) -> str:
    """Returns the text without what only lays it out."""
    return " ".join(text.split())


def changed_parts(old: str, new: str) -> tuple[str, str]:
    """Returns what differs of two lines, in whole words and with some words around it."""
    same = Prefix.similarity(old, new)
    start = old.rfind(" ", 0, max(0, same - _AROUND)) + 1
    left, right = old[start:], new[start:]
    tail = max(0, Postfix.similarity(left, right) - _AROUND)
    end = left.find(" ", len(left) - tail)
    tail = len(left) - end if end >= 0 else 0
    return left[: len(left) - tail], right[: len(right) - tail]


def tokens(text: str) -> list[str]:
    """Returns words and numbers in order, in the case in which they stand."""
    return _TOKEN.findall(text if text.isascii() else unicodedata.normalize("NFKC", text))


def similarity(one: Sequence[str], other: Sequence[str]) -> float:
    """Returns the share, 0 to 1, of words that both have in order; a text may have grown."""
    if not one or not other:
        return float(not one and not other)
    common = LCSseq.similarity(one, other)
    short, long = sorted((len(one), len(other)))
    grown = 0.9 * common / short if short >= 8 and long >= 2 * short else 0.0
    return max(2 * common / (short + long), grown)


# -------------------------------------------------------------------------------------------- media

# Parts of an address that say only how large a picture is to be: "1200x800", "w640", "master",
# "500.jpg", "-300x200".
_SIZE_PART = re.compile(
    r"^(?:[a-z]{0,2}[_-]?)?\d{2,5}(?:[x_,-]\d{1,5})*(?:\.\w{2,5})?$|^(?:master|original|thumb\w*)$",
    re.IGNORECASE,
)
_SIZE_SUFFIX = re.compile(
    r"(?:[-_](?:\d{2,5}x\d{2,5}|w\d{2,5}|scaled|\d{3,4}w)|@\dx)(?=\.\w+$|$)", re.IGNORECASE
)


def pictures(content: Content) -> frozenset[str]:
    return frozenset(_picture(image.url) for image in content.images)


def recordings(content: Content) -> frozenset[str]:
    return frozenset(media.url.partition("?")[0] for media in content.media)


def _picture(url: str) -> str:
    """Returns what an image address says apart from the size it is delivered in."""
    address = _SIZE_SUFFIX.sub("", url.partition("?")[0].partition("#")[0])
    parts = address.split("/")
    telling = [part for part in parts[3:] if not _SIZE_PART.match(part)]
    return "/".join(parts[:3] + telling) if any(len(part) >= 8 for part in telling) else address
