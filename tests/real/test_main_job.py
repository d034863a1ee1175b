"""The main job as a person does it: commands as processes, a page that changes, readers that are subscribed."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import feedparser
import httpx
import pytest
from loopback import answer, page, site, status
from reader import make_reader
from running import free_port, until

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE = """Harbour flood updates: lock gates hold

Crews are working through the night to keep the water out of the old town.

For earlier coverage, please see yesterday's page.

Sponsored

Two Crews at Work

A look at the two crews who have kept the harbour dry for thirty years.

Mar 02, 2026, 8:04 AM EST

Ferries to resume at noon, operator says

The ferry operator expects the first boat to leave at noon, its manager told reporters on the quay.

Passengers with tickets for Sunday can use them until the end of the week.
Passengers with tickets for Sunday can use them until the end of the week.

-The Harbour's Ana Lindqvist and Tomas Okoye

Mar 02, 2026, 7:41 AM EST

Power is back in the river district

All 1,140 homes that were without power have it again, the grid operator said on Monday.

Engineers lower a transformer onto its base beside the river, in the harbour, March 1, 2026.
Piotr Brand/The Harbour

Schools in the district stay shut until Tuesday.

-The Harbour's Mei Arslan

Mar 02, 2026, 6:18 AM EST

Lock gates held through the highest tide

The gates of the eastern lock held through the night's highest tide.

Related Topics
"""
GOLD = [
    (
        "2026-03-02T13:04:00Z",
        "Ferries to resume at noon, operator says",
        ["Ana Lindqvist", "Tomas Okoye"],
    ),
    ("2026-03-02T12:41:00Z", "Power is back in the river district", ["Mei Arslan"]),
    ("2026-03-02T11:18:00Z", "Lock gates held through the highest tide", []),
]
UPDATE = "Mar 02, 2026, 9:30 AM EST\n\n{}\n\nThe wind has turned, the harbour master said.\n\n"
PATIENCE = 60


CODE = Path(__file__).parents[2] / "feeder"


class Person:
    """Someone at a shell in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"

    def configure(self, text: str) -> None:
        head = f'base_url = "{self.base}"\n[serve]\nlisten = "127.0.0.1:{self.port}"\n'
        fetch = '[fetch]\nallow_private = true\nhost_interval = "0s"\ntimeout = "5s"\n\n'
        (self.folder / "config.toml").write_text(head + fetch + text, encoding="utf-8")

    def does(self, *command: str, exits: int = 0) -> str:
        """What is printed; where it fails, to stderr."""
        done = self._run(*command, exits=exits)
        return done.stderr if exits else done.stdout

    def asks(self, *command: str, exits: int = 0) -> Any:
        """As a program does, by --json."""
        return json.loads(self._run(*command, "--json", exits=exits).stdout)

    def _run(self, *command: str, exits: int) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if key != "FEEDER_TOKEN"}
        done = subprocess.run(
            [sys.executable, "-m", "feeder", *command],
            cwd=self.folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == exits, done.stdout + done.stderr
        # Nothing of ours was cut short: what a tool that measures coverage says at the exit is its own.
        assert f'File "{CODE}' not in done.stderr
        return done

    def file(self, name: str) -> bytes:
        return (self.folder / "feeds" / name).read_bytes()


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path)


def titles(address: str) -> list[str]:
    return [entry.title for entry in feedparser.parse(address).entries]


# ------------------------------------------------------------------------------------------ preview


def test_preview_shows_the_updates_and_nothing_that_is_none(person: Person) -> None:
    (person.folder / "live.txt").write_text(LIVE, encoding="utf-8")
    seen = person.asks("preview", "live.txt", "--url", "https://harbour.example/live")
    keys = ["url", "strategy", "title", "description", "language", "ended"]
    assert list(seen) == [*keys, "assumed", "unread", "updates"]
    assert (seen["strategy"], seen["title"]) == ("text", "Harbour flood updates: lock gates hold")
    found = [
        (update["published"], update["title"], update["authors"]) for update in seen["updates"]
    ]
    assert found == GOLD
    said = " ".join(update["text"] for update in seen["updates"])
    assert said.count("Passengers with tickets") == 1
    for other in (
        "Sponsored",
        "Related Topics",
        "Two Crews",
        "please see",
        "Ana Lindqvist",
        "Piotr Brand",
    ):
        assert other not in said
    assert (
        "Piotr Brand" in json.dumps(seen["updates"][1]["images"])
        or "<figcaption>" in seen["updates"][1]["html"]
    )
    assert [part.name for part in person.folder.iterdir()] == ["live.txt"], "nothing is stored"


