"""Mistakes that people make in the configuration and at the prompt: each is told what, where and what to do.

The rows read as a person meets them: what was written or typed, and the words of the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from feeder.cli import app

if TYPE_CHECKING:
    from pathlib import Path

PAGE = '[[source]]\nname = "a"\nurl = "https://e.example/live"\n'
WRITTEN = [
    # what was written, and what `feeder check` says of it
    ("x =", "config.toml:1: is not TOML: a value is missing or not one; text stands in quotes"),
    ("output = feeds", ":1: is not TOML: a value is missing or not one; text stands in quotes"),
    ("output = “feeds”", ":1: is not TOML: quotes must be straight, as in"),
    ('output = "feeds', ":1: is not TOML: a text"),
    ('output = "C:\\new"\nx = "C:\\users"', 'is not TOML: in "…" a backslash is written twice'),
    ("output: feeds", ":1: is not TOML: a key is followed by = and its value"),
    ("{}", ":1: is not TOML: this is neither KEY = VALUE nor a [table]"),
    ('output = "a" "b"', ":1: is not TOML: something stands behind the value"),
    ('output = "a"\noutput = "b"', ":2: is not TOML: the key stands twice; delete one of them"),
    ("[log]\n[log]", ":2: is not TOML: the table stands twice; make one of both"),
    ("[log", ":1: is not TOML: the name of a table has no ] at its end"),
    ('[serve]\nhosts = ["a"\n[log]', "is not TOML: a list has no ] at its end"),
    ("<<<<<<< yours\n=======", ":1: is not TOML: a merge was left half done; keep one version"),
    ('\ufeffstores = "x"', ":1: stores is not a known key; did you mean 'store'?"),
    ('[log]\r\n\tlevel = "loud"\r\n', ":2: log.level must be"),
    ('STORE = "x"', ":1: STORE is not a known key; did you mean 'store'?"),
    ('store = "feeder.db"', ':1: store must be "sqlite:///FILE" or "postgresql://USER@HOST/NAME"'),
    ('store = "sqlite:///"', ':1: store must be "sqlite:///FILE"'),
    ("output = 5", ":1: output must be text in quotes, not 5"),
    ("workers = 100", ":1: workers must be 64 or less, not 100"),
    ('base_url = "https://e.example/?a"', ':1: base_url must be just "https://host/path"'),
    ('base_url = "e.example"', ':1: base_url must be an address that begins with "http://"'),
    ("[serve]\nport = 80", ":2: serve.port is not a known key; known keys are hosts, listen"),
    ('[serve]\nlisten = "80"', ':2: serve.listen must be "host:port", such as "127.0.0.1:8000"'),
    ("[serve]\nlisten = 8000", ":2: serve.listen must be text in quotes, not 8000"),
    (
        '[serve]\nhosts = ["feeds.lan:80"]',
        ':2: serve.hosts[0] must be a host name such as "feeds.lan"',
    ),
    ('[fetch]\nproxy = "localhost:3128"', ":2: fetch.proxy must be an address such as"),
    ('[push]\nhubs = ["me"]', ':2: push.hubs[0] must be an address that begins with "http://"'),
    ('[defaults]\nname = "a"', ":2: defaults.name belongs in each [[source]]"),
    ('[keep]\npages = "20"', ":2: keep.pages must be a whole number, not '20'"),
    ('[keep]\npages_total = "2 gigs"', ':2: keep.pages_total must be a size such as "512KB"'),
    ('[log]\nlevel = "loud"', ":2: log.level must be 'debug', 'info', 'warning' or 'error'"),
    ('[fetch]\ntimeout = "fast"', ":2: fetch.timeout must be a duration such as"),
    ('[push]\nwebhooks = ["x"]', ":2: push.webhooks[0] must be an address that begins with"),
    ('[source]\nname = "a"', ":1: source must be tables that begin with [[source]]"),
    ('[[source]]\nname = "a"', ':1: source \'a\' needs a "url" or a "path"'),
    ('[[source]]\nurl = "https://e.example"', ":1: [[source]] 1: name is missing"),
    ('[[source]]\nname = "A b"', "name must be 1 to 64 of the characters a-z, 0-9 and -"),
    ('[[source]]\nname = "a/b"', "name must be 1 to 64 of the characters a-z, 0-9 and -"),
    ('[[source]]\nname = "Häfen"', "name must be 1 to 64 of the characters a-z, 0-9 and -"),
    ('[[source]]\nname = "a"\nurl = "e.example/x"', "did you mean https://e.example/x?"),
    ('[[source]]\nname = "a"\nurl = "https://me:pw@e.example"', "must not contain a password; use"),
    (PAGE + "edits = true", ":4: source 'a': edits must be 'inplace', 'new' or 'off', not true"),
    (PAGE + 'timezone = "EDT"', "an IANA time zone such as \"America/New_York\", not 'EDT'"),
    (PAGE + 'date_order = "dym"', "date_order must be '', 'dmy', 'mdy' or 'ymd', not 'dym'"),
    (PAGE + 'adaptive = { min = "2h", max = "1h" }', 'adaptive must have a "min" of at least'),
    (
        PAGE + 'extract = "api"\napi = { items = "[" }',
        ":5: source 'a': api.items is not valid JMESPath",
    ),
    (PAGE + PAGE, ":5: source 'a': name is used twice; choose another"),
    (PAGE + 'evry = "5m"', ":4: source 'a': evry is not a known key; did you mean 'every'?"),
    (PAGE + 'every = "5 min"', ":4: source 'a': every must be 'adaptive' or a duration such as"),
    (PAGE + 'every = "5m"\ncron = "0 9 * * *"', 'must not have both "every" and "cron"'),
    (PAGE + 'cron = "* * *"', 'cron must be five cron fields such as "*/10 6-23 * * *"'),
    (PAGE + 'timezone = "Europe/Pairs"', "timezone must be an IANA time zone such as"),
    (PAGE + 'extract = "select"', 'which needs a table [source.select] with at least "update"'),
    (PAGE + '[source.select]\nupdate = "li"', 'which needs extract = "select"'),
    (PAGE + '[source.request]\nauth = "me:pw"', "must not be the secret itself; refer to it as"),
    (PAGE + '[[bundle]]\nname = "b"\nsources = ["aa"]', "'aa'; did you mean 'a'?"),
]
TYPED = [
    # what was typed, the exit code, and what is said
    ("refrsh harbour", 2, "No such command 'refrsh'. Did you mean 'refresh'?"),
    ("list --jsn", 2, "No such option: --jsn (Possible options: --json)"),
    ("start extra", 2, "Got unexpected extra argument(s) (extra)"),
    ("--config . status", 2, ".: is a folder; name the file in it"),
    ("--config none.toml status", 2, "none.toml: there is no such file; --config names another"),
    ("status nobody", 2, "there is no source 'nobody'; there are council, harbour"),
    ("refresh harbor", 2, "there is no source 'harbor'; did you mean 'harbour'?"),
    ("accept nobody", 2, "there is no source 'nobody'"),
    ("rebuild nobody", 2, "there is no source 'nobody'"),
    ("history nobody", 2, "there is no source 'nobody'"),
    ("history harbour x", 2, "'x' in its id or title; `feeder history NAME` lists them all"),
    ("history harbour --at noon", 2, "--at 'noon': must be an instant such as 2026-03-02T13:04"),
    ("forget harbour x --yes", 2, "no update has 'x' in its id or title"),
    ("preview", 2, "Missing argument 'URL|FILE|NAME|-'"),
    ("preview nothere", 2, "nothere: cannot be read: there is no such file or source"),
    ("preview ftp://e.example", 2, 'url must be an address that begins with "http://"'),
    (
        "preview http://127.0.0.1/",
        1,
        "only read where a configuration file names it and has allow_",
    ),
    ("preview http://e.example:25/", 1, "port 25 is not one that web pages are read from"),
    ("preview live.txt --timezone Mars", 2, 'an IANA time zone such as "America/New_York"'),
    ("preview live.txt --language 12345", 2, "language must be a language tag such as"),
    ("preview live.txt --date-order dym", 2, "'dym' is not one of 'dmy', 'mdy', 'ymd'"),
    ("preview live.txt --extract magic", 2, "extract must be 'auto', 'jsonld', 'microdata'"),
    ("preview live.txt --select article", 2, "must be KEY=CSS, such as update=article"),
    ("preview live.txt --select update=[[", 2, "select.update must be a CSS selector, not '[['"),
    ("preview e.example/live", 2, "no such file or source; did you mean https://e.example/live?"),
    ("preview live.txt --url x", 2, "--url 'x': must be an address that begins with"),
    ("preview live.txt --select foo=x", 2, "select.foo is not a known key; known keys are author"),
    ("preview live.txt --at noon", 2, "--at 'noon': must be an instant such as"),
    ("add live.txt", 2, 'live.txt is a file: write a [[source]] with path = "live.txt" into the'),
    ("add e.example/live", 2, '"http://" or "https://"; did you mean https://e.example/live?'),
    ("add e.example", 2, 'url must be an address that begins with "http://" or "https://"'),
    ("add https://e.example/live", 2, "already followed as 'council'; give a --name to follow it"),
    ("add https://new.example --name Harbour", 2, "name must be 1 to 64 of the characters a-z"),
    ("add https://new.example --name harbour", 2, "'harbour' is taken; choose another with --name"),
    ("add https://new.example --name all", 2, "the name 'all' is taken; choose another"),
    ("add https://new.example --name index", 2, "name is reserved: index, feeds, status"),
    ("add https://new.example --every soon", 2, "every must be 'adaptive' or a duration such as"),
    ("add https://new.example --include (", 2, "include[0] is not a valid pattern: missing )"),
    ("remove all", 2, "there is no source 'all'; there are council, harbour"),
    ("rename nobody x", 2, "there is no source 'nobody'"),
    ("rename harbour council", 2, "there is already a source 'council'; choose another name"),
    ("rename harbour all", 2, "there is already a bundle 'all'; choose another name"),
    ("rename harbour Quay", 2, "the new name 'Quay' must be 1 to 64 of the characters a-z"),
    ("import none.opml", 2, "none.opml: cannot be read: No such file or directory"),
    ("import broken.opml", 2, "broken.opml: not OPML: Premature end of data"),
    ("import list.txt", 1, "list.txt:2: old.example must be an address that begins with"),
    ("backup .", 1, "is a folder; name the file that the copy goes into"),
    ("backup nowhere/copy.db", 1, "the copy nowhere/copy.db cannot be written"),
    ("restore none.db", 2, "there is no file none.db"),
    ("restore live.txt", 1, "live.txt is no backup of a feeder store"),
    ("copy-store none.db other.db", 2, "there is no store"),
    ("secret", 2, "say either the NAME of a feed or --webhooks"),
    ("secret nobody", 2, "there is no feed 'nobody'"),
    ("replay none.html --name harbour", 2, "none.html: there is no such file or folder"),
    ("replay live.txt --name nobody", 2, "there is no source 'nobody'"),
    ("init", 2, "live.txt is there already; nothing was written, choose another folder"),
    ("init config.toml", 2, "config.toml is a file; name a folder"),
    ("stop", 1, "not running; there is nothing to stop"),
    ("reload", 1, "not running; `feeder start` reads the configuration"),
    ("worker", 2, "a worker needs a store that machines share"),
    ("demo --speed 0", 2, "Invalid value for '--speed': '0' must be a number from 0.1 to 100"),
    ("demo --port x", 2, "Invalid value for '--port': 'x' must be a whole number from 0 to 65535"),
]
LIVE = "Harbour\n\nMar 02, 2026, 8:04 AM EST\n\nOne\n\nWords.\n\nMar 02, 2026, 7:04 AM EST\n\nTwo\n"
CONFIG = """
[[source]]
name = "harbour"
path = "live.txt"
[[source]]
name = "council"
url = "https://e.example/live"
[[bundle]]
name = "all"
sources = ["*"]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "live.txt").write_text(LIVE, encoding="utf-8")
    (tmp_path / "broken.opml").write_text("<opml>", encoding="utf-8")
    (tmp_path / "list.txt").write_text("https://g.example/\nftp://old.example\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("text", "told"), WRITTEN, ids=[text for text, _ in WRITTEN])
def test_a_mistake_in_the_file_is_told_with_file_line_key_and_what_is_allowed(
    folder: Path, text: str, told: str
) -> None:
    (folder / "config.toml").write_text(text, encoding="utf-8")
    said = CliRunner().invoke(app, ["check"])
    assert said.exit_code == 2
    assert said.output.startswith("feeder: config.toml:")
    assert told in said.output


@pytest.mark.parametrize(("typed", "code", "told"), TYPED, ids=[typed for typed, _, _ in TYPED])
def test_a_mistake_at_the_prompt_is_told_with_what_to_do(typed: str, code: int, told: str) -> None:
    said = CliRunner().invoke(app, typed.split())
    assert told in said.output
    assert said.exit_code == code
    assert not said.exception or isinstance(said.exception, SystemExit)
