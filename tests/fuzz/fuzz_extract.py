"""Coverage-guided fuzzing of extraction: `make fuzz`, or this file with options of libFuzzer: -max_total_time=600.

Whatever the bytes, extraction ends in a Snapshot or an ExtractError; libFuzzer's own -timeout finds
what hangs. The first byte says how the document was declared, so that every form and every kind is
reached.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["feeder"]):
    from feeder.errors import ExtractError
    from feeder.extract import extract
    from feeder.model import Document, Rules

NOW = datetime(2026, 3, 2, 13, 4, tzinfo=UTC)
TYPES = (None, "text/html", "text/plain", "application/json", "application/atom+xml")
KINDS = (
    "auto",
    "auto",
    "auto",
    "jsonld",
    "microdata",
    "hfeed",
    "amp",
    "feed",
    "blocks",
    "text",
    "api",
)
SEEDS = (
    (
        "\x01<!doctype html><html lang=en><title>T</title><h1>Live</h1><article id=a1>"
        "<time datetime='2026-03-02T10:00:00Z'>10:00</time><h2>Water</h2><p>It rises and people leave.</p></article>"
        "<article id=a2><time>8:04 AM EST</time><p>B.</p>"
    ),
    (
        '\x01<script type="application/ld+json">{"@type":"LiveBlogPosting","liveBlogUpdate":[{"@id":"#1",'
        '"headline":"H","datePublished":"2026-03-02T10:00:00Z","articleBody":"<p>B</p>"}]}</script>'
    ),
    "\x02Live\n\nMar 02, 2022, 8:04 AM EST\n\nHeadline\n\nWords.\n\n-The Paper's Ana Lind\n\n7:30 AM EST\n\nOther",
    '\x03{"posts":[{"id":1,"time":"2026-03-02T10:00:00Z","html":"<p>words</p>"},{"id":2,"time":1772445840}]}',
    (
        "\x04<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title>t</title>"
        "<updated>2026-03-02T10:00:00Z</updated><content type='html'>&lt;p&gt;a</content></entry></feed>"
    ),
    "\x01<div class=h-feed><div class=h-entry><p class=p-name>n<time class=dt-published datetime=2026-03-02>x</time>",
    "\x01<amp-live-list id=l><div items><div id=i data-sort-time=1772445840><h2>a</h2>b</div></div></amp-live-list>",
    "\x01<p><b>17.00 </b>Some words.</p><p><strong>16.30</strong> Other words.</p><p>11.04 Uhr: Worte</p>",
)


def one(data: bytes) -> None:
    how = data[0] if data else 0
    document = Document("https://news.example/live", data[1:], TYPES[how % len(TYPES)])
    rules = Rules(NOW, timezone="Europe/Berlin", extract=KINDS[how // len(TYPES) % len(KINDS)])
    with suppress(ExtractError):
        extract(document, rules)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(SEEDS):
            (Path(folder) / f"seed{number}").write_bytes(seed.encode())
        options = sys.argv[1:] or [
            "-max_total_time=60",
            "-timeout=10",
            "-max_len=4096",
            "-rss_limit_mb=2048",
        ]
        atheris.Setup(
            [sys.argv[0], *options, f"-artifact_prefix={tempfile.gettempdir()}/", folder], one
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