def test_preview_of_a_source_reads_it_with_its_settings(person: Person) -> None:
    (person.folder / "live.txt").write_text(LIVE, encoding="utf-8")
    person.configure('[[source]]\nname = "harbour"\npath = "live.txt"\nextract = "text"\n')
    seen = person.asks("preview", "harbour", "--explain")
    assert [note["kind"] for note in seen["notes"] if note["used"]] == ["text"]
    assert len(seen["updates"]) == len(GOLD)
    assert "no such file or source" in person.does("preview", "harbor", exits=2)
    assert not (person.folder / "feeder.db").exists(), "nothing is stored"


def test_preview_says_in_sentences_what_was_read(person: Person) -> None:
    (person.folder / "live.txt").write_text(LIVE, encoding="utf-8")
    said = person.does("preview", "live.txt", "--explain")
    assert f"{len(GOLD)} updates were read from its plain text." in said
    assert "used: text: " in said


def test_preview_of_what_shows_nothing_is_an_empty_list(person: Person) -> None:
    (person.folder / "about.html").write_text(
        "<!doctype html><title>About us</title><p>We are here.", "utf-8"
    )
    assert person.asks("preview", "about.html", exits=1)["updates"] == []
    assert "cannot be read" in person.does("preview", "nowhere.txt", exits=2)
    assert "private" in person.does("preview", f"http://127.0.0.1:{free_port()}/", exits=1)


# ------------------------------------------------------------------------------------------ refresh


@pytest.fixture
def bad_moments(person: Person) -> Iterator[dict[str, str]]:
    """Sources that worked once, and what is said of each when it does not."""
    said = {
        "missing": "there is no file",
        "refused": "refused",
        "not-found": "404",
        "binary": "text",
        "empty": "empty",
        "nothing": "no updates",
    }
    (person.folder / "live.txt").write_text(LIVE, encoding="utf-8")
    with site() as there:
        good = page(LIVE.encode(), content_type="text/plain")
        for name, bad in (
            ("not-found", status(404)),
            (
                "binary",
                page(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, content_type="image/png"),
            ),
            ("empty", answer(200, b"")),
            ("nothing", page(b"<!doctype html><title>About</title><p>We are here.")),
        ):
            there.serve(f"/{name}", good, bad)
        there.serve("/refused", good)
        addresses = {name: there.url(f"/{name}") for name in said}
        tables = [
            f'[[source]]\nname = "{name}"\nurl = "{url}"\n'
            for name, url in addresses.items()
            if name != "missing"
        ]
        person.configure('[[source]]\nname = "missing"\npath = "live.txt"\n' + "".join(tables))
        assert {one["outcome"] for one in person.asks("refresh")} == {"changed"}
        yield said


def test_a_bad_moment_is_said_in_words_and_the_feed_stays(
    person: Person, bad_moments: dict[str, str]
) -> None:
    before = {name: person.file(f"{name}.atom") for name in bad_moments}
    (person.folder / "live.txt").unlink()
    text = (person.folder / "config.toml").read_text(encoding="utf-8")
    refused = next(line for line in text.splitlines() if line.endswith('/refused"'))
    text = text.replace(refused, f'url = "http://127.0.0.1:{free_port()}/refused"')
    (person.folder / "config.toml").write_text(text, encoding="utf-8")
    outcomes = {one["source"]: one for one in person.asks("refresh", exits=1)}
    states = {one["name"]: one for one in person.asks("status", exits=1)}
    for name, words in bad_moments.items():
        assert outcomes[name]["outcome"] == "failed", name
        assert words in states[name]["reason"].lower(), name
        assert states[name]["state"] == "failing", name
        assert states[name]["entries"] == 3, name
        # The head links the address that the source has now; the entries are as they were.
        assert (
            person.file(f"{name}.atom").partition(b"<entry>")[2]
            == before[name].partition(b"<entry>")[2]
        ), name


