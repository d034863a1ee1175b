"""HTML while it is still text: what must hold before any parser sees it.

Lexbor and html5ever take quadratic time, or make quadratic trees, of deep nesting, of formatting
elements never closed (WHATWG HTML §13.2.4.3, "reconstruct the active formatting elements") and of
tags with thousands of attributes. Pages in good faith come nowhere near these limits, and pass
untouched after a few counts.
"""

from __future__ import annotations

import re
from itertools import accumulate

import re2

_SMALL = 20_000  # characters, of which no parser takes long whatever they are
_TAGS = 250_000  # what comes after so many is cut off
_DEPTH = 400  # Blink stops at 512; no page that people read comes near
_FORMATTING = 6  # open formatting elements; each block after them repeats them all
_ATTRIBUTES = 4_000  # characters of a tag outside of quotes
# A cheap upper bound of the depth, alone and times the number of tags, before tags are looked at
# one by one.
_BOUND = 2_000
_PRODUCT = 3_000_000
_CHUNK = 8192
_FULL = re.compile(r"""<[/a-zA-Z](?:[^>"'=]++|=\s*+"[^"]*+"|=\s*+'[^']*+'|["'=])*+""")
_NAME = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_QUOTED = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")
# A tag that may go on after its first ">", which stands in the quotes of a value.
_ON = re2.compile(rb"""=[\t\n\f\r ]*(?:"[^"<>]*[<>]|'[^'<>]*[<>])""")
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "path",
    "source", "track", "use", "wbr", "p", "li", "td", "th", "tr", "dt", "dd", "option", "a", "nobr",
})  # fmt: skip
_BOLD = frozenset(
    {"b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"}
)
_FORMAT = re.compile(rf"<(/?)(?:{'|'.join(sorted(_BOLD))})(?=[\s>/])", re.IGNORECASE)


def shallow(text: str) -> str:
    """Return the markup without the tags that go over the limits; what they hold stays."""
    return text if len(text) < _SMALL or _harmless(text) else _limited(text)


def _harmless(text: str) -> bool:
    tags, depth = _counted(text)
    if tags > _TAGS or depth > _BOUND or (depth * tags > _PRODUCT and _open(text) >= _FORMATTING):
        return False
    odd = _long(text) or _ON.search(text.encode("utf-8", "replace"))
    return not (odd and any(map(_overfull, _FULL.findall(text))))


def _long(text: str) -> bool:
    """Returns whether a tag that ends at the first ">" after its start has too many attributes."""
    at = 0
    while len(text) - at > _ATTRIBUTES:
        end = text.rfind(">", at, at + _ATTRIBUTES)
        if end < 0:
            end = text.find(">", at + _ATTRIBUTES)
            tag = _NAME.search(text, at, len(text) if end < 0 else end)
            if tag and (end < 0 or end - tag.start() > _ATTRIBUTES):
                return True
            if end < 0:
                return False
        at = end + 1
    return False


def _overfull(tag: str) -> bool:
    return len(tag) > _ATTRIBUTES and len(_QUOTED.sub("", tag)) > _ATTRIBUTES


def _counted(text: str) -> tuple[int, int]:
    """Returns how many tags there are and how deep they nest, at the most.

    No deeper than opening tags less closing ones up to a chunk, and all opening ones inside it.
    """
    tags = most = balance = 0
    for at in range(0, len(text), _CHUNK):
        closing = text.count("</", at, at + _CHUNK)
        all_ = text.count("<", at, at + _CHUNK)
        most = max(most, balance + all_ - closing)
        balance += all_ - 2 * closing
        tags += all_
    return tags, most


def _open(text: str) -> int:
    """Returns how many formatting elements are ever open at once."""
    return max(accumulate(-1 if closing else 1 for closing in _FORMAT.findall(text)), default=0)


def _limited(text: str) -> str:
    kept: list[str] = []
    at = depth = formatting = 0
    for number, tag in enumerate(_FULL.finditer(text)):
        name = _NAME.match(tag[0])
        if name is None:
            continue
        if number > _TAGS:
            kept.append(text[at : tag.start()])
            return "".join(kept)
        kind, step = name[2].lower(), -1 if name[1] else 1
        bold, nests = kind in _BOLD, kind not in _VOID
        opens = step > 0
        over = nests * (depth + opens) > _DEPTH or bold * (formatting + opens) > _FORMATTING
        depth, formatting = max(depth + nests * step, 0), max(formatting + bold * step, 0)
        if over or _overfull(tag[0]):
            kept += [text[at : tag.start()], "" if over else name[0]]
            at = tag.end() + over  # an element that goes takes its ">" along
    kept.append(text[at:])
    return "".join(kept)


# What XML 1.0 (§2.2) does not allow, and the control characters that it discourages and HTML
# forbids. Zero-width spaces go too: they are no words, and equal words are to be equal.
_ILLEGAL = re.compile(
    "[\u200b\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef"
    "\ufffe\uffff]"
)
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def legal(text: str) -> str:
    """Return a text as XML can hold it: surrogate pairs joined, what else is illegal gone."""
    if text.isprintable():  # none of them is printable, and hardly any text needs more than this
        return text
    if _SURROGATES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _ILLEGAL.sub("", text)
