"""What an update says depends on its own record and on what the page says of all (Chen et al., 1998).

Of every page of ours, of every real page that is at hand, and of pages made up by chance: one
update taken out, one put in, the order turned, a figure changed, the page cut, wrapped, with other
class names, at other times and in another zone; the other updates stay as they were.
"""

from __future__ import annotations

import csv
import html
import json
import mimetypes
import random
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from babel.dates import format_datetime
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from feeder.errors import ExtractError
from feeder.extract import extract
from feeder.extract.inferred.outline import Outline
from feeder.extract.page.scripts import without_scripts
from feeder.model import Document, Rules, Update

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OWN = Path(__file__).parents[1] / "corpus" / "pages"
REAL = Path(__file__).parents[2].parent / "shared" / "corpus"
NOW = datetime(2026, 3, 3, tzinfo=UTC)
FEW = 4  # updates; of fewer the others say too little of what they have in common
LEAST, KEY = 20, 400  # letters by which an update is found in its page


@dataclass(frozen=True)
class Page:
    """A page as its parser writes it, so that parts of it are found in it."""

    name: str
    markup: str
    url: str
    rules: Rules

    def with_markup(self, markup: str) -> Page:
        return replace(self, markup=markup)

    def read(self) -> tuple[Update, ...]:
        try:
            return extract(
                Document(self.url, self.markup.encode(), "text/html"), self.rules
            ).updates
        except ExtractError:
            return ()


def normal(markup: str) -> str:
    return LexborHTMLParser(markup).html or ""


def own() -> Iterator[Page]:
    for path in sorted(OWN.glob("*.html")):
        gold = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        rules = Rules(datetime.fromisoformat(gold["now"]), timezone=gold["timezone"])
        url = gold.get("url", "https://quay.example/live")
        yield Page(path.stem, normal(path.read_text(encoding="utf-8")), url, rules)


def real() -> Iterator[Page]:
    if not (REAL / "INDEX.tsv").is_file():
        return
    with (REAL / "INDEX.tsv").open(newline="", encoding="utf-8") as index:
        for row in csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE):
            data = (REAL / row["file"]).read_bytes()
            if mimetypes.guess_type(row["file"])[0] == "text/html":
                rules = Rules(NOW, timezone=row["timezone"] or None)
                text = without_scripts(data.decode("utf-8", "replace"))
                yield Page(row["slug"], normal(text), row["url"] or "", rules)


PAGES = {page.name: page for page in (*own(), *real())}
LIVE = {name: updates for name, page in PAGES.items() if len(updates := page.read()) >= FEW}


def told(update: Update, *, times: bool = True) -> tuple[Any, ...]:
    """All that a subscriber sees of an update."""
    content = update.content
    said = ("" if content.derived else content.title, content.text, content.authors)
    pictures = tuple(image.url for image in content.images)
    return (*said, pictures, *((update.published, update.modified) if times else ()))


def others(updates: Sequence[Update], without: int, *, times: bool = True) -> list[tuple[Any, ...]]:
    return [told(u, times=times) for number, u in enumerate(updates) if number != without]


# ------------------------------------------------------------------------------- where records stand


def spans(page: Page, updates: Sequence[Update]) -> list[tuple[int, int]]:
    """Where each update's element stands in the markup; [] unless they are siblings and alone."""
    outline = Outline(LexborHTMLParser(page.markup).body)
    starts = _starts(outline, updates)
    if not starts or sorted(starts) != starts:
        return []
    tops = [_top(start, starts, outline) for start in starts]
    if len({outline.parent(top) for top in tops}) > 1:
        return []
    if any(outline.count(outline.end(one), two) for one, two in pairwise(tops)):
        return []
    found: list[tuple[int, int]] = []
    for top in tops:
        markup = outline.html(top)
        at = page.markup.find(markup, found[-1][1] if found else 0)
        if at < 0:
            return []
        found.append((at, at + len(markup)))
    return found