# --------------------------------------------------------------------------------- what is followed


def test_an_import_takes_what_works_and_names_the_rest_by_its_line(person: Person) -> None:
    person.configure("")
    (person.folder / "subs.opml").write_text(
        """<opml version="2.0"><body><outline text="Port">
<outline text="Pilots" xmlUrl="feed://pilots.example/a?x=1&y=2"/>
<outline text="Nowhere" xmlUrl="https://"/>
<outline text="Locked" xmlUrl="https://me:sesame@locked.example/rss"/>
</outline></body></opml>""",
        encoding="utf-8",
    )
    said = person.does("import", "subs.opml", exits=1)
    assert "subs.opml:3: Nowhere must be an address" in said
    assert "subs.opml:4: Locked must not contain a password" in said
    assert "sesame" not in said
    (person.folder / "urls").write_text(
        'https://tide.example/feed "~Tides" sea daily\nquery:Unread:unread = "yes"\n',
        encoding="utf-8",
    )
    assert "urls:2: 'query:Unread:unread' must be" in person.does("import", "urls", exits=1)
    listed = tomllib.loads(person.does("list", "--toml"))["source"]
    assert [(one["url"], one["title"]) for one in listed] == [
        ("http://pilots.example/a?x=1&y=2", "Pilots"),
        ("https://tide.example/feed", "Tides"),
    ]


def test_sources_come_and_go_in_the_file(person: Person) -> None:
    """Nothing is read at port 1, so no name is asked for."""
    person.configure("# my own words\n")
    file = person.folder / "config.toml"
    assert f"{person.base}/feeds/example-org-live.atom" in person.does(
        "add", "https://example.org:1/live"
    )
    (person.folder / "more.opml").write_text(
        '<opml version="2.0"><body><outline text="Council" xmlUrl="https://example.org/council"/>'
        '<outline text="Live" xmlUrl="https://example.org:1/live"/></body></opml>',
        encoding="utf-8",
    )
    assert "1 source added, 1 already followed" in person.does("import", "more.opml")
    (person.folder / "more.txt").write_text(
        "# three\nhttps://a.example/x\n\nhttps://b.example/x\n", encoding="utf-8"
    )
    person.does("import", "more.txt")
    listed = tomllib.loads(person.does("list", "--toml"))["source"]
    assert {one["name"]: one["url"] for one in listed} == {
        "example-org-live": "https://example.org:1/live",
        "example-org-council": "https://example.org/council",
        "a-example-x": "https://a.example/x",
        "b-example-x": "https://b.example/x",
    }
    person.does("remove", "example-org-live")
    assert "there is no source 'example-org-live'" in person.does(
        "remove", "example-org-live", exits=2
    )
    assert "example.org:1/live" not in person.does("list")
    assert "# my own words" in file.read_text(encoding="utf-8")


def test_what_cannot_be_followed_is_said_in_words_of_the_command_and_the_file_stays(
    person: Person,
) -> None:
    person.configure('[[source]]\nname = "harbour"\nurl = "https://example.org:1/live"\n')
    before = (person.folder / "config.toml").read_bytes()
    for wrong, said in (
        (
            ["https://example.org:1/live"],
            "already followed as 'harbour'; give a --name to follow it twice",
        ),
        (["https://example.org/x", "--name", "harbour"], "the name 'harbour' is taken"),
        (["example.org/x"], 'url must be an address that begins with "http://"'),
        (["https://example.org/x", "--name", "A/b"], "name must be 1 to 64 of the characters"),
        (["https://example.org/x", "--every", "5 min"], "every must be 'adaptive' or a duration"),
    ):
        message = person.does("add", *wrong, exits=2)
        assert said in message
        assert "config.toml" not in message, "the mistake is not in the file"
    assert "did you mean 'harbour'?" in person.does("status", "harbor", exits=2)
    assert (person.folder / "config.toml").read_bytes() == before
    person.does("add", "https://example.org:1/live", "--name", "again")
    assert [one["name"] for one in person.asks("list")] == ["again", "harbour"]


