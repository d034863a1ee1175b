"""An outline says what the parser's own tree does, and what was read before changes nothing."""

from __future__ import annotations

import inspect
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from feeder.extract import extract
from feeder.extract.inferred.outline import TEXT, Outline
from feeder.extract.record import content
from feeder.model import Document, Rules, Snapshot

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
PIECES = st.sampled_from(
    [
        "<div>", "</div>", "<article class='a b' id=x1>", "</article>", "<section>", "</section>", "<p>", "</p>",
        "<ul>", "<li>", "</ul>", "<br>", "<hr/>", "<h2>", "</h2>", "<a href='/x?a=1&b=2' title='a > b'>", "</a>",
        "<b>", "</b>",
        "<table><tr><td>", "</table>", "<dl><dt>", "<dd>", "<svg viewBox='0 0 1 1'><path d='M0'/></svg>",
        "<iframe src=//x><p>in a frame</iframe>", "<textarea><b></textarea>", "<template><p>t</p></template>",
        "<noscript><img src=a>", "<!-- <article> -->", "<?php x ?>", "<xmp><i>x</xmp>", "<p <div class=c>",
        "<math><mi>", "<select><option>o", "</nothing>", "<input disabled value='&quot;'>", "&amp;lt;", "&nbsp;", " ",
        "\n", ">",
        "a few words, and then some more of them, until they are as long as a sentence is ", "水位が上がった。", "\x00",
        "<article>" + "<p>It rained all day on the quay, and nobody went out.</p>" * 60 + "</article>",
    ]
)  # fmt: skip
MARKUP = st.lists(
    PIECES | st.text(st.characters(exclude_characters="<"), max_size=6), max_size=60
).map("".join)


def outline(markup: str) -> tuple[Outline, list[LexborNode]]:
    """The outline of a body, and the same nodes in the parser's tree."""
    body = LexborHTMLParser(markup).body
    assert body is not None
    return Outline(body), [n for n in body.traverse(include_text=True) if _shown(n)]


def _shown(node: LexborNode) -> bool:
    """Whether an outline has it: an element, or a text but white space; texts side by side are one."""
    if node.is_text_node:
        if node.parent.tag in OPAQUE:  # type: ignore[operator, union-attr]
            return False
        before = node.prev
        while before is not None and before.tag in _NOTHING:
            before = before.prev
        return bool(words(node).strip()) and not (before is not None and before.is_text_node)
    return node.tag not in _NOTHING


OPAQUE = {"script", "style", "iframe", "noembed", "noframes"}
_NOTHING = (None, "-comment")


def words(node: LexborNode) -> str:
    here: LexborNode | None = node
    said = ""
    while here is not None and (here.is_text_node or here.tag in _NOTHING):
        said += (here.text_content or "") if here.is_text_node else ""
        here = here.next
    return said


@settings(max_examples=250, deadline=None)
@given(MARKUP)
def test_the_outline_is_the_tree(markup: str) -> None:
    made, nodes = outline(markup)
    places = {node.mem_id: place for place, node in enumerate(nodes)}
    assert made.tags == [node.tag for node in nodes]
    assert [made.parent(n) for n in range(1, len(made))] == [
        places[n.parent.mem_id] for n in nodes[1:]
    ]  # type: ignore[union-attr]
    for place, node in enumerate(nodes):
        inside = (
            {n.mem_id for n in node.traverse(include_text=True)}
            if node.is_element_node
            else {node.mem_id}
        )
        assert made.end(place) - place == sum(n.mem_id in inside for n in nodes)


@settings(max_examples=250, deadline=None)
@given(MARKUP)
def test_it_says_the_same_words_and_attributes(markup: str) -> None:
    made, nodes = outline(markup)
    for place, node in enumerate(nodes):
        if node.is_text_node:
            assert made.text(place) == words(node)
        else:
            assert {
                name: value or "" for name, value in node.attributes.items()
            } == made.attributes(place)
            assert made.html(place).startswith(f"<{node.tag}")


