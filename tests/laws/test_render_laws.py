"""What holds for whatever the store has: spliced bytes are feedgen's own, the same always, and read back as stored."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from making_feeds import PAGE, entry, feed, nasty, rendered

from feeder.model import Entry, Feed, Image, Media
from feeder.render import bundle, jsonfeed, render, xml
from feeder.render.item import item, origin
from feeder.render.xml_text import legal, line

ATOM = "{http://www.w3.org/2005/Atom}"
words = st.text(st.characters(codec=None), max_size=40) | st.sampled_from(
    ["", "]]>", "<b>&amp;</b>", "\ud800", "a\r\nb"]
)
addresses = st.sampled_from(
    [PAGE, f"{PAGE}#ü b", "javascript:x", "", "https://h.example/?a=1&b=<2>"]
)
instants = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- the strategy wants naive bounds
tongues = st.sampled_from([None, "de", "en_US", "?"])
images = st.builds(
    Image, addresses, words, words, st.integers(-1, 5000), st.none() | st.integers(1, 5000)
)
media = st.builds(Media, addresses, words, st.none() | st.integers(-5, 9), words)


@st.composite
def entries(draw: Any) -> list[Entry]:
    return [
        entry(
            number,
            title=draw(words),
            text=draw(words),
            html=draw(words),
            authors=tuple(draw(st.lists(words, max_size=2))),
            images=tuple(draw(st.lists(images, max_size=2))),
            media=tuple(draw(st.lists(media, max_size=2))),
            categories=tuple(draw(st.lists(words, max_size=2))),
            language=draw(tongues),
            published=draw(instants),
            updated=draw(instants),
            url=draw(st.none() | addresses),
            removed=draw(st.none() | st.none() | instants),
            edit_of=draw(st.none() | st.just(entry(1).id)),
        )
        for number in range(1, draw(st.integers(1, 4)) + 1)
    ]


heads = st.fixed_dictionaries(
    {
        "title": words,
        "description": words,
        "language": tongues,
        "link": addresses,
        "hubs": st.sampled_from([(), ("https://hub.example/",)]),
        "coverage_start": st.none() | instants,
        "sealed": st.integers(0, 2),
    }
)
archives = st.none() | st.integers(1, 3)
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def parts(made: Feed, known: list[Entry], mode: Any) -> dict[str, Any]:
    by_id = {one.id: one for one in known}
    items = [item(by_id[one.id], PAGE, mode) for one in made.items]
    deleted = [(one.id, by_id[one.id].removed) for one in made.deleted]
    return {"items": items, "deleted": deleted}


@few
@given(entries(), heads, archives, st.sampled_from(["full", "excerpt", "link"]))
def test_spliced_bytes_are_those_of_feedgen_alone(
    known: list[Entry], head: Any, archive: int | None, mode: Any
) -> None:
    made = feed(*rendered(*known, content=mode), **head)
    both = parts(made, known, mode)
    assert xml.atom(made, archive) == xml.whole(made, "atom", archive, **both)
    assert xml.rss(made) == xml.whole(made, "rss", items=both["items"])
    assert jsonfeed.feed_json(made, archive) == jsonfeed.whole(made, archive, **both)


@few
@given(entries(), heads)
def test_items_of_a_bundle_too(known: list[Entry], head: Any) -> None:
    source = feed(*rendered(*known), **head)
    whole = feed(name="everything", title="Everything")
    made = bundle(whole, [source], keep=100)
    sourced = [replace(one, origin=origin(source)) for one in parts(source, known, "full")["items"]]
    order = {one.id: place for place, one in enumerate(made.items)}
    sourced.sort(key=lambda one: order[one.id])
    deleted = [(one.id, one.removed) for one in made.deleted]
    assert xml.atom(made) == xml.whole(made, "atom", items=sourced, deleted=deleted)
    assert xml.rss(made) == xml.whole(made, "rss", items=sourced)
    assert jsonfeed.feed_json(made) == jsonfeed.whole(made, items=sourced, deleted=deleted)


def seen(text: str) -> str:
    """Without word joiners, which nobody sees; XML gets them where words could be taken for an end tag."""
    return text.replace("\u2060", "")


@few
@given(entries(), heads)
def test_what_is_rendered_reads_back(known: list[Entry], head: Any) -> None:
    made = feed(*rendered(*known), **head)
    shown = [next(one for one in known if one.id == there.id) for there in made.items]
    atom = etree.fromstring(xml.atom(made)).findall(f"{ATOM}entry")
    rss = etree.fromstring(xml.rss(made)).findall("channel/item")
    told = json.loads(jsonfeed.feed_json(made))["items"]
    for one, as_atom, as_rss, as_json in zip(shown, atom, rss, told, strict=True):
        assert as_atom.findtext(f"{ATOM}id") == as_rss.findtext("guid") == as_json["id"] == one.id
        assert as_atom.findtext(f"{ATOM}title") == as_rss.findtext("title")
        assert seen(as_atom.findtext(f"{ATOM}title")) == seen(as_json["title"])
        assert line(one.content.title) in ("", as_json["title"])
        at = one.published.replace(microsecond=0)
        assert datetime.fromisoformat(as_atom.findtext(f"{ATOM}published")) == at
        assert datetime.fromisoformat(as_json["date_published"]) == at
        if body := legal(one.content.html):
            assert as_atom.findtext(f"{ATOM}content") == as_json["content_html"] == body


def test_rendering_twice_gives_the_same_bytes() -> None:
    entries = nasty()
    assert rendered(*entries) == rendered(*entries)


def test_a_tombstone_is_all_that_is_left_of_a_removed_entry() -> None:
    gone = render(entry(1, removed=entry(2).published), feed_link=PAGE)
    assert (gone.rss, b"Update" in gone.atom, b"Update" in gone.json) == (b"", False, False)
