"""From a page's bytes to its Snapshot (CPU)

Milliseconds depend on the machine. What a refresh costs as it is usually written (286 ms where the
bounds were set) takes turns with ours, so that a busy machine is as busy for both, and the ratio is
a row of its own.
"""

from __future__ import annotations

import contextlib
import csv
import gc
import gzip
import mimetypes
import re
import statistics
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bench import usual_stack
from bench.measure import BESIDE, Row, cpu_ms, missing
from feeder.errors import ExtractError
from feeder.extract import extract
from feeder.model import Document, Rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from feeder.model import Snapshot

CORPUS = BESIDE / "corpus"
OUR_PAGES = Path(__file__).parents[1] / "tests" / "corpus" / "pages"
OWN = Path(__file__).parents[1] / "tests" / "corpus" / "pages"
NOW = datetime(2026, 3, 3, tzinfo=UTC)
_STATED = re.compile(rb"<script type='application/ld\+json'>.*?</script>", re.DOTALL)
_TURNS, _AGAIN = 7, 20  # of the usual way, and of ours for each


def rows() -> Iterator[Row | tuple[str, str, str, str]]:
    yield from corpus()
    yield from large()


def corpus() -> list[Row]:
    """Every page read for the first time, then again with two of its updates edited."""
    costs = {name: _both(name, data, url, rules) for name, data, url, rules in _pages()}
    rows = []
    for number, what, median, most in ((0, "first read", 12, 100), (1, "edited", 8, 80)):
        each = {name: cost[number] for name, cost in costs.items()}
        slowest = max(each, key=lambda name: each[name])
        middle = statistics.median(each.values())
        rows.append(Row(f"median page, {what}", middle, "ms", median, note=f"of {len(each)}"))
        rows.append(Row(f"slowest page, {what}", each[slowest], "ms", most, note=slowest))
    return rows


def _pages() -> Iterator[tuple[str, bytes, str, Rules]]:
    """The real pages where they are at hand, else the project's own."""
    if not (CORPUS / "INDEX.tsv").is_file():
        for path in sorted(OWN.glob("*.html")):
            yield path.name, path.read_bytes(), "https://quay.example/live", Rules(now=NOW)
        return
    with (CORPUS / "INDEX.tsv").open(newline="", encoding="utf-8") as index:
        for row in csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE):
            rules = Rules(now=NOW, timezone=row["timezone"] or None)
            yield row["file"], (CORPUS / row["file"]).read_bytes(), row["url"] or "", rules


def _both(name: str, data: bytes, url: str, rules: Rules) -> tuple[float, float]:
    """Milliseconds of a first read, and of one after its first and last updates were edited."""
    read: list[Snapshot] = []

    def work(body: bytes) -> None:
        with contextlib.suppress(ExtractError):
            read.append(extract(Document(url, body, mimetypes.guess_type(name)[0]), rules))

    gc.collect()
    first = _ms(partial(work, data))
    for update in (u for snapshot in read for u in (*snapshot.updates[:1], *snapshot.updates[-1:])):
        words = update.content.text[:30].encode()
        data = data.replace(words, words[::-1], 1)
    gc.collect()
    return first, _ms(partial(work, data))


def large() -> Iterator[Row | tuple[str, str, str, str]]:
    """The yardstick's page of 200 updates, by what it states and by what it shows."""
    stated = usual_stack.page()
    yield from _rows("JSON-LD alone", stated, 6, 48)
    yield from _rows("blocks, without JSON-LD", _STATED.sub(b"", stated), 12, 24)


def _rows(
    what: str, page: bytes, most: float, times: float
) -> Iterator[Row | tuple[str, str, str, str]]:
    """A page that was read before, and one of which no word was."""
    yield Row(f"200 updates by {what}", cpu_ms(partial(_extract, page), rounds=30), "ms", most)
    if turns := _turns(page):
        usual = statistics.median(other for other, _ in turns)
        ratio = statistics.median(other / ours for other, ours in turns)
        yield Row(f"… less than the usual way of {usual:.0f} ms", ratio, "times", times, least=True)
    else:
        yield missing("… less than the usual way", "needs beautifulsoup4 and bleach")
    yield Row(
        "… none of its words read before",
        min(_ms(partial(_extract, _reworded(page, n))) for n in b"abcdefgh"),
        "ms",
    )


def _extract(page: bytes) -> None:
    assert (
        len(
            extract(
                Document("https://news.example/live", page, "text/html", "utf-8"), Rules(now=NOW)
            ).updates
        )
        == 200
    )


def _reworded(page: bytes, letter: int) -> bytes:
    words = "|".join(usual_stack.WORDS)
    return re.sub(
        rf"\b(?:{words})\b".encode(),
        lambda word: word[0] + bytes([letter]),
        page,
        flags=re.IGNORECASE,
    )


def _turns(page: bytes) -> list[tuple[float, float]]:
    """Pairs of costs: a refresh in the usual way, and our reading of the page again."""
    if not all(map(find_spec, ("bs4", "bleach", "feedgen"))):
        return []
    before, after = (gzip.compress(usual_stack.page(edited=edited), 6) for edited in (False, True))
    turns = []
    for _ in range(_TURNS):
        with tempfile.TemporaryDirectory() as folder:
            usual = usual_stack.Usual(Path(folder))
            usual.refresh(before)
            theirs = _ms(partial(usual.refresh, after))
            usual.db.close()
            del usual
        gc.collect()  # what it leaves behind is not to be cleared away while ours is timed
        turns.append((theirs, statistics.mean(_ms(partial(_extract, page)) for _ in range(_AGAIN))))
    return turns


def _ms(work: Callable[[], object]) -> float:
    started = time.process_time_ns()
    work()
    return (time.process_time_ns() - started) / 1e6
