"""Bytes to characters as browsers do it (WHATWG HTML §13.2.3), and better where the page lies about itself."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

import webencodings
from charset_normalizer import from_bytes

from feeder.errors import ExtractError

if TYPE_CHECKING:
    from feeder.model import Document

_META = re.compile(rb"""<meta[^>]{0,400}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
_XML = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([a-zA-Z0-9_:.-]{2,40})""")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# The standard asks for 1024 bytes; pages with long inline scripts before their <meta> are read all the same.
_PRESCAN = 8192
_SAMPLE = 60_000


def decode(document: Document) -> str:
    body = document.body
    if not body.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise ExtractError("The page is empty.")
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    if _binary(body, document.media_type or ""):
        raise ExtractError("The answer is no text: it holds binary data.")
    text = _utf8(body)
    declared = _declared(document)
    if text is not None and (declared in (None, "utf-8") or _multibyte(body)):
        return text  # bytes that hold together as UTF-8 are UTF-8, whatever the header says
    if declared and declared != "utf-8":
        return _decoded(body, declared)
    return _repaired(body) if declared or _mostly_utf8(body) else _detected(body)


def _declared(document: Document) -> str | None:
    """The first label that is an encoding: header, then prescan of the document."""
    start = document.body[:_PRESCAN]
    labels = [document.charset or ""]
    labels += [m[1].decode("ascii") for m in (_XML.match(start.lstrip()), _META.search(start)) if m]
    for at, label in enumerate(labels):
        found = webencodings.lookup(label)
        if found is not None:
            # A document whose ASCII <meta> could be read is not in UTF-16 (WHATWG, "prescan", step 15).
            name = str(found.name)
            if name.startswith("utf-16") and at:
                return "utf-8"
            return "windows-1252" if name == "x-user-defined" else name
    return None


def _utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _multibyte(body: bytes) -> bool:
    """Whether there is anything in it by which UTF-8 shows: legacy text hardly ever forms three valid sequences."""
    return len(re.findall(rb"[\xc3-\xf4][\x80-\xbf]", body[: 10 * _SAMPLE])) >= 3


def _decoded(body: bytes, name: str) -> str:
    encoding = webencodings.lookup(name)
    assert encoding is not None
    text, _ = encoding.codec_info.decode(body, "replace")
    return str(text)


def _mostly_utf8(body: bytes) -> bool:
    """Valid sequences outnumber stray bytes by far: UTF-8 with a few slips."""
    text = body[:_SAMPLE].decode("utf-8", "replace")
    return text.count("\ufffd") * 10 < sum(1 for c in text if c > "\x7f")


def _repaired(body: bytes) -> str:
    """UTF-8 in which stray bytes are read as windows-1252: a comment or an advertisement of another origin."""
    if not _mostly_utf8(body):
        return _detected(body)
    return body.decode("utf-8", "feeder-1252")


def _stray(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    stray = error.object[error.start : error.end]
    return stray.decode("cp1252", "replace"), error.end


codecs.register_error("feeder-1252", _stray)


def _detected(body: bytes) -> str:
    """No label, and no UTF-8: guess from the bytes; windows-1252 where the guess fails, as browsers fall back to."""
    best = from_bytes(_letters(body), steps=5, chunk_size=512).best()
    name = best.encoding if best is not None else "cp1252"
    return (
        _decoded(body, name if webencodings.lookup(name.replace("_", "-")) else "windows-1252")
        if best is None
        else body.decode(name, "replace")
    )


def _letters(body: bytes) -> bytes:
    """A sample without markup, which is ASCII in every encoding and says nothing."""
    return re.sub(rb"<[^<>]{0,2000}>", b" ", body[: 4 * _SAMPLE])[:_SAMPLE]


def _binary(body: bytes, media_type: str) -> bool:
    """NUL bytes and control characters that no text holds (WHATWG MIME Sniffing §7.1), by more than chance."""
    if media_type.startswith(("image/", "audio/", "video/", "font/")) or body.startswith(
        (b"%PDF-", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"GIF8", b"\xff\xd8\xff")
    ):
        return True
    start = body[:4096]
    odd = sum(map(start.count, _CONTROLS))
    return odd * 50 > len(start)


_CONTROLS = [bytes([c]) for c in (*range(9), 11, *range(14, 27), *range(28, 32))]
