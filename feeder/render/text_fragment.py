"""Where an update's link leads when its page gives it none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from feeder.render.xml_text import line

if TYPE_CHECKING:
    from feeder.model import Content

# Enough to be unique on a page, short enough to survive a later edit of the paragraph.
_WORDS = 8
_CHARS = 60


def text_fragment(url: str, content: Content) -> str:
    """`url` with a fragment that makes a browser scroll to the update's first words.

    https://wicg.github.io/scroll-to-text-fragment/

    To be asked once, at first sight: the address is then frozen. `url` itself where the update has
    no words.
    """
    words = _first_words(content)
    if not words:
        return url
    page, _, fragment = url.partition("#")
    fragment = fragment.partition(":~:")[0]
    # A hyphen, comma or ampersand is syntax in a text directive (its §3.3), so it is encoded too.
    return f"{page}#{fragment}:~:text={quote(words, safe='').replace('-', '%2D')}"


def _first_words(content: Content) -> str:
    """Words of one block of the page: a stated headline, else how the first paragraph begins."""
    block = (
        content.text.strip().partition("\n")[0]
        if content.derived or not content.title
        else content.title
    )
    words = line(block).split()[:_WORDS]
    while len(words) > 1 and len(" ".join(words)) > _CHARS:
        words.pop()
    return " ".join(words)[:_CHARS]
