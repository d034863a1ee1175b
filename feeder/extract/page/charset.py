"""Bytes to characters as browsers do it (WHATWG HTML §13.2.3), and better where the page lies."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

import webencodings

from feeder.errors import ExtractError

if TYPE_CHECKING:
    from feeder.model import Document

_META = re.compile(
    rb"""<meta[^>]{0,400}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE
)
_XML = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([a-zA-Z0-9_:.-]{2,40})""")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LANG = re.compile(rb"""<html[^>]{0,300}?\blang\s*=\s*["']?([a-zA-Z]{2})""", re.IGNORECASE)
_USUAL = {
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "sr", "kk"), "cp1251"),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "sl", "hr", "ro"), "cp1250"),
    **dict.fromkeys(("lt", "lv", "et"), "cp1257"),
    "ar": "cp1256",
    "fa": "cp1256",
    "he": "cp1255",
    "el": "cp1253",
    "tr": "cp1254",
    "th": "cp874",
    "vi": "cp1258",
    "ja": "shift_jis",
    "ko": "euc_kr",
    "zh": "gb18030",
}
_COMMON = (
    "General Punctuation",
    "Control character",
    "Basic Latin",
    "Letterlike Symbols",
    "Currency Symbols",
)
# The standard asks for 1024 bytes; pages with long inline scripts before their <meta> are read all
# the same.
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
    text = _strictly(body, "utf-8")
    labels = _labels(document)
    if text is not None and (labels[:1] in ([], ["utf-8"]) or _multibyte(body)):
        return text  # bytes that hold together as UTF-8 are UTF-8, whatever the header says
    return _decode_damaged(body, labels)


def _decode_damaged(body: bytes, labels: list[str]) -> str:
    """Read what is no UTF-8, or hardly shows that it is, by its labels or by what it looks like."""
    others = [label for label in labels if label != "utf-8"]
    if others and (others[0] == labels[0] or not _mostly_utf8(body)):
        return _decoded(body, others[0])
    if not _mostly_utf8(body):
        return _detected(body)
    return body.decode("utf-8", "feeder-1252")  # a comment or an advertisement of another origin


def _labels(document: Document) -> list[str]:
    """The encodings that are named: by the header, then by the document itself, in their order."""
    start = document.body[:_PRESCAN]
    inside = (m[1].decode("ascii") for m in (_XML.match(start.lstrip()), _META.search(start)) if m)
    found = []
    for at, label in enumerate((document.charset or "", *inside)):
        encoding = webencodings.lookup(label)
        if encoding is not None:
            found.append(_meant(str(encoding.name), in_ascii=at > 0))
    return found


def _meant(name: str, *, in_ascii: bool) -> str:
    """What a label stands for; one read as ASCII names no UTF-16 (WHATWG, "prescan", step 15)."""
    if name.startswith("utf-16") and in_ascii:
        return "utf-8"
    return "windows-1252" if name == "x-user-defined" else name


def _multibyte(body: bytes) -> bool:
    """Whether UTF-8 shows in it: legacy text hardly ever forms three valid sequences."""
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


def _stray(error: UnicodeError) -> tuple[str, int]:
    """Stray bytes in UTF-8 are read as windows-1252."""
    assert isinstance(error, UnicodeDecodeError)
    stray = error.object[error.start : error.end]
    return stray.decode("cp1252", "replace"), error.end


codecs.register_error("feeder-1252", _stray)


def _detected(body: bytes) -> str:
    """Read what has no label and is no UTF-8: as is usual in the page's language, else by a guess.

    WHATWG HTML §13.2.3.2, last step. The guess tells scripts apart and not one Latin encoding from
    another, so for those windows-1252 stands.
    """
    lang = _LANG.search(body[:_PRESCAN])
    usual = _USUAL.get(lang[1].decode("ascii").lower()[:2]) if lang else None
    if usual and (text := _strictly(body, usual)) is not None:
        return text
    from charset_normalizer import from_bytes  # noqa: PLC0415 -- most pages say what they are

    best = from_bytes(_letters(body), steps=5, chunk_size=512).best()
    latin = best is None or all("Latin" in a or a in _COMMON for a in best.alphabets)
    return (
        _decoded(body, "windows-1252")
        if best is None or latin
        else body.decode(best.encoding, "replace")
    )


def _strictly(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except UnicodeDecodeError:
        return None


def _letters(body: bytes) -> bytes:
    """A sample without markup, which is ASCII in every encoding and says nothing."""
    return re.sub(rb"<[^<>]{0,2000}>", b" ", body[: 4 * _SAMPLE])[:_SAMPLE]


def _binary(body: bytes, media_type: str) -> bool:
    """Whether it holds bytes that no text does (WHATWG MIME Sniffing §7.1), by more than chance."""
    if media_type.startswith(("image/", "audio/", "video/", "font/")) or body.startswith(
        (b"%PDF-", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"GIF8", b"\xff\xd8\xff")
    ):
        return True
    start = body[:4096]
    odd = sum(map(start.count, _CONTROLS))
    return odd * 50 > len(start)


_CONTROLS = [bytes([c]) for c in (*range(9), 11, *range(14, 27), *range(28, 32))]
