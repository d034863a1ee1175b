"""Fit what the features of a series are worth, and say which pages each of them holds.

    python -m bench.fit            writes feeder/extract/inferred/weights.py
    python -m bench.fit --ablate   prints, for each feature, the pages lost when it is left out

Every series of every labelled page is an example; it is the page where its updates are those of the
page's gold. The weights are those of a logistic regression with a small penalty. A page counts
once, whatever the number of its series. Judged by leaving pages out, a tenth at a time.

The same pages give the same weights to the last figure: nothing is drawn by chance, and a page that
does not say when it was read is read as of a fixed day. The weights that are checked in were fitted
with the shared collections beside the repository; without them the project's own pages give others.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from math import exp
from pathlib import Path
from typing import Any
from zlib import crc32

from feeder.extract.inferred.blocks import read_series
from feeder.extract.inferred.candidate import Candidate
from feeder.extract.inferred.features import FEATURES, heads, measure
from feeder.extract.inferred.find_series import find_series
from feeder.extract.inferred.time_marks import marks
from feeder.extract.page.parsed_page import ParsedPage
from feeder.model import Document, Rules, Update

TOP = Path(__file__).parents[1]
OWN = TOP / "tests" / "corpus" / "pages"
SHARED = TOP.parent / "shared"
TABLE = TOP / "feeder" / "extract" / "inferred" / "weights.py"
PENALTY = 0.02  # of a squared weight, against a page's share of the likelihood
STEPS = 25
GOOD = 0.6  # share of the gold that a series has to tell to be the page
FOLDS = 10
READ = datetime(2026, 12, 1, tzinfo=UTC)  # when the pages were read that say not when


@dataclass(frozen=True)
class Example:
    """A series of a page: its features, and how much of the gold it tells."""

    features: dict[str, float]
    right: float


@dataclass(frozen=True)
class Labelled:
    """A page with all its series."""

    name: str
    live: bool
    examples: tuple[Example, ...]


Job = tuple[str, str, str, str, str, str]  # name, file, gold, address, zone, now


def jobs(*, everything: bool = False) -> Iterator[Job]:
    """The labelled pages: the project's own, and those of the shared collections where present.

    A fifth of the shared pages, by a hash of their names, is held back.
    """
    for gold in sorted(OWN.glob("*.json")):
        told = json.loads(gold.read_text(encoding="utf-8"))
        page = str(gold.with_suffix(".html"))
        url = told.get("url", "https://quay.example/live")
        yield gold.stem, page, str(gold), url, told["timezone"] or "", told["now"]
    for folder in (SHARED / "corpus", SHARED / "lists"):
        if not folder.is_dir():
            continue
        with (folder / "INDEX.tsv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        for row in rows:
            gold, held = folder / "gold" / f"{row['slug']}.json", crc32(row["slug"].encode()) % 5
            if gold.exists() and row["file"].endswith(".html") and (held or everything):
                url = row["url"] if row["url"].startswith("http") else ""
                yield (
                    row["slug"], str(folder / row["file"]), str(gold), url,
                    row["timezone"] or "", row.get("read_at") or "",
                )  # fmt: skip


def label(job: Job) -> Labelled:
    """Every series of a page with its features and its agreement with the gold."""
    name, file, gold_file, url, zone, at = job
    gold = json.loads(Path(gold_file).read_text(encoding="utf-8"))["updates"]
    now = datetime.fromisoformat(at) if at else READ
    rules = Rules(now, timezone=zone or None)
    page = ParsedPage(Document(url, Path(file).read_bytes(), "text/html"), rules)
    found = marks(page)
    all_series = find_series(found)
    examples = []
    for each in all_series:
        candidate = Candidate(each, page, all_series)
        if heads(candidate):
            continue
        features = measure(candidate, tuple(FEATURES))
        updates = read_series(each, found, page, rules) if gold else ()
        examples.append(Example(features, agreement(gold, updates)))
    return Labelled(name, bool(gold), tuple(examples))


def agreement(gold: Sequence[dict[str, Any]], updates: Sequence[Update]) -> float:
    """F1 of the updates by the words that they have in common with the gold, order aside."""
    left = [_words(f"{u.content.title} {u.content.text}") for u in updates]
    hits = 0
    for one in gold:
        start = one.get("body_starts") or one.get("text") or one.get("headline") or ""
        words = _words(start)[:6]
        match = next((each for each in left if _holds(each, words)), None)
        if match is not None:
            left.remove(match)
            hits += 1
    return 2 * hits / (len(gold) + len(updates)) if gold else 0.0


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text.lower()).split()


def _holds(words: list[str], start: list[str]) -> bool:
    text = f" {' '.join(words[:80])} "
    return bool(start) and (
        f" {' '.join(start)} " in text or sum(f" {w} " in text for w in start) >= 0.8 * len(start)
    )


# ---------------------------------------------------------------------------------- regression


def fit(pages: Sequence[Labelled], names: Sequence[str]) -> list[float]:
    """The weights of the features, that of none first, by Newton's method."""
    rows, aims, shares = [], [], []
    for page in pages:
        told = [e for e in page.examples if not 0.25 * GOOD < e.right < GOOD]
        positive = sum(e.right >= GOOD for e in told)
        for example in told:
            good = example.right >= GOOD
            rows.append([1.0, *(example.features[name] for name in names)])
            aims.append(float(good))
            shares.append(1 / positive if good else 1 / (len(told) - positive))
    weights = [0.0] * (len(names) + 1)
    for _ in range(STEPS):
        weights = _step(rows, aims, shares, weights)
    return weights