def test_a_page_is_looked_at_before_it_is_followed_and_preview_and_add_take_the_same(
    person: Person,
) -> None:
    person.configure("")
    with site() as there:
        posts = "".join(
            f"<div class=post><time>Mar 02, 2026, 8:0{n} AM</time><p>{n} boats left today.</p></div>"
            for n in range(3)
        )
        there.serve("/none", status(404))
        there.serve("/live", page(f"<!doctype html><title>Harbour</title>{posts}".encode()))
        url = there.url("/live")
        told = ["--select", "update=.post", "--select", "time=time", "--timezone", "Europe/Oslo"]
        previewed = person.does("preview", url, *told)
        assert "2026-03-02T07:02:00Z" in previewed
        added = person.does("add", url, "--name", "harbour", *told, "--exclude", "two boats")
        assert added == (
            f"{previewed}Wrote sources.toml\nFollowing {url}\n"
            f"  subscribe to {person.base}/feeds/harbour.atom\n"
        )
        assert "is already followed as 'harbour'" in person.does("add", url, exits=2)
        (source,) = tomllib.loads((person.folder / "sources.toml").read_text("utf-8"))["source"]
        assert source == {
            "name": "harbour",
            "url": url,
            "exclude": ["two boats"],
            "timezone": "Europe/Oslo",
            "extract": "select",
            "select": {"update": ".post", "time": "time"},
        }
        asked = on_a_terminal(person, "add", there.url("/none"), "--yes")
        assert asked[0].startswith("Nothing can be shown of it yet: the site answers 404")
        assert "127-0-0-1-none" in {one["name"] for one in person.asks("list")}


def test_what_was_removed_stays_published_until_it_is_purged(person: Person) -> None:
    (person.folder / "live.txt").write_text(LIVE, encoding="utf-8")
    person.configure('[[source]]\nname = "harbour"\npath = "live.txt"\ndigest = "1h"\n')
    person.does("refresh")
    person.does("rename", "harbour", "port")
    person.does("remove", "port")
    assert person.file("port.atom").count(b"<entry>") == 3
    assert person.asks("status") == []
    person.does("remove", "port", "--purge")
    assert sorted(file.name for file in (person.folder / "feeds").glob("[hp]*")) == []
    assert "there is no source 'port'" in person.does("remove", "port", "--purge", exits=2)


def test_a_secret_that_is_not_there_is_said_by_check_and_by_the_source_alone(
    person: Person,
) -> None:
    (person.folder / "live.txt").write_text(LIVE, encoding="utf-8")
    person.configure(
        '[[source]]\nname = "harbour"\npath = "live.txt"\n[[source]]\nname = "members"\nurl = "https://example.org/m"\n'
        '[source.request]\nheaders = { Authorization = "env:NOBODY_SETS_THIS" }\nauth = "file:none.txt"\n'
    )
    said = {problem["text"].partition(":")[0] for problem in person.asks("check", exits=1)}
    unset = "the environment variable NOBODY_SETS_THIS is not set, but the configuration names it"
    assert said == {unset, f"the secret file {person.folder}/none.txt cannot be read"}
    outcomes = {
        one["source"]: (one["outcome"], one["reason"]) for one in person.asks("refresh", exits=1)
    }
    assert outcomes["members"] == ("failed", unset)
    assert outcomes["harbour"][0] == "changed"


def test_where_the_store_or_the_log_cannot_be_the_start_says_so(person: Person) -> None:
    person.configure('[[source]]\nname = "harbour"\npath = "live.txt"\n')
    (person.folder / "feeder.log").mkdir()
    assert f"the log {person.folder}/feeder.log cannot be written" in person.does("start", exits=2)
    text = (person.folder / "config.toml").read_text(encoding="utf-8")
    (person.folder / "config.toml").write_text(
        f'store = "sqlite:///none/feeder.db"\n{text}', encoding="utf-8"
    )
    assert f"cannot be kept in {person.folder}/none/feeder.token" in person.does("start", exits=2)
    assert "look at the permissions of it and its folder" in person.does("refresh", exits=1)


