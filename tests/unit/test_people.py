"""Bylines name people, and titles are made of first sentences."""

from __future__ import annotations

import pytest

from feeder.extract.record.content import content, derived, html_or_text, text_html
from feeder.extract.record.people import people, stated_people
from feeder.model import Image


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ana Lind", ["Ana Lind"]),
        ("By Ana Lind and Tom Okoye", ["Ana Lind", "Tom Okoye"]),
        ("By Ana Lind, Tom Okoye & Mei Arslan", ["Ana Lind", "Tom Okoye", "Mei Arslan"]),
        ("-The Harbour's Ana Lind", ["Ana Lind"]),
        ("— Harbour News' Ana Lind and Tom Okoye", ["Ana Lind", "Tom Okoye"]),
        ("Von Max Muster", ["Max Muster"]),
        ("Von Max Muster und Eva Beispiel", ["Max Muster", "Eva Beispiel"]),
        ("Par Jean Dupont et Marie Curie", ["Jean Dupont", "Marie Curie"]),
        ("Por Juan Pérez y Ana Ruiz", ["Juan Pérez", "Ana Ruiz"]),
        ("Ursula von der Leyen", ["Ursula von der Leyen"]),
        ("Posted by Ana Lind on March 3", ["Ana Lind"]),
        ("ANA LIND", ["Ana Lind"]),
        ("By Tom O'Neill (now) and Ben Quinn (earlier)", ["Tom O'Neill", "Ben Quinn"]),
        ("Ana Lind in London", ["Ana Lind"]),
        ("Ana Lind Science editor", ["Ana Lind"]),
        ("Ana Lind Journalist", ["Ana Lind"]),
        ("Ana Lind, Political correspondent", ["Ana Lind"]),
        ("Ana Lind/dpa", ["Ana Lind"]),
        ("<a rel=author href=/a>Ana&nbsp;Lind</a> 3 Comments", ["Ana Lind"]),
        ("The Associated Press", []),
        ("Reuters", []),
        ("Harbour News Staff", []),
        ("Redaktion", []),
        ("weather, harbour", []),
        ("https://news.example/a", []),
        ("", []),
        ("By " + "a very long line of text that names nobody at all " * 9, []),
    ],
)
def test_bylines_in_their_many_forms(byline: str, names: list[str]) -> None:
    assert list(people(byline)) == names


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({"@type": "Person", "name": "Ana Lind"}, ["Ana Lind"]),
        (
            [{"@type": "Person", "name": "Ana Lind"}, {"name": "Tom Okoye"}],
            ["Ana Lind", "Tom Okoye"],
        ),
        ({"@type": "Organization", "name": "Ana Lind"}, []),
        ({"@type": ["Person"], "name": ["Ana Lind", "Tom Okoye"]}, ["Ana Lind", "Tom Okoye"]),
        ("Ana Lind, Tom Okoye", ["Ana Lind", "Tom Okoye"]),
        ("https://news.example/people/1", []),
        (None, []),
        (3, []),
    ],
)
def test_structured_authors(value: object, names: list[str]) -> None:
    assert list(stated_people(value)) == names


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The water rises. People leave.", "The water rises."),
        ("Mr. Lind said hello. And left.", "Mr. Lind said hello."),
        ("It rose by 5.4 metres. Really.", "It rose by 5.4 metres."),
        ("No stop here\n\nSecond paragraph.", "No stop here"),
        ("Is it over? Nobody knows.", "Is it over?"),
        ("水が上がった。人々は避難した。", "水が上がった。"),
        ("a" * 150, "a" * 99 + "…"),
        ("word " * 40, "word " * 18 + "word…"),
        ("", ""),
    ],
)
def test_a_title_is_the_first_sentence_of_at_most_100_characters(text: str, title: str) -> None:
    assert derived(text) == title
    assert len(derived(text)) <= 100


def test_an_update_that_is_all_image_is_called_by_its_caption() -> None:
    made = content(
        "",
        "<figure><img src=/a.jpg><figcaption>The dam at noon.</figcaption></figure>",
        "https://n.example/",
    )
    assert (made.title, made.derived, made.text) == ("The dam at noon.", True, "")


def test_a_headline_is_never_derived_and_images_are_told_once() -> None:
    beside = Image("https://n.example/a.jpg", "The dam")
    made = content(
        "<b>A</b> &amp; B", "<p>x<img src=/a.jpg></p>", "https://n.example/", images=[beside]
    )
    assert (made.title, made.derived, made.images) == ("A & B", False, (beside,))


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("5 < 6 & 7", "<p>5 &lt; 6 &amp; 7</p>"),
        ("a\nb", "<p>a</p><p>b</p>"),
        ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
        ("<p>a</p>", "<p>a</p>"),
        ("a<br>b", "a<br>b"),
        ("R&amp;D", "<p>R&amp;D</p>"),
        ("&lt;p&gt;a&lt;/p&gt;", "<p>a</p>"),
    ],
)
def test_a_body_may_be_html_or_text(body: str, html: str) -> None:
    assert html_or_text(body) == html


def test_text_becomes_paragraphs() -> None:
    assert text_html(" a\r\n\r\nb <c> ") == "<p>a</p><p>b &lt;c&gt;</p>"
