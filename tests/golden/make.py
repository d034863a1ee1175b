"""Writes a golden store: what a version of the program makes of pages that live on for an hour.

    PYTHONPATH=VERSION python tests/golden/make.py tests/golden/first.tar.xz

VERSION is a checkout of the version to be kept, and time-machine must be installed: the hour is one
of 2024, so that no clock of today is earlier. The archive holds the pages of each read, the
configuration, the store, the published feeds, and the ids of all entries, hidden ones too.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import tarfile
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2024, 5, 14, 6, 0, tzinfo=UTC)  # of what the pages tell
FIRST_READ = datetime(2024, 5, 17, 9, 0, tzinfo=UTC)
BETWEEN_READS = timedelta(minutes=10)

CONFIG = """\
output = "feeds"
base_url = "https://feeds.example"

[[source]]
name = "harbour"
url = "https://harbour.example/live"
path = "pages/harbour.html"
digest = "1d"
timezone = "UTC"

[[source]]
name = "ferry"
url = "https://ferry.example/ticker"
path = "pages/ferry.txt"
timezone = "Europe/Berlin"

[[source]]
name = "depot"
url = "https://depot.example/log.json"
path = "pages/depot.json"
extract = "api"
keep = 20
[source.api]
items = "log"
id = "key"
time = "at"
headline = "what"
body = "words"

[[source]]
name = "council"
url = "https://council.example/today"
path = "pages/council.html"
edits = "new"
exclude = ["advertisement"]
timezone = "America/New_York"

[[source]]
name = "weather"
url = "https://weather.example/news.rss"
path = "pages/weather.xml"
content = "excerpt"