def test_an_end_tag_of_another_vocabulary_ends_nothing_else() -> None:
    made, nodes = outline("<div><svg><link><param></svg><p>words</p></div><p>more</p>")
    assert (
        made.tags
        == [n.tag for n in nodes]
        == ["body", "div", "svg", "link", "param", "p", TEXT, "p", TEXT]
    )
    assert [made.parent(n) for n in (5, 7)] == [1, 0]


def test_texts_that_a_comment_parts_are_one() -> None:
    made, _ = outline("<p>14<!-- -->:<!-- -->05<!-- --> <!-- -->PM</p><p> <!-- --> </p>")
    assert [text for _, text in made.between(0, len(made))] == ["14:05 PM"]


@pytest.mark.row("55")
def test_a_page_nests_deeper_than_the_stack() -> None:
    made, _ = outline("<div>" * 5_000 + "words")
    assert len(made) == 5_002
    assert made.end(0) == 5_002


# ------------------------------------------------------------------------------- what is remembered

SENTENCES = (
    "The water stood two hand widths below the edge of the quay.",
    "Volunteers carried sandbags along the rope walk until noon.",
    "The ferry will not leave before the wind has turned, its crew said.",
    "A lorry has blocked the northern ramp; the police ask for patience.",
    "3 of 12 pumps are at work again.",
)
BUILDS = (
    "<article id='b{n}'><time datetime='2026-03-02T{h:02}:{m:02}Z'>{h}:{m:02}</time><h2>Head {n}</h2>{words}</article>",
    "<section><p><time>{h:02}:{m:02}</time> <b class=by>Ana Lind</b></p><p>{words}</p><ul><li>Share</ul></section>",
    "<div class='post'><div><span>{h:02}:{m:02}</span></div><div><b>Head {n}.</b> {words}</div></div>",
    "<h3>{h:02}.{m:02} Uhr: Head {n}</h3><p>{words}</p>",
    "<li data-ts='2026-03-02T{h:02}:{m:02}:00Z'>{words}</li>",
    "<p><strong>{h:02}:{m:02}</strong> {words}</p>",
    "<tr><td>{h:02}:{m:02}</td><td>{words} <a href='#n{n}'>link</a></td></tr>",
)


def living(build: str, seed: int) -> list[str]:
    """A page as it lives on: updates come, one is edited, one goes, another is moved, the furniture changes."""
    chance = random.Random(seed)
    rows = [
        build.format(n=n, h=17 - n // 4, m=59 - 13 * (n % 4), words=chance.choice(SENTENCES))
        for n in range(24)
    ]
    pages = []
    for step in range(5):
        rows.insert(
            0, build.format(n=90 + step, h=17, m=59, words=" ".join(chance.sample(SENTENCES, 2)))
        )
        rows[chance.randrange(2, 20)] += "<p>A word was put right.</p>" if "<p" in build else ""
        del rows[chance.randrange(3, 20)]
        rows[4], rows[5] = rows[5], rows[4]
        said = "Share" if step < 3 else "Share this"
        around = (
            f"<main data-step='{step}'><h1>Live: the quay</h1>",
            "</main><aside>12 comments</aside>",
        )
        holder = ("<table>", "</table>") if "<tr" in build else ("<div>", "</div>")
        pages.append(
            around[0] + holder[0] + "".join(rows).replace("Share", said) + holder[1] + around[1]
        )
    return pages


def read(page: str) -> Snapshot:
    markup = (
        f"<!doctype html><html><head><title>Live: the quay</title></head><body>{page}</body></html>"
    )
    return extract(Document("https://quay.example/live", markup.encode(), "text/html"), Rules(NOW))


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("seed", range(3))
def test_what_was_read_before_changes_nothing(
    build: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = living(build, seed)
    warm = [read(page) for page in (*pages, *pages)]
    assert all(len(snapshot.updates) > 20 for snapshot in warm)
    for page, known, again in zip(pages, warm, warm[len(pages) :], strict=False):
        monkeypatch.setattr(content, "clean", inspect.unwrap(content.clean))
        assert read(page) == known == again


def test_what_eight_threads_read_at_once_is_what_one_reads() -> None:
    pages = [page for build in BUILDS for page in living(build, 7)]
    alone = [read(page) for page in pages]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(read, pages * 3)) == alone * 3
