"""Words and addresses as XML 1.0, RFC 3986 and BCP 47 allow them, whatever the store holds."""

from __future__ import annotations

import re
from urllib.parse import quote

# XML 1.0 §2.2 Char leaves out most controls, surrogates and U+FFFE/F; it discourages U+007F-9F, and
# validators warn of them, so they go as well.
_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_ENDS = re.compile("\r\n?|\x85")  # as XML 1.0 §2.11 and 1.1 read them
# RFC 3986 §2.2 and §2.3 without brackets, which stand for IPv6 hosts alone.
_URI_CHARS = ";/?:@&=+$.-_!~*'(),%"
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_CODED = re.compile(r"https?://[A-Za-z0-9;/?:@&=+$.\-_!~*'(),]+")  # nothing in it is to be coded
_HOST = re.compile(r"(https?://(?:[^/?#@]*@)?)(\[[0-9A-Fa-f:.]+\])?", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_EXCERPT_CHARS = 280


def legal(text: str) -> str:
    """`text` without what XML cannot hold, its line ends as XML reads them back."""
    if text.isascii() and text.isprintable():
        return text
    return _ILLEGAL.sub("", _LINE_ENDS.sub("\n", text))


def line(text: str) -> str:
    """`text` on one line, each run of white space one blank: titles and names."""
    return " ".join(legal(text).split())


def excerpt(text: str, most: int = _EXCERPT_CHARS) -> str:
    """The beginning of `text` on one line, cut between words, with an ellipsis where it was cut."""
    beginning = line(text[: 4 * most])  # an article's words cost much, its first ones little
    whole = line(text) if len(beginning) <= most and len(text) > 4 * most else beginning
    if len(whole) <= most:
        return whole
    # No blank at all: a script that writes none.
    head = whole[: most + 1].rpartition(" ")[0] or whole[:most]
    return head.rstrip(" ,;:-–—") + "…"


def uri(url: str | None) -> str:
    """`url` as an absolute http(s) URI in ASCII; "" where it is none."""
    url = legal(url or "").strip()
    if _CODED.fullmatch(url):
        return url
    host = _HOST.match(url)
    if not host or not _WEB.match(url):
        return ""
    start, literal = host.group(1), host.group(2) or ""
    rest, hash_, fragment = url[host.end() :].partition("#")
    coded = [quote(_LONE_PERCENT.sub("%25", part), safe=_URI_CHARS) for part in (rest, fragment)]
    return f"{quote(start, safe=_URI_CHARS)}{literal}{coded[0]}{hash_}{coded[1]}"


def language(tag: str | None) -> str:
    """`tag` as BCP 47 writes it ("en-US", not "en_US"); "" where it is none."""
    tag = (tag or "").strip().replace("_", "-")
    if not _LANGUAGE.fullmatch(tag):
        return ""
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
