"""One spelling for words that pages write in several: no case, accents or full stops."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Scripts whose signs are no ornaments: those from Thai to the end of the Indic ones, and those of
# East Asia.
_WHOLE = re.compile("[\u0900-\u1cff\u2e80-\uffef]")
_ALIKE = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "`": "'", "ı": "i", "ـ": None})
_ENDED = str.maketrans("", "", ".॰׳\u200c\u200d\u200e\u200f")


@lru_cache(maxsize=16384)
def fold(word: str) -> str:
    """Returns a word without case, accents and full stops: the key of the table of words."""
    lower = word.casefold().translate(_ENDED)
    if lower.isascii():
        return lower
    lower = lower.translate(_ALIKE)
    if _WHOLE.search(lower):
        return unicodedata.normalize("NFC", lower)
    return "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
