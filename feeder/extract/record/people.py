"""Bylines in their many forms → people, one each, without "By" or the agency."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from feeder.sanitize.clean import plain

_BY = re.compile(
    r"^[\s\-–—−•|·*/]*(?:(?:posted|written|reported|reporting|published|updated|compiled|edited"
    r"|words|text|texte|texto"
    r"|story|analysis|report)\s+)?"
    r"(?:(?:by|door|przez|autor(?:en|in|a|es)?|auteurs?|author|reporter|bericht|autore"
    r"|автор)\b\s*:?\s+"
    r"|(?:von|par|por|di|da|de|av|af)\b\s*:?\s+(?=(?-i:[A-ZÀ-Þ])))",
    re.IGNORECASE,
)
# "-ABC News' Patrick Reevell", "—The Harbour's Ana L.": an outlet's possessive before the name.
_OUTLET = re.compile(r"^[\s\-–—−]*(?:[A-Z0-9À-Þ][^,;'’]{1,40}?)(?:['’]s?|s['’])\s+(?=[A-ZÀ-Þ])")
_DASH = re.compile(r"^[\s\-–—−•·|]+|[\s\-–—−•·|,;:.]+$")
_SPLIT = re.compile(
    r"\s*(?:;|/|\s&\s|\s(?:and|und|et|y|e|i|en|og|och|и|with|mit|avec|con)\s|\s[|·•]\s|\n)\s*",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")
_TAIL = re.compile(
    r"\s*(?:\(.{0,80}\)|\b(?:in|at|reporting from)\s+[A-ZÀ-Þ][\w .’'-]{2,40}$|@[\w.]+"
    r"|\S+@\S+\.\w+|https?://\S+"
    r"|\b(?:for|on|am|le|il|el)\s.+$|\b(?:leave a comment|\d+ comments?|\d+ min\b|follow"
    r"|share).*$)",
    re.IGNORECASE,
)
# Words that a person's name does not hold.
_ORGANISATION = re.compile(
    r"\b(?:news|press|agenc\w*|agentur|reuters|afp|dpa|ap|apa|sid|efe|ansa|pti|ani|staff|desk"
    r"|team|editors?|editorial"
    r"|redaktion|redacci[oó]n|r[ée]daction|redazione|redactie|redaksjon\w*|redaktionen|online"
    r"|web|media|network|newsroom"
    r"|writers?|reporters?|correspondents?|bureau|service|group|inc|ltd|gmbh|corporation"
    r"|associated|presse|times|post"
    r"|daily|herald|tribune|gazette|journal|admin(?:istrator)?|webmaster|live ?blog|magazine"
    r"|channel|sports?|tv"
    r"|radio|broadcasting|zeitung|today|wire|contributors?|anonymous|unknown|guest|company"
    r"|foundation"
    r"|university|institute|key (?:event|moment|update|point)s?|breaking|pinned|recap"
    r"|highlights?)\b",
    re.IGNORECASE,
)
_ROLE = r"(?:correspondent|editor|reporter|journalist|writer|chief|producer|redakteur(?:in)?)s?"
_TITLE = re.compile(rf"^(?:[\w&’'. -]{{3,40}}\s+)?{_ROLE}\b", re.IGNORECASE)
# "Jo Smith Science editor"
_NAME_AND_ROLE = re.compile(rf"^((?:[A-ZÀ-Þ][\w'’.-]+\s+){{2}})(?:[\w& -]{{0,40}}\s)?(?i:{_ROLE})$")
_NO_NAME = re.compile(r"[°~<>=#/\\{}\[\]!?]|\d.*\s|\s.*\d|^\d+$")
_BYLINE_MOST = 2_000  # characters with markup; what is longer is no byline
_NAME_MOST = 60


def people(byline: str) -> tuple[str, ...]:
    """The people that a byline names."""
    return _people(byline) if len(byline) < _BYLINE_MOST else ()


@lru_cache(maxsize=1024)
def _people(byline: str) -> tuple[str, ...]:
    text = plain(byline)
    if not text or len(text) > 300:
        return ()
    text = _OUTLET.sub("", _DASH.sub("", _BY.sub("", text)))
    names: list[str] = []
    for part in _SPLIT.split(text):
        names += _parts(part)
    return tuple(dict.fromkeys(names))


def _parts(part: str) -> list[str]:
    """Commas part people from people, and people from what they are."""
    return [name for piece in part.split(",") if (name := _name(piece))]


def _name(text: str) -> str:
    text = _DASH.sub("", _TAIL.sub("", _OUTLET.sub("", _BY.sub("", text)))).strip()
    text = _NAME_AND_ROLE.sub(r"\1", text).strip()
    if not 2 <= len(text) <= _NAME_MOST or len(text.split()) > 6 or not _LETTER.search(text):
        return ""
    if text.islower() or any(kind.search(text) for kind in (_ORGANISATION, _TITLE, _NO_NAME)):
        return ""
    return text.title() if text.isupper() and len(text) > 5 and " " in text else text


def _is_organisation(kinds: Any) -> bool:
    """Whether a type in JSON-LD, or a list of them, names an organisation and no person."""
    named = isinstance(kinds, (str, list))
    return named and "Organization" in kinds and "Person" not in kinds


def stated_people(value: Any, depth: int = 4) -> tuple[str, ...]:
    """The people in a structured author: a name, an object with a name, or a list of either."""
    if depth < 0:
        return ()
    if isinstance(value, str):
        return () if value.startswith(("http://", "https://", "/", "@")) else people(value)
    if isinstance(value, dict):
        if _is_organisation(value.get("@type")):
            return ()
        return stated_people(value.get("name") or value.get("@value"), depth - 1)
    if isinstance(value, list):
        return tuple(dict.fromkeys(name for one in value for name in stated_people(one, depth - 1)))
    return ()