def _step(
    rows: list[list[float]], aims: list[float], shares: list[float], weights: list[float]
) -> list[float]:
    size = len(weights)
    slope = [-2 * PENALTY * w if at else 0.0 for at, w in enumerate(weights)]
    curve = [[2 * PENALTY * (a == b) + 1e-6 for b in range(size)] for a in range(size)]
    for row, aim, share in zip(rows, aims, shares, strict=True):
        odds = sum(w * x for w, x in zip(weights, row, strict=True))
        chance = 1 / (1 + exp(-max(min(odds, 30), -30)))
        lean, bend = share * (aim - chance), share * chance * (1 - chance)
        for a, x in enumerate(row):
            if x:
                slope[a] += lean * x
                line = curve[a]
                for b, y in enumerate(row):
                    line[b] += bend * x * y
    return [w + d for w, d in zip(weights, _solved(curve, slope), strict=True)]


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss-Jordan elimination."""
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for at in range(len(rows)):
        best = max(range(at, len(rows)), key=lambda n: abs(rows[n][at]))
        rows[at], rows[best] = rows[best], rows[at]
        rows[at] = [value / rows[at][at] for value in rows[at]]
        for other in range(len(rows)):
            if other != at and rows[other][at]:
                factor = rows[other][at]
                rows[other] = [v - factor * p for v, p in zip(rows[other], rows[at], strict=True)]
    return [line[-1] for line in rows]


def wrong(pages: Sequence[Labelled], names: Sequence[str], weights: Sequence[float]) -> set[str]:
    """The pages of which the wrong series is taken, or one where none is right, or none."""
    return {page.name for page in pages if not _is_right(page, names, weights)}


def _is_right(page: Labelled, names: Sequence[str], weights: Sequence[float]) -> bool:
    odds = [
        weights[0] + sum(w * e.features[n] for w, n in zip(weights[1:], names, strict=True))
        for e in page.examples
    ]
    best = max(range(len(odds)), key=odds.__getitem__, default=-1)
    taken = page.examples[best].right if best >= 0 and odds[best] > 0 else None
    top = max((e.right for e in page.examples), default=0.0)
    if top < GOOD:
        return taken is None or page.live
    return taken is not None and taken >= top - 0.1


def left_out(pages: Sequence[Labelled], names: Sequence[str]) -> set[str]:
    """The pages that weights get wrong which were fitted without them."""
    lost: set[str] = set()
    for fold in range(FOLDS):
        rest = [p for at, p in enumerate(pages) if at % FOLDS != fold]
        lost |= wrong(pages[fold::FOLDS], names, fit(rest, names))
    return lost


def ablate(pages: Sequence[Labelled], names: Sequence[str], told: Callable[[str], None]) -> None:
    """Print for each feature the pages that are lost without it, and those that are won."""
    before = wrong(pages, names, fit(pages, names))
    for name in names:
        rest = [n for n in names if n != name]
        after = wrong(pages, rest, fit(pages, rest))
        lost, won = sorted(after - before), sorted(before - after)
        told(f"{name:<10} {len(lost):>3} lost {len(won):>3} won  {', '.join(lost)}"
             + (f"; won: {', '.join(won)}" if won else ""))  # fmt: skip


def table(pages: Sequence[Labelled], names: Sequence[str], weights: Sequence[float]) -> str:
    """The module that holds the weights and their evidence."""
    before = wrong(pages, names, weights)
    lines = []
    for name, weight in zip(names, weights[1:], strict=True):
        rest = [n for n in names if n != name]
        lost = len(wrong(pages, rest, fit(pages, rest)) - before)
        lines.append(f'    "{name}": {weight:.2f},  # {lost} lost without it')
    live = sum(page.live for page in pages)
    return (
        '"""What the features are worth: written by `python -m bench.fit`, not by hand.\n\n'
        f"Fitted to {live} pages that are series of updates and {len(pages) - live} that are not;"
        f" {len(before)} of them are\nread wrongly, and {len(left_out(pages, names))} where a tenth"
        ' is left out at a time. Beside each weight: how many pages\nare lost without it.\n"""\n\n'
        f"BIAS = {weights[0]:.2f}\nWEIGHTS = {{\n" + "\n".join(lines) + "\n}\n"
    )


def main() -> None:
    with ProcessPoolExecutor(2) as workers:
        pages = list(workers.map(label, jobs(), chunksize=8))
    names = [n for n in FEATURES if n not in sys.argv]
    if "--ablate" in sys.argv:
        ablate(pages, names, print)
        return
    weights = fit(pages, names)
    print(f"{len(pages)} pages, wrong: {sorted(wrong(pages, names, weights))}")
    TABLE.write_text(table(pages, names, weights), encoding="utf-8")


if __name__ == "__main__":
    main()