[[bundle]]
name = "town"
title = "All of the town"
sources = ["*"]
keep = 30
"""

GATES = (
    "The north gate stays shut until the divers have looked at its hinges.",
    "Sandbags are being filled behind the customs house; helpers bring their own spades.",
    "Twelve boats have left the inner basin for the quay at the cannery.",
    "The pilot station reports a swell of 2.4 metres outside the breakwater.",
    "Trams end at the fish market; a bus goes on to the lighthouse every 20 minutes.",
    "A crane has been lashed down after its brake was found worn.",
    "The school at the dyke is closed for the day and opens its hall for those who need a bed.",
    "Electricity is off in three streets below the dyke; 140 homes are without light.",
    "The tide has turned: gauges fell by 11 centimetres within the hour.",
    "The mayor thanked the volunteers and asked them to come back at noon.",
    "The first ferry since Tuesday has landed with 86 passengers.",
    "Two of the five pumps have been stopped to save fuel.",
)
EDITED = (
    "Electricity is off in nine streets below the dyke; 410 homes are without light or heating."
)
TYPO = "Sandbags are being filled behind the customs house; helpers bring there own spades."


def pages() -> list[dict[str, str]]:
    """The pages of each read by their file names."""
    return [
        {
            "harbour.html": harbour(read),
            "ferry.txt": ferry(read),
            "depot.json": depot(read),
            "council.html": council(read),
            "weather.xml": weather(read),
        }
        for read in range(8)
    ]


def harbour(read: int) -> str:
    """Structured data; some posts have no ids.

    A typo and an edit at the second read. The fourth post is gone for good from the third read on,
    the ninth is missing from four and comes back.
    """
    posts = []
    for number, words in enumerate(GATES[: 10 if read < 1 else 12]):
        if (number == 3 and read >= 2) or (number == 8 and 2 <= read <= 5):
            continue
        said = {1: TYPO, 7: EDITED}.get(number, words) if read >= 1 else words
        stamp = START + timedelta(hours=4 * number, minutes=7 * number)
        post: dict[str, Any] = {"@type": "BlogPosting", "articleBody": said}
        post["datePublished"] = stamp.isoformat()
        if number % 5 != 4:
            post["@id"] = f"https://harbour.example/live#g{number}"
        if number % 3 == 0:
            post["headline"] = f"Harbour report {number + 1}"
            post["author"] = {"@type": "Person", "name": "Ada Mole"}
        posts.append(post)
    blog = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": "High water at the harbour",
        "liveBlogUpdate": posts[::-1],
    }
    return (
        '<!doctype html><html lang="en"><head><title>High water at the harbour</title>'
        f'<script type="application/ld+json">{json.dumps(blog)}</script></head>'
        "<body><main><h1>High water at the harbour</h1></main></body></html>"
    )


def ferry(read: int) -> str:
    """Plain text without ids; a new line on top at every other read."""
    lines = [
        f"2024-05-15 {7 + n:02d}:{5 * n:02d} The {name} has left berth {n + 1} "
        f"with {31 * n + 12} people on board."
        for n, name in enumerate(("Gannet", "Tern", "Petrel", "Curlew", "Heron", "Plover"))
    ]
    shown = lines[: 3 + read // 2][::-1]
    return "Ferries today\n\n" + "\n\n".join(shown) + "\n"


def depot(read: int) -> str:
    """JSON with ids, longer than an archive document."""
    log = [
        {
            "key": f"d-{n}",
            "at": (START + timedelta(minutes=13 * n)).isoformat(),
            "what": f"Wagon {n * 37 % 211} moved",
            "words": f"<p>Wagon {n * 37 % 211} went from track {n % 9} to track {(n * 5) % 9}.</p>",
        }
        for n in range(112 + read)
    ]
    return json.dumps({"log": log[::-1]})


def council(read: int) -> str:
    """Blocks without ids. An edit of substance is a new entry; an advertisement is hidden."""
    said = (
        ("9:05 am", "Budget opened", "The treasurer opened the debate on the budget of 48 million."),
        ("9:40 am", "Seats", "advertisement: new seats for every hall, ask for our catalogue today."),
        ("10:15 am", "Bridge", "The bridge at the mill gets new planks; work begins on 3 June."),
        ("11:02 am", "Vote", "The council has voted for the budget by 21 to 14 after a recess."),
        ("11:30 am", "Library", "The library stays open on Sundays; the friends of it pay for the heating."),
    )  # fmt: skip
    if read >= 3:
        said = (
            *said[:2],
            ("10:15 am", "Bridge", f"{said[2][2][:-6]}17 June, and it costs 2 million."),
            *said[3:],
        )
    blocks = "".join(
        f"<article class='post'><time>May 15, 2024 {at}</time>"
        f"<h3>{title}</h3><p>{words}</p></article>"
        for at, title, words in said[: 4 if read < 2 else 5][::-1]
    )
    return (
        '<!doctype html><html lang="en-US"><head><title>Council today</title></head>'
        f"<body><main><h1>Council today</h1><div class='posts'>{blocks}</div></main></body></html>"
    )


def weather(read: int) -> str:
    """A feed with guids."""
    items = "".join(
        f"<item><guid isPermaLink='false'>w{n}</guid><title>Wind {n + 4}</title>"
        f"<pubDate>{(START + timedelta(hours=n)):%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
        f"<link>https://weather.example/{n}</link>"
        f"<description>Wind of force {n + 4} from the west, "
        f"sea temperature {n + 9} degrees.</description></item>"
        for n in range(4 + read // 3)
    )
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>Weather</title>'
        f"<link>https://weather.example/</link><description>Wind</description>{items}</channel></rss>"
    )


def put(folder: Path, files: dict[str, str]) -> None:
    """Writes the pages of one read to where the configuration has them."""
    (folder / "pages").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "pages" / name).write_text(text, encoding="utf-8")


def _refresh() -> None:
    from feeder.__main__ import main

    sys.argv = ["feeder", "refresh"]
    with suppress(SystemExit):
        main()


def _ids(store: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        found: dict[str, list[str]] = {}
        joined = "entries JOIN sources ON sources.id = source_id"
        query = f"SELECT name, entries.id FROM {joined} ORDER BY number"
        for name, entry_id in connection.execute(query):
            found.setdefault(name, []).append(entry_id)
        return found


def _timeless(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime, member.uid, member.gid, member.uname, member.gname = 0, 0, 0, "", ""
    return member


def main(archive: Path) -> None:
    import time_machine

    reads = pages()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chdir(folder)
        Path("config.toml").write_text(CONFIG, encoding="utf-8")
        for read, files in enumerate(reads):
            put(folder, files)
            with time_machine.travel(FIRST_READ + read * BETWEEN_READS, tick=False):
                _refresh()
        Path("ids.json").write_text(json.dumps(_ids(Path("feeder.db")), indent=1), encoding="utf-8")
        Path("reads.json").write_text(json.dumps(reads), encoding="utf-8")
        kept = [Path("config.toml"), Path("ids.json"), Path("reads.json"), Path("feeder.db")]
        kept += (
            file for kind in ("atom", "rss", "json") for file in Path("feeds").rglob(f"*.{kind}")
        )
        with tarfile.open(archive, "w:xz") as tar:
            for file in sorted(kept):
                tar.add(file, filter=_timeless)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
