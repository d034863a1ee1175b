"""A document is decoded as browsers do it, parsed once, and told from pages that are not the page."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime

import pytest

from feeder.errors import ExtractError
from feeder.extract import ParsedPage, extract, suggestion
from feeder.extract.align import aligned
from feeder.extract.page.identity import language_tag
from feeder.extract.page.not_the_page import refusal
from feeder.extract.page.scripts import parse, without_scripts
from feeder.extract.record.content import content
from feeder.model import Document, Rules, Update
from feeder.sanitize.limits import legal, shallow

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
URL = "https://news.example/live/2026/03/02/harbour"
RULES = Rules(NOW)


def page(
    body: str | bytes, type_: str | None = "text/html", charset: str | None = None
) -> ParsedPage:
    raw = body.encode() if isinstance(body, str) else body
    return ParsedPage(Document(URL, raw, type_, charset), RULES)


WORDS = "Größe, naïve façade – „Zitat“ und mehr Wörter für die Erkennung, schöne Grüße aus Köln"


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        (codecs.BOM_UTF8 + f"<p>{WORDS}".encode(), "iso-8859-1"),
        (codecs.BOM_UTF16_LE + f"<p>{WORDS}".encode("utf-16-le"), None),
        (f"<p>{WORDS}".encode(), "utf-8"),
        (f"<p>{WORDS}".encode("cp1252"), "windows-1252"),
        (f"<p>{WORDS}".encode("cp1252"), "iso-8859-1"),  # the same to a browser
        (f"<meta charset=windows-1252><p>{WORDS}".encode("cp1252"), None),
        (
            f'<meta http-equiv=content-type content="text/html; charset=windows-1252"><p>{WORDS}'.encode(
                "cp1252"
            ),
            None,
        ),
        (f"<p>{WORDS}".encode(), "iso-8859-1"),  # a header that lies
        (f"<meta charset=iso-8859-1><p>{WORDS}".encode(), None),  # a <meta> that lies
        (f"<meta charset=utf-16><p>{WORDS}".encode(), None),
        (f"<p>{WORDS}".encode("cp1252"), "utf-8"),  # a header that lies the other way round
        (f"<p>{WORDS}".encode("cp1252"), None),
        (f"<p>{WORDS}".encode(), "no-such-encoding"),
        (f'<?xml version="1.0" encoding="windows-1252"?><html><p>{WORDS}'.encode("cp1252"), None),
    ],
)
def test_characters_come_out_whatever_the_page_says(body: bytes, charset: str | None) -> None:
    assert WORDS in page(body, charset=charset).text


@pytest.mark.parametrize(
    ("lang", "encoding", "words"),
    [
        ("pl", "cp1250", "Zażółć gęślą jaźń, łódź i źdźbło"),
        ("ru", "cp1251", "Вода поднялась ещё на метр"),
        ("ja", "shift_jis", "水が上がった、人々は避難した"),
        ("", "cp1251", "Вода поднялась ещё на метр, и люди уходят из города " * 9),
    ],
)
def test_without_a_label_the_page_s_language_and_its_bytes_tell(
    lang: str, encoding: str, words: str
) -> None:
    attribute = f' lang="{lang}"' if lang else ""
    assert words in page(f"<html{attribute}><p>{words}".encode(encoding)).text


def test_a_stray_byte_does_not_spoil_utf_8() -> None:
    assert page((WORDS * 5).encode() + b"<p>caf\xe9</p>", charset="utf-8").text.endswith(
        "<p>café</p>"
    )


@pytest.mark.parametrize(
    ("body", "type_", "form"),
    [
        ("<!doctype html><p>a", "text/html", "html"),
        ("<!doctype html><p>a", "text/plain", "html"),
        ("<p>a</p>", None, "html"),
        ("10:00 a < b", None, "text"),
        ("10:00 <p>", "text/plain", "text"),
        ('{"a": 1}', "application/json", "json"),
        ('[{"a": 1}]', "text/html", "json"),
        ('<?xml version="1.0"?><rss/>', "text/html", "xml"),
        ("<feed xmlns='x'/>", None, "xml"),
        ('<?xml version="1.0"?><!DOCTYPE html><html>', "application/xhtml+xml", "html"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", None, "xml"),
    ],
)
def test_a_document_is_what_it_looks_like(body: str, type_: str | None, form: str) -> None:
    assert page(body, type_).form == form


def test_the_head_tells_of_the_page() -> None:
    one = page(
        '<html lang="en_us"><head><title>A &amp; B - Paper</title><meta property="og:title" content="A &amp; B">'
        '<meta name=description content=" d "><link rel="shortlink canonical" href="/live/x#y"><base href="/b/">'
        '<meta property="article:published_time" content="2026-03-02T08:00:00Z"></head><body><p>x</p>'
    )
    assert (one.title, one.description, one.language, one.published) == (
        "A & B",
        "d",
        "en_us",
        "2026-03-02T08:00:00Z",
    )
    assert (one.canonical, one.base) == ("https://news.example/live/x#y", "https://news.example/b/")
    assert one.absolute("c?d") == "https://news.example/b/c?d"
    assert one.absolute("javascript:x") is one.absolute("http://[x") is one.absolute(None) is None


@pytest.mark.parametrize(
    ("stated", "tag"),
    [
        ("en_us", "en-US"),
        ("DE", "de"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("", None),
        ("english!", None),
    ],
)
def test_languages_are_written_as_bcp_47_does(stated: str, tag: str | None) -> None:
    assert language_tag(stated) == tag


@pytest.mark.parametrize(
    ("body", "state", "words"),
    [
        ("", "failing", "empty"),
        ("\ufeff  \n", "failing", "empty"),
        (bytes(range(256)) * 9, "failing", "binary"),
        (b"%PDF-1.7 \x00", "failing", "binary"),
        ("<title>Just a moment...</title><p>Checking your browser", "blocked", "challenge"),
        ("<h1>Access denied</h1>", "blocked", "challenge"),
        (
            "<title>Before you continue</title><p>Mar 02, 2026, 8:00 AM EST</p><p>Accept all</p>",
            "blocked",
            "consent",
        ),
        (
            "<p>Wir verwenden Cookies</p><button>Alle akzeptieren</button><p>10:00</p>",
            "blocked",
            "consent",
        ),
        ("<h1>Story</h1><p>Subscribe to continue reading</p>", "blocked", "paywall"),
        ("<h1>404</h1><p>Page not found</p>", "failing", "error page"),
        ("<h1>Internal Server Error</h1>", "failing", "error page"),
        ("<div id=root></div><script src=/a.js></script>", "failing", "until scripts run"),
        ("<noscript>Please enable JavaScript</noscript>", "failing", "until scripts run"),
    ],
)
def test_what_is_not_the_page_says_what_it_is(body: str | bytes, state: str, words: str) -> None:
    raw = body.encode() if isinstance(body, str) else body
    with pytest.raises(ExtractError, match=words) as caught:
        extract(Document(URL, raw, None), RULES)
    assert caught.value.state == state


def test_a_long_article_about_cookies_is_no_consent_page() -> None:
    article = (
        "<h1>On cookies</h1>"
        + "<p>Sites ask you to accept all cookies, and people do so every single day.</p>" * 120
    )
    snapshot = extract(Document(URL, article.encode(), "text/html"), RULES)
    assert (snapshot.updates, bool(snapshot.notes)) == ((), True)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('<!-- {"a": 1} -->', {"a": 1}),
        ('//<![CDATA[\n{"a": 1}\n//]]>', {"a": 1}),
        ('{"a": [1, 2,],}', {"a": [1, 2]}),
        ('{"a": "x\ny"}', {"a": "x\ny"}),
        ('{"a": 1};', {"a": 1}),
        ('{"a": ', None),
        ("[" * 5000, None),
        ("{a: 1}", None),
    ],
)
def test_json_is_mended_only_where_that_is_safe(raw: str, value: object) -> None:
    assert parse(raw) == value


def test_scripts_and_styles_are_no_text() -> None:
    assert without_scripts("a<script>b</script>c<STYLE>d</style>e<script>f") == "ace"


def test_what_nests_too_deep_is_lifted_and_its_text_stays() -> None:
    lifted = shallow("<div>" * 30_000 + "words" + "</div>" * 30_000)
    assert lifted.count("<div>") <= 400
    assert "words" in lifted


def test_ordinary_markup_passes_untouched() -> None:
    ordinary = "<ul>" + "<li><p>a <b>b</b><br><img src=x alt='a > b'></p></li>" * 2000 + "</ul>"
    assert shallow(ordinary) is ordinary


def test_text_that_xml_can_hold_passes_untouched() -> None:
    assert legal("a\nb\u00a0🌊") == "a\nb\u00a0🌊"


def update(minute: int, text: str, native: str | None = None) -> Update:
    return Update(content("", f"<p>{text}</p>", URL), NOW.replace(minute=minute), native_id=native)


def test_updates_of_two_kinds_are_aligned_by_id_time_and_words() -> None:
    first = [
        update(1, "One thing happened here", "b-17"),
        update(2, "Another thing was said"),
        update(3, "Third words here"),
    ]
    second = [
        update(9, "Third words here"),
        update(8, "other words", "17_parent"),
        update(2, "quite different words"),
    ]
    assert aligned(first, second) == {0: 1, 1: 2, 2: 0}


def test_selectors_are_suggested_for_what_repeats() -> None:
    row = "<div class=entry><i class=entry-time>{0}:05 bells</i><h3>Head {0}</h3><p>Words, and they are enough.</p></div>"
    body = "<main>" + "".join(row.format(n) for n in range(9)) + "</main>"
    found = suggestion(Document(URL, body.encode(), "text/html"), RULES)
    assert found == {"update": "div.entry", "time": ".entry-time", "headline": "h3"}


def test_half_a_character_in_a_script_costs_that_character_alone() -> None:
    """RFC 8259 §8.2: such escapes occur; decoders refuse them."""
    said = parse(r'{"a": "x \ud800 y \ud83d\ude00 z \\ud800 \udc00"}')
    assert said == {"a": "x \ufffd y \U0001f600 z \\ud800 \ufffd"}


@pytest.mark.parametrize(
    "banner", ["Please enable JavaScript", "This site uses cookies. Accept all", "404 not found"]
)
def test_a_page_that_shows_times_is_not_called_empty_blocked_or_an_error(banner: str) -> None:
    times = "".join(f"<tr><td>1{n}:05</td><td>Platform {n}</td></tr>" for n in range(9))
    body = f"<p>{banner}</p><table>{times}</table><script src=/a.js></script>"
    assert refusal(page(body)) is None