def _starts(outline: Outline, updates: Sequence[Update]) -> list[int]:
    """The place of the text with which each update's body begins; [] if that is not sure."""
    texts = outline.between(0, len(outline))
    letters = ["".join(text.split()) for _, text in texts]
    ends = list(accumulate(map(len, letters)))
    whole = "".join(letters)
    found = []
    for update in updates:
        key = "".join(update.content.text.split())[:KEY]
        if len(key) < LEAST or whole.count(key) != 1:
            return []
        found.append(texts[next(n for n, end in enumerate(ends) if end > whole.index(key))][0])
    return found


def _top(start: int, starts: Sequence[int], outline: Outline) -> int:
    """The highest element around an update that holds no other."""
    top = start
    while (above := outline.parent(top)) >= 0:
        if sum(above <= other < outline.end(above) for other in starts) > 1:
            break
        top = above
    return top


SPANS = {name: found for name, u in LIVE.items() if (found := spans(PAGES[name], u))}


def test_there_are_enough_pages_for_the_laws_to_mean_something() -> None:
    assert len(LIVE) > 60
    assert len(SPANS) > 30


# ---------------------------------------------------------------------------------------------- laws


@pytest.mark.parametrize("name", SPANS)
def test_an_update_that_is_taken_out_changes_no_other(name: str) -> None:
    page, before = PAGES[name], LIVE[name]
    for gone in (0, len(before) // 2, len(before) - 1):
        start, end = SPANS[name][gone]
        after = page.with_markup(page.markup[:start] + page.markup[end:]).read()
        assert others(after, -1) == others(before, gone)


@pytest.mark.parametrize("name", SPANS)
def test_an_update_that_is_put_in_changes_no_other(name: str) -> None:
    page, before = PAGES[name], LIVE[name]
    known = others(before, -1)
    for place in (0, len(before) - 1):
        start, end = SPANS[name][place]
        copy = re.sub(r">([^<>]{40,})<", lambda m: f">{m[1][::-1]}<", page.markup[start:end])
        after = page.with_markup(page.markup[:start] + copy + page.markup[start:]).read()
        assert [each for each in others(after, -1) if each in known] == known


@pytest.mark.parametrize("name", SPANS)
def test_the_order_changes_no_update(name: str) -> None:
    page, before, where = PAGES[name], LIVE[name], SPANS[name]
    times = all(u.stated in {"instant", "relative"} for u in before)
    gaps = [page.markup[one[1] : two[0]] for one, two in pairwise(where)]
    records = [page.markup[start:end] for start, end in where][::-1]
    turned = "".join(a + b for a, b in zip(records, [*gaps, ""], strict=True))
    after = page.with_markup(
        page.markup[: where[0][0]] + turned + page.markup[where[-1][1] :]
    ).read()
    assert others(after, -1, times=times) == others(before, -1, times=times)[::-1]


@pytest.mark.parametrize("name", LIVE)
def test_a_figure_changes_its_own_update_alone(name: str) -> None:
    page, before = PAGES[name], LIVE[name]
    for number, update in enumerate(before):
        figure = re.search(r"[a-zа-я]{3} (\d{1,3}) [a-zа-я]{3}", update.content.text)
        key = html.escape(figure[0], quote=False) if figure else ""
        if figure is None or page.markup.count(key) != 1:
            continue
        changed = key.replace(figure[1], str(int(figure[1]) + 1))
        after = page.with_markup(page.markup.replace(key, changed)).read()
        assert others(after, number) == others(before, number)
        assert after[number].content.text == update.content.text.replace(key, changed)


@pytest.mark.parametrize("name", SPANS)
def test_what_stands_before_a_cut_is_as_it_was(name: str) -> None:
    page, before, where = PAGES[name], LIVE[name], SPANS[name]
    # Of a few records, where two kinds tell of them, the other kind's may be the ones that count.
    least = FEW if len({update.kinds for update in before}) == 1 else 3 * FEW + 1
    for last in range(least - 1, len(where), max(len(where) // 5, 1)):
        start, end = where[last]
        for cut in (end, (start + end) // 2):
            after = page.with_markup(page.markup[:cut]).read()
            assert len(after) >= last
            # Where a kind of evidence is cut off, it is reconcile that keeps the better body.
            alike = [n for n in range(last) if after[n].kinds == before[n].kinds]
            assert [told(after[n]) for n in alike] == [told(before[n]) for n in alike]


@pytest.mark.parametrize("name", PAGES)
def test_a_wrapper_changes_nothing(name: str) -> None:
    page = PAGES[name]
    wrapped = re.sub(r"(<body[^>]*>)", r'\1<div id="app"><div class="q">', page.markup, count=1)
    wrapped = wrapped.replace("</body>", "</div></div></body>")
    assert others(page.with_markup(wrapped).read(), -1) == others(page.read(), -1)


@pytest.mark.parametrize("name", [name for name in LIVE if "hentry" not in PAGES[name].markup])
def test_class_names_as_builds_make_them_anew_change_nothing(name: str) -> None:
    page = PAGES[name]
    renamed = re.sub(
        r' class="([^"<>]*)"',
        lambda m: ' class="' + " ".join(f"{each}-x7f3" for each in m[1].split()) + '"',
        page.markup,
    )
    assert others(page.with_markup(renamed).read(), -1) == others(page.read(), -1)


# ------------------------------------------------------------------------------------ made-up pages

SENTENCE = (
    "the water stood two hand widths below the quay and {n} pumps ran until the wind had turned "
    "over the harbour while crews carried sandbags along the rope walk past an empty lorry"
)
WORDS = SENTENCE.split()
RECORDS = (
    "<article id='b{n}'><time datetime='{iso}'>{clock}</time><h2>{head}</h2><p>{body}</p>{own}</article>",
    "<div class='post'><div>{clock}</div><h3>{head}</h3><p>{body}</p>{own}<p>Share this</p></div>",
    "<section><p class='when'>{printed}</p><h3>{head}</h3><p>By {name}</p><p>{body}</p>{own}</section>",
    "<li data-ts='{iso}'><b>{clock}</b> <span class='author'>{name}</span><p>{head}. {body}</p>{own}</li>",
    "<tr><td>{printed}</td><td>{head}</td><td>{body}{own}</td></tr>",
)
OWN_PARTS = (
    "",
    "<ul><li>Green: 1{n}</li><li>Blue: 12</li></ul>",
    "<table><tr><td>Coast</td><td>{n}</td></tr><tr><td>Hills</td><td>7</td></tr></table>",
    "<p>Magnitude: {n}.3</p>",
    "<figure><img src='/{n}.jpg'><figcaption>The quay on Feb. 28, 2022</figcaption></figure>",
    "<p><a href='https://elsewhere.example/{n}'>The report</a></p>",
)
# Dates as CLDR has them, where the page's own words stay English.
_PRINTED = {
    "en": "MMMM d, yyyy HH:mm",
    "de": "d. MMMM yyyy, HH:mm",
    "fr": "d MMMM yyyy 'à' HH:mm",
    "pl": "d MMMM yyyy, HH:mm",
    "tr": "d MMMM yyyy HH:mm",
    "el": "d MMMM yyyy, HH:mm",
    "ja": "y年M月d日 HH:mm",
    "vi": "d 'tháng' M, yyyy HH:mm",
}
BEGAN = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Blog:
    """A page made by chance, in the order of its records."""

    build: str
    numbers: tuple[int, ...]
    own: str
    shift: timedelta = timedelta()
    zone: timezone = UTC
    language: str = "en"

    def read(self) -> tuple[Update, ...]:
        rows = "".join(map(self._record, self.numbers))
        holder = {"<tr": "table", "<li": "ul"}.get(self.build[:3], "div")
        markup = (
            f"<!doctype html><html lang='{self.language}'><head><title>Live: the quay</title></head><body>"
            f"<h1>Live: the quay</h1><main><{holder}>{rows}</{holder}></main></body></html>"
        )
        rules = Rules(BEGAN + self.shift, timezone="UTC")
        return extract(
            Document("https://quay.example/", markup.encode(), "text/html"), rules
        ).updates

    def _record(self, number: int) -> str:
        chance = random.Random(number)
        at = (BEGAN + self.shift - timedelta(minutes=13 * number + 1)).astimezone(self.zone)
        zone = "UTC" if self.zone is UTC else f"GMT{at:%z}"
        body = " ".join(chance.choices(WORDS, k=30)).replace("{n}", str(number))
        return self.build.format(
            n=number,
            iso=f"{at:%Y-%m-%dT%H:%M:00%z}",
            clock=f"{at:%H:%M} {zone}",
            printed=f"{format_datetime(at, _PRINTED[self.language], locale=self.language)} {zone}",
            head=" ".join(chance.sample(WORDS[:9], 4)).replace("{n}", str(number)).capitalize(),
            name=chance.choice(("Ana Lindqvist", "Tomas Okoye")),
            body=f"{body}.".capitalize(),
            own=self.own.format(n=number),
        )


BLOGS = st.builds(
    Blog,
    st.sampled_from(RECORDS),
    st.integers(6, 14).map(lambda count: tuple(range(count))),
    st.sampled_from(OWN_PARTS),
)


@settings(max_examples=60, deadline=None)
@given(BLOGS, st.data())
def test_made_up_updates_do_not_change_each_other(blog: Blog, data: st.DataObject) -> None:
    before = blog.read()
    assert len(before) == len(blog.numbers)
    gone = data.draw(st.sampled_from(blog.numbers))
    left = tuple(number for number in blog.numbers if number != gone)
    assert others(replace(blog, numbers=left).read(), -1) == others(before, gone)
    assert others(replace(blog, numbers=blog.numbers[::-1]).read(), -1) == others(before, -1)[::-1]


@settings(max_examples=60, deadline=None)
@given(BLOGS, st.integers(1, 400), st.sampled_from([-8, -5, 1, 5.5, 9]))
def test_times_change_as_they_are_stated(blog: Blog, days: int, hours: float) -> None:
    before = blog.read()
    shift = timedelta(days=days)
    for update, later in zip(before, replace(blog, shift=shift).read(), strict=True):
        assert later.published == (update.published and update.published + shift)
        assert told(later, times=False) == told(update, times=False)
    there = replace(blog, zone=timezone(timedelta(hours=hours)))
    assert others(there.read(), -1) == others(before, -1)


@settings(max_examples=40, deadline=None)
@given(BLOGS, st.sampled_from(sorted(_PRINTED)))
def test_dates_in_another_language_change_nothing(blog: Blog, language: str) -> None:
    assert others(replace(blog, language=language).read(), -1) == others(blog.read(), -1)


# -------------------------------------------------------------------------------------------- JSON

LAYOUTS = sorted((OWN.parent / "layouts").glob("*.json"))
DOCUMENTS = {path.name: path for path in LAYOUTS if not path.name.endswith(".expected.json")}


def read_value(value: Any) -> tuple[Update, ...]:
    document = Document("https://quay.example/x", json.dumps(value).encode(), "application/json")
    try:
        return extract(document, Rules(datetime(2026, 3, 10, tzinfo=UTC), timezone="UTC")).updates
    except ExtractError:
        return ()


def with_keys(value: Any, *, turned: bool) -> Any:
    """The value with the keys of its objects in another order; those of an outer list stay."""
    if isinstance(value, dict):
        keys = sorted(value, reverse=turned)
        return {key: with_keys(value[key], turned=turned) for key in keys}
    return [with_keys(one, turned=turned) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("turned", [False, True], ids=["sorted", "turned"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_order_of_keys_changes_no_update_of_a_json_document(name: str, turned: bool) -> None:
    try:
        value = json.loads(DOCUMENTS[name].read_text(encoding="utf-8"))
    except json.JSONDecodeError:
        pytest.skip("several documents, or a spoiled one")
    before, after = read_value(value), read_value(with_keys(value, turned=turned))
    assert sorted(map(str, others(after, -1))) == sorted(map(str, others(before, -1)))