def test_what_programs_are_told_stands_in_the_documentation(person: Person) -> None:
    (person.folder / "live.txt").write_text(LIVE, encoding="utf-8")
    person.configure('[[source]]\nname = "harbour"\npath = "live.txt"\n')
    text = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
    rows = [row for row in text.splitlines() if row.startswith("| `")]
    for command in (
        ["refresh"],
        ["preview", "live.txt"],
        ["list"],
        ["status"],
        ["history", "harbour"],
        ["history", "harbour", "Power"],
        ["rebuild", "harbour"],
    ):
        found = person.asks(*command)
        one = found[0] if isinstance(found, list) else found
        for many in ("updates", "revisions"):
            one |= one.get(many, [{}])[0]
        row = [row for row in rows if row.startswith(f"| `{command[0]}")][
            -1 if "Power" in command else 0
        ]
        assert set(one) <= set(re.findall(r"`(\w+)`", row)), command
    played = person.asks("replay", "live.txt", "--name", "harbour")
    assert list(played[0]) == list(person.asks("refresh")[0])


def test_a_terminal_gets_a_table_that_fits_and_what_is_wrong_below_it(person: Person) -> None:
    name = "a-name-as-they-come-from-addresses"
    (person.folder / "live.txt").write_text(LIVE, encoding="utf-8")
    person.configure(
        f'[[source]]\nname = "harbour"\npath = "live.txt"\n[[source]]\nname = "{name}"\npath = "none.txt"\n'
    )
    person.does("refresh", exits=1)
    shown = on_a_terminal(person, "status", exits=1)
    table = [line for line in shown if line.startswith("harbour ")]
    assert [len(line) <= 80 for line in shown if not line.startswith(f"{name}: ")].count(False) == 0
    assert table[0].split()[:2] == ["harbour", "live"]
    assert next(line for line in shown if line.startswith(f"{name}: failing for")).endswith(
        "check `path`"
    )
    assert shown[-2:] == [
        "2 sources: 1 failing, 1 live",
        "No daemon is running, so nothing is read; `feeder start` starts one",
    ]
    times = [
        line.split()[1] for line in on_a_terminal(person, "history", "harbour") if "T" in line[:30]
    ]
    assert times == [at for at, _, _ in GOLD], "no time is cut off"
    lines = person._run("status", exits=1).stdout.splitlines()
    (line,) = [line for line in lines if line.startswith("harbour")]
    assert len(line.split("\t")) == 9, "in a pipe a line for each source, and no colour"


def on_a_terminal(person: Person, *command: str, exits: int = 0) -> list[str]:
    """What a terminal of 80 columns shows, without its colours."""
    there, here = pty.openpty()
    fcntl.ioctl(here, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "feeder", *command],
        cwd=person.folder,
        stdin=here,
        stdout=here,
        stderr=here,
    )
    os.close(here)
    shown = b""
    with (
        contextlib.suppress(OSError),
        os.fdopen(there, "rb", buffering=0) as terminal,
    ):  # it ends with EIO
        while more := terminal.read(1 << 16):
            shown += more
    assert process.wait(PATIENCE) == exits
    return [
        re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line).rstrip() for line in shown.decode().splitlines()
    ]


def test_a_port_that_is_taken_is_said_before_anything_is_promised(person: Person) -> None:
    person.configure('[[source]]\nname = "harbour"\npath = "live.txt"\n')
    with socket.create_server(("127.0.0.1", person.port)):
        said = person.does("run", exits=2)
        assert f"cannot listen at 127.0.0.1:{person.port}: the address is taken" in said
        assert "did not start: cannot listen" in person.does("start", exits=2)
    assert "subscribe to" not in (person.folder / "feeder.log").read_text(encoding="utf-8")


