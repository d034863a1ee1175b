"""Markdown (CommonMark, with tables) → HTML, and telling it from HTML and text by its shape."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_LONGEST = (
    60_000  # characters; unclosed brackets take time by the square. What is longer is shown as text
)
_CODE = re.compile(
    r"^(```|~~~)[^\n]*\n.*?(?:^\1|\Z)|(`+)(?!`)[^\n]*?(?<!`)\2(?!`)", re.MULTILINE | re.DOTALL
)
# What stands at the start of a line: a heading, a fence, an underline, a table's rule, a quotation.
_BLOCK = re.compile(
    r"^ {0,3}#{1,6} \S|^(?:```|~~~)|^[^\n<]+\n(?:={3,}|-{3,}) *$|^ {0,3}\|? *:?-{3,}:? *\||^> \S",
    re.MULTILINE,
)
_ITEM = re.compile(r"^ {0,3}(?:[-*+]|\d{1,3}[.)]) +\S", re.MULTILINE)
_SPAN = re.compile(
    r"!?\[[^\]\n]+\]\((?:https?:|/|#|mailto:)[^)\s]*\)|(?<![\w*])\*\*[^\s*][^*\n]*\*\*(?![\w*])"
    r"|(?<![\w`])`[^`\n]+`(?!`)"
)
_WRAPPED = re.compile(
    r"\s*<(?:p|div|ul|ol|table|section|article|blockquote|figure|h[1-6])\b", re.IGNORECASE
)


def is_markdown(text: str, *, listed: bool = True) -> bool:
    """Whether a text is written in Markdown, tags in code or an image between or not.

    `listed`: lines that begin as those of a list are enough, as in the body of a release.
    """
    sample = text[:20_000]
    bare = _CODE.sub("", sample)
    if _BLOCK.search(bare):
        return not _WRAPPED.match(bare) or len(_BLOCK.findall(bare)) > 1
    if _WRAPPED.match(bare) or "</p>" in bare:
        return False
    return (listed and len(_ITEM.findall(bare)) > 1) or bool(_SPAN.search(sample))


def render_markdown(text: str, *, breaks: bool = False) -> str:
    """HTML of a Markdown text, not yet safe; "" for one that is too long.

    `breaks`: a line break in a paragraph is one.
    """
    if len(text) > _LONGEST:
        return ""
    return str(_parser(breaks=breaks).render(text))


@cache
def _parser(*, breaks: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 -- few pages hold any

    options = {"html": True, "breaks": breaks}
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
