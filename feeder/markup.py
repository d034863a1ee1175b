"""HTML while it is still text: what must hold before any parser sees it.

Lexbor and html5ever take quadratic time on deep nesting, on misnested formatting elements and on tags with thousands of
attributes. Pages in good faith come nowhere near these limits, and are passed through untouched after a cheap count.
"""

from __future__ import annotations

import re

# Blink stops nesting at 512 elements; no page that people read comes near.
_DEPTH = 400
# A cheap upper bound of the depth may reach this before tags are looked at one by one.
_BOUND = 2000
_CHUNK = 8192
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)[^>]*+>?")
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "path"}
    | {"source", "track", "use", "wbr"}
)


def shallow(text: str) -> str:
    """The same markup, in which what nests deeper than the limit is lifted up to it."""
    return text if text.count("<") < _DEPTH or _bound(text) < _BOUND else _lifted(text)


def _bound(text: str) -> int:
    """No nesting can be deeper: opening tags less closing ones up to a chunk, and all opening ones inside it."""
    most = balance = 0
    for at in range(0, len(text), _CHUNK):
        closing = text.count("</", at, at + _CHUNK)
        opening = text.count("<", at, at + _CHUNK) - closing
        most = max(most, balance + opening)
        balance += opening - closing
    return most


def _lifted(text: str) -> str:
    kept, at, depth = [], 0, 0
    for tag in _TAG.finditer(text):
        if tag[2].lower() in _VOID:
            continue
        depth += -1 if tag[1] else 1
        if depth > _DEPTH or (tag[1] and depth >= _DEPTH):
            kept.append(text[at : tag.start()])
            at = tag.end()
    kept.append(text[at:])
    return "".join(kept)


# What XML 1.0 (§2.2) does not allow, and the control characters that it discourages and HTML forbids.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def legal(text: str) -> str:
    """The same text with characters that XML can hold: surrogate pairs joined, everything else that is illegal gone."""
    if text.isprintable():  # none of them is printable, and hardly any text needs more than this
        return text
    if _SURROGATES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _ILLEGAL.sub("", text)