def test_a_daemon_whose_file_is_broken_is_asked_reloaded_and_stopped(person: Person) -> None:
    (person.folder / "live.txt").write_text(LIVE, encoding="utf-8")
    source = '[[source]]\nname = "{}"\npath = "live.txt"\nevery = "1h"\n'
    person.configure(source.format("harbour"))
    person.does("start")
    try:
        person.configure(source.format("harbour").replace("1h", "2h") + source.format("market"))
        assert person.does("reload") == "Added: market\nChanged: harbour\n"
        assert person.does("reload") == "Read again; nothing has changed\n"
        person.configure(source.format("market"))
        assert person.does("reload") == "Removed: harbour\n"
        person.configure(source.format("market").replace("every", "evry"))
        told = "config.toml:12: source 'market': evry is not a known key; did you mean 'every'?"
        assert person.does("reload", exits=2) == (
            f"feeder: {told}\nThe daemon keeps the old settings\n"
        )
        assert [one["name"] for one in person.asks("status", exits=1)] == ["market"]
    finally:
        assert person.does("stop") == "Stopped\n"
    assert told in person.does("reload", exits=2)
    person.configure(source.format("market"))
    assert "not running" in person.does("reload", exits=1)


def test_a_mistake_in_the_file_is_told_and_exits_2(person: Person) -> None:
    person.configure('[[source]]\nname = "harbour"\nurl = "https://example.org"\nevry = "5m"\n')
    for command in (["run"], ["--config", "config.toml", "status"]):
        said = person.does(*command, exits=2)
        assert (
            "config.toml:12: source 'harbour': evry is not a known key; did you mean 'every'?"
            in said
        )
    assert "there is no such file" in person.does("refresh", "--config", "none.toml", exits=2)


# ------------------------------------------------------------------------------- from first to last


def test_a_person_follows_a_page_from_first_to_last(person: Person) -> None:
    live = person.folder / "live.txt"
    live.write_text(LIVE, encoding="utf-8")
    person.configure('[[source]]\nname = "harbour"\npath = "live.txt"\nevery = "1s"\n')
    feed = f"{person.base}/feeds/harbour.atom"
    said = person.does("start")
    try:
        assert feed in said
        until(
            lambda: titles(feed) == [title for _, title, _ in GOLD],
            "the updates are not in the feed",
        )
        with make_reader(":memory:") as reader:
            reader.add_feed(feed)
            reader.update_feed(feed)
            first = {entry.title: entry.id for entry in reader.get_entries()}

            live.write_text(
                LIVE.replace("Mar 02", UPDATE.format("The gate is shut") + "Mar 02", 1),
                encoding="utf-8",
            )
            until(lambda: len(titles(feed)) == 4, "what was added is not in the feed")
            text = live.read_text(encoding="utf-8")
            live.write_text(text.replace("at noon, its", "at two, its"), encoding="utf-8")
            until(
                lambda: "at two, its" in feedparser.parse(feed).entries[1].content[0].value,
                "the edit is not there",
            )
            reader.update_feed(feed)
            entries = {entry.title: entry.id for entry in reader.get_entries()}
            assert entries | first == entries, "an id has changed"
            assert set(entries) - set(first) == {"The gate is shut"}

        person.configure('[[source]]\nname = "harbour"\npath = "live.txt"\nevery = "1d"\n')
        pid = int((person.folder / "feeder.pid").read_text(encoding="ascii"))
        os.kill(pid, signal.SIGHUP)
        live.write_text(
            live.read_text(encoding="utf-8").replace("is shut", "is open again"), encoding="utf-8"
        )
        os.kill(pid, signal.SIGUSR1)
        until(lambda: "The gate is open again" in titles(feed), "SIGUSR1 does not refresh")
        assert "already running" in person.does("start", exits=1)
        (one,) = person.asks("refresh", "harbour")
        assert (one["outcome"], one["added"]) == ("unchanged", 0)

        person.does("remove", "harbour")
        until(
            lambda: httpx.get(f"{person.base}/api/sources", verify=False).json() == [],
            "it is still followed",
        )
        assert len(titles(feed)) == 4, "its feed stays"
    finally:
        person.does("stop")
    assert "not running" in person.does("stop", exits=1)
    token = (person.folder / "feeder.token").read_text(encoding="ascii").strip()
    assert token not in (person.folder / "feeder.log").read_text(encoding="utf-8")
    assert (person.folder / "feeder.token").stat().st_mode & 0o777 == 0o600


def test_a_process_number_that_another_program_has_now_is_not_ours(person: Person) -> None:
    """As after a power cut: the file of the process is still there."""
    person.configure("")
    (person.folder / "feeder.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
    assert "not running" in person.does("stop", exits=1)
