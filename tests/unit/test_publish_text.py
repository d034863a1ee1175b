"""Words and addresses, as XML, URIs and language tags allow them."""

from __future__ import annotations

import pytest

from feeder.model import Content
from feeder.render import text_fragment
from feeder.render.xml_text import excerpt, language, legal, line, uri


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("plain", "plain"),
        ("a\x00b\x08c\x0bd\x0ce\x1ff", "abcdef"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\ud83d lone \udcff", " lone "),
        ("👩‍👧 𝔘", "👩‍👧 𝔘"),
        ("\ufffe\uffff\ufffd", "\ufffd"),
        ("\x7f\x84a\x85b\x9f\xa0", "a\nb\xa0"),
        ("\u200fright\u202eto left", "\u200fright\u202eto left"),
    ],
)
def test_legal_keeps_what_xml_can_hold(given: str, wanted: str) -> None:
    assert legal(given) == wanted


def test_line_is_one_line() -> None:
    assert line(" two\n lines\tand\u2003more ") == "two lines and more"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("short", "short"),
        ("one two three", "one two…"),
        ("one two, three", "one two…"),
        ("onetwothreefour", "onetwothre…"),
    ],
)
def test_excerpt_cuts_between_words(given: str, wanted: str) -> None:
    assert excerpt(given, 10) == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("https://h.example/a?b=c#d", "https://h.example/a?b=c#d"),
        ("HTTP://h.example/", "HTTP://h.example/"),
        (" https://h.example/a b ", "https://h.example/a%20b"),
        (
            "https://h.example/ü?q=[1]&x=%zz&y=%C3%BC#a#b",
            "https://h.example/%C3%BC?q=%5B1%5D&x=%25zz&y=%C3%BC#a%23b",
        ),
        ("https://[2001:db8::1]:8080/a[0]", "https://[2001:db8::1]:8080/a%5B0%5D"),
        ('https://h.example/"><script>', "https://h.example/%22%3E%3Cscript%3E"),
        ("https://h.example/\x00\ud800a", "https://h.example/a"),
        ("https://h.example/live#:~:text=a%2Cb", "https://h.example/live#:~:text=a%2Cb"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("/relative", ""),
        ("//h.example/", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_uri_is_absolute_ascii_or_nothing(given: str | None, wanted: str) -> None:
    assert uri(given) == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("en", "en"),
        ("en_US", "en-US"),
        ("EN-us", "en-US"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("de-1996", "de-1996"),
        ("", ""),
        (None, ""),
        ("english, please", ""),
        ("x" * 9, ""),
    ],
)
def test_language_is_a_tag_or_nothing(given: str | None, wanted: str) -> None:
    assert language(given) == wanted


@pytest.mark.parametrize(
    ("url", "content", "wanted"),
    [
        (
            "https://h.example/live",
            Content("Bridge shut", "It is.", ""),
            "https://h.example/live#:~:text=Bridge%20shut",
        ),
        (
            "https://h.example/live",
            Content(
                "One two", "One two three four five six seven eight nine.\n\nTen", "", derived=True
            ),
            "https://h.example/live#:~:text=One%20two%20three%20four%20five%20six%20seven%20eight",
        ),
        (
            "https://h.example/a#top",
            Content("North-east, now & on", "", ""),
            "https://h.example/a#top:~:text=North%2Deast%2C%20now%20%26%20on",
        ),
        (
            "https://h.example/a#:~:text=old",
            Content("New", "", ""),
            "https://h.example/a#:~:text=New",
        ),
        ("https://h.example/a", Content("", "", ""), "https://h.example/a"),
        (
            "https://h.example/a",
            Content("", "漢" * 80, ""),
            "https://h.example/a#:~:text=" + "%E6%BC%A2" * 60,
        ),
    ],
)
def test_text_fragment_names_the_first_words(url: str, content: Content, wanted: str) -> None:
    assert text_fragment(url, content) == wanted
    assert uri(wanted) == wanted
