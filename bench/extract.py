"""From a page's bytes to its Snapshot (CPU)"""

from __future__ import annotations

import contextlib
import csv
import gzip
import itertools
import mimetypes
import re
import statistics
import tempfile
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from bench.measure import TOOLS, Row, cpu_ms, yardstick
from feeder.errors import ExtractError
from feeder.extract import extract
from feeder.model import Document, Rules

CORPUS = TOOLS.parent / "corpus"
NOW = datetime(2026, 3, 3, tzinfo=UTC)
_STATED = re.compile(rb"<script type='application/ld\+json'>.*?</script>", re.DOTALL)
_STAGES = ("gunzip and parse", "select", "clean")


def rows() -> list[Row]:
    return [*corpus(), *large()]


def corpus() -> list[Row]:
    """Real pages, where they are at hand."""
    if not (CORPUS / "INDEX.tsv").is_file():
        return []
    with (CORPUS / "INDEX.tsv").open(newline="", encoding="utf-8") as index:
        listed = list(csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE))
    costs = {row["slug"]: cpu_ms(partial(_read, row), rounds=3) for row in listed}
    slowest = max(costs, key=lambda slug: costs[slug])
    return [
        Row("median page of the corpus", statistics.median(costs.values()), "ms", 10, note=f"of {len(costs)}"),
        Row("slowest page of the corpus", costs[slowest], "ms", 80, note=slowest),
    ]


def _read(row: dict[str, str]) -> None:
    data = (CORPUS / row["file"]).read_bytes()
    document = Document(row["url"] or "", data, mimetypes.guess_type(row["file"])[0])
    with contextlib.suppress(ExtractError):
        extract(document, Rules(now=NOW, timezone=row["timezone"] or None))


def large() -> list[Row]:
    """The yardstick's page of 200 updates, by what it states and by what it shows; again, and for the first time."""
    if not yardstick():
        return []
    stated: bytes = import_module("usual_stack").page()
    usual = _usual(stated)
    note = f"usual stack, parse + select + clean: {usual:.0f} ms" if usual else ""
    return [
        *_both("JSON-LD alone", stated, 6, note),
        *_both("blocks, without JSON-LD", _STATED.sub(b"", stated), 12, note),
    ]


def _both(what: str, page: bytes, most: float, note: str) -> list[Row]:
    turns = itertools.count()

    def read(url: str) -> None:
        extract(Document(url, page, "text/html", "utf-8"), Rules(now=NOW))

    def again() -> None:
        read("https://news.example/live")

    def first() -> None:
        """Under another address nothing that was cleaned before is of use."""
        read(f"https://news.example/live{next(turns)}")

    return [
        Row(f"200 updates by {what}", cpu_ms(again, rounds=9), "ms", most, note=note),
        Row(f"200 updates by {what}, none read before", cpu_ms(first, rounds=5), "ms", note=note),
    ]


def _usual(page: bytes) -> float:
    """Parsing, selecting and cleaning as it is usually written."""
    if not all(map(find_spec, ("bs4", "bleach", "feedgen"))):
        return 0.0
    zipped = gzip.compress(page, 6)
    with tempfile.TemporaryDirectory() as folder:
        usual = import_module("usual_stack").Usual(Path(folder))
        for _ in range(3):
            usual.refresh(zipped)
        usual.db.close()
        return float(sum(min(usual.stages[stage]) for stage in _STAGES))
