"""What scripts carry: JSON-LD and other data, read and never run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

JsonObject: TypeAlias = "dict[str, Any]"

# The insides of these are no text of the page. The end is looked for without backtracking: str.find
# alone.
_OPAQUE = re.compile(r"<(script|style)\b", re.IGNORECASE)
_COMMA = re.compile(r",\s*([}\]])")
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f]")
_SURROGATE = re.compile(
    r"(?P<whole>\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


def without_scripts(text: str) -> str:
    """The markup with scripts and styles emptied, which are most of many pages."""
    kept, at = [], 0
    while opening := _OPAQUE.search(text, at):
        end = text.find(">", opening.end())
        close = _closing(text, opening[1], end) if end >= 0 else -1
        if close < 0:  # never closed: it swallows the rest, as in a browser
            kept.append(text[at : opening.start()])
            return "".join(kept)
        kept.append(text[at : opening.start()])
        at = close
    kept.append(text[at:])
    return "".join(kept)


def _closing(text: str, tag: str, start: int) -> int:
    """Where the element ends, after its end tag; -1: it does not."""
    for spelled in (f"</{tag}", f"</{tag.lower()}", f"</{tag.upper()}"):
        at = text.find(spelled, start)
        if at >= 0:
            end = text.find(">", at)
            return end + 1 if end >= 0 else len(text)
    return -1


def json_scripts(text: str) -> tuple[Any, ...]:
    """Every JSON-LD script of the page, decoded."""
    found = []
    for raw in _raw(text, "ld+json"):
        value = parse(raw)
        if value is not None:
            found.append(value)
    return tuple(found)


def _raw(text: str, type_: str) -> Iterator[str]:
    at = text.find(type_)
    while at >= 0:
        opening = text.rfind("<", max(0, at - 500), at)
        start = text.find(">", at)
        if start < 0:
            return
        if text[opening : opening + 7].lower() == "<script":
            end = text.find("</script", start)
            end = len(text) if end < 0 else end
            yield text[start + 1 : end]
            start = end
        at = text.find(type_, start)


def parse(raw: str) -> Any:
    """JSON, mended where that cannot change what it says; None where it cannot be read."""
    for attempt in (str, _unwrapped, _mended):
        try:
            return msgspec.json.decode(attempt(raw))
        except (msgspec.DecodeError, ValueError, RecursionError):
            continue
    return None


def _unwrapped(raw: str) -> str:
    """Without comment or CDATA marks of older templates, a last semicolon, a byte order mark."""
    text = raw.strip().strip("\ufeff;").strip()
    for start, end in (
        ("<!--", "-->"),
        ("//<![CDATA[", "//]]>"),
        ("/*<![CDATA[*/", "/*]]>*/"),
        ("<![CDATA[", "]]>"),
    ):
        if text.startswith(start):
            text = text.removeprefix(start).strip().removesuffix(end).strip()
    return text


def _mended(raw: str) -> str:
    """Mend what leaves no doubt: line breaks in strings, needless commas, halves of characters."""
    strings = _STRING.sub(lambda m: m[0].replace("\r", "").replace("\n", "\\n"), _unwrapped(raw))
    return _SURROGATE.sub(_whole, _COMMA.sub(r"\1", _CONTROL.sub(" ", strings)))


def _whole(match: re.Match[str]) -> str:
    """An escaped pair or backslash as it is; half a pair as U+FFFD (RFC 8259 §8.2)."""
    return match[0] if match["whole"] else "\\ufffd"


# Where scripts find their state: a script of a JSON type, or an assignment to a global.
_STATE = re.compile(
    r"<script\b[^>]{0,300}?\btype\s*=\s*[\"']?application/json[^>]{0,300}>"
    r"|(?:window|self|globalThis)(?:\.[A-Za-z_$][\w$]{2,60}|\[[\"'][\w$-]{2,60}[\"']\])\s*=\s*"
    r"(?=[{\[]|JSON\.parse\()",
)
_PARSED = re.compile(r"JSON\.parse\(\s*(\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+')", re.DOTALL)
_LEAST_STATE = 500  # characters; what is shorter holds no blog
_DECODER = json.JSONDecoder()


def states(text: str) -> Iterator[Any]:
    """Every JSON value that a page carries for its scripts."""
    for start in _STATE.finditer(text):
        try:
            value = _state_at(text, start)
        except (ValueError, RecursionError, TypeError, msgspec.DecodeError):
            continue
        if value is not None:
            yield value


def _state_at(text: str, start: re.Match[str]) -> Any:
    at = start.end()
    if parsed := _PARSED.match(text, at):
        quoted = parsed[1]
        if quoted[0] == "'":
            quoted = '"' + quoted[1:-1].replace("\\'", "'") + '"'
        return json.loads(json.loads(quoted))
    if not start[0].startswith("<"):
        return _DECODER.raw_decode(text, at)[0]
    end = text.find("</script", at)
    raw = text[at : end if end >= 0 else len(text)]
    return msgspec.json.decode(raw) if len(raw) >= _LEAST_STATE else None
