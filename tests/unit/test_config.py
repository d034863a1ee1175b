"""config.toml: what may stand in it, what it means, and how mistakes in it are told."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.config import (
    KINDS,
    Settings,
    duration,
    duration_text,
    load,
    name_for,
    parse,
    resolve_secret,
    source_settings,
)
from feeder.config.settings import (
    Api,
    BundleSettings,
    RequestSettings,
    Select,
    SourceOptions,
    SourceSettings,
)
from feeder.config.values import crontab, http, pattern, size, valid_name, valid_page, zone
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from pydantic import BaseModel

TOP = Path(__file__).parents[2]
FILE = Path("/etc/feeder/config.toml")
SOURCE = '[[source]]\nname = "a"\nurl = "https://example.org/live"\n'


def of(text: str) -> Settings:
    return parse(text.encode(), FILE)


# ----------------------------------------------------------------------------------------- mistakes

# text, the line and key that are named, and what is said of it
MISTAKES = [
    # keys
    ('sotre = "x"', 1, "sotre", "is not a known key; did you mean 'store'?"),
    (
        '\n[serve]\nlisen = "127.0.0.1:80"',
        3,
        "serve.lisen",
        "is not a known key; did you mean 'listen'?",
    ),
    ('[fetch]\ntimeuot = "2s"', 2, "fetch.timeuot", "is not a known key; did you mean 'timeout'?"),
    (
        "[fetch]\nzzz = 1",
        2,
        "fetch.zzz",
        "is not a known key; known keys are allow_private, ca_file",
    ),
    ("[wat]\nx = 1", 1, "wat", "is not a known key; known keys are base_url, bundle, defaults"),
    (SOURCE + 'evry = "5m"', 4, "source 'a': evry", "is not a known key; did you mean 'every'?"),
    (
        SOURCE + SOURCE.replace('"a"', '"b"') + "kep = 3",
        7,
        "source 'b': kep",
        "did you mean 'keep'?",
    ),
    (SOURCE + 'adaptive = { mni = "1m" }', 4, "source 'a': adaptive.mni", "did you mean 'min'?"),
    (
        SOURCE + "[source.request]\nheader = {}",
        5,
        "source 'a': request.header",
        "did you mean 'headers'?",
    ),
    (
        SOURCE + '[source.select]\nupdates = "li"',
        5,
        "source 'a': select.updates",
        "did you mean 'update'?",
    ),
    ('[defaults]\nname = "a"', 2, "defaults.name", "belongs in each [[source]], not in [defaults]"),
    ('[defaults]\nkepe = "a"', 2, "defaults.kepe", "is not a known key; did you mean 'keep'?"),
    ('fingerprint = "0"', 1, "fingerprint", "is not a known key"),
    # values of the outer tables
    (
        'store = "mysql://x"',
        1,
        "store",
        'must be "sqlite:///FILE" or "postgresql://USER@HOST/NAME"',
    ),
    ('base_url = "https://example.org/?x"', 1, "base_url", 'without user, "?" or "#"'),
    (
        'base_url = "https://a:b@example.org/"',
        1,
        "base_url",
        'must be just "https://host/path"',
    ),
    ("base_url = 5", 1, "base_url", "must be text in quotes, not 5"),
    ("output = 5", 1, "output", "must be text in quotes, not 5"),
    ('[serve]\nread = "open"\ntoken = "a b"', 3, "serve.token", "without spaces"),
    ('[fetch]\nmax_bytes = "0KB"', 2, "fetch.max_bytes", "must be more than 0"),
    ('\n[fetch]\nca_file = "a\\u0000b"', 3, "fetch.ca_file", "must not contain the character NUL"),
    (
        '\n[push]\nhubs = ["self", "\\u0000"]',
        3,
        "push.hubs[1]",
        "must not contain the character NUL",
    ),
    ('[keep]\nentries = "0d"', 2, "keep.entries", 'must be "forever" or at least "1d"'),
    ('[source]\nname = "a"', 1, "source", "must be tables that begin with [[source]]"),
    (
        'base_url = "example.org"',
        1,
        "base_url",
        'must be an address that begins with "http://" or "https://"',
    ),
    (
        '[serve]\nlisten = "8000"',
        2,
        "serve.listen",
        'must be "host:port", such as "127.0.0.1:8000"',
    ),
    ('[serve]\nlisten = "127.0.0.1:99999"', 2, "serve.listen", 'must be "host:port"'),
    ('[serve]\nread = "closed"', 2, "serve.read", "must be 'open' or 'token', not 'closed'"),
    ('[serve]\nread = "token"\ntoken = 5', 3, "serve.token", "must be text in quotes, not 5"),
    (
        '[fetch]\ntimeout = "fast"',
        2,
        "fetch.timeout",
        'must be a duration such as "500ms", "30s", "5m"',
    ),
    ('[fetch]\ntimeout = "1h"', 2, "fetch.timeout", 'must be between "100ms" and "10m"'),
    (
        '[fetch]\nmax_bytes = "10 apples"',
        2,
        "fetch.max_bytes",
        'must be a size such as "512KB", "10MB" or "2GB"',
    ),
    ('[fetch]\nuser_agent = "a\\r\\nb"', 2, "fetch.user_agent", "must be one line"),
    (
        '[push]\nhubs = ["hub.example"]',
        2,
        "push.hubs",
        'must be an address that begins with "http://"',
    ),
    (
        '[push]\nwebhooks = ["x"]',
        2,
        "push.webhooks[0]",
        'must be an address that begins with "http://"',
    ),
    ("[keep]\npages = -1", 2, "keep.pages", "must be 0 or more, not -1"),
    ('[keep]\nentries = "for ever"', 2, "keep.entries", "must be 'forever' or a duration such as"),
    # sources
    ('[[source]]\nurl = "https://example.org/"', 1, "[[source]] 1: name", "is missing"),
    ('[[source]]\nname = "a"', 1, "source 'a'", 'needs a "url" or a "path"'),
    (
        '[[source]]\nname = "A b"\nurl = "http://e.org"',
        2,
        "source 'A b': name",
        "must be 1 to 64 of the characters a-z",
    ),
    (
        '[[source]]\nname = "status"\nurl = "http://e.org"',
        2,
        "source 'status': name",
        "is reserved: index, feeds, status",
    ),
    (
        '[[source]]\nname = "a-digest"\nurl = "http://e.org"',
        2,
        "source 'a-digest': name",
        "is reserved",
    ),
    (
        '[[source]]\nname = "a"\nurl = "ftp://e.org"',
        3,
        "source 'a': url",
        'must be an address that begins with "http://"',
    ),
    (
        '[[source]]\nname = "a"\nurl = "http://me:pw@e.org"',
        3,
        "source 'a': url",
        "must not contain a password",
    ),
    (
        SOURCE + 'timezone = "Europe/Pairs"',
        4,
        "source 'a': timezone",
        "did you mean 'Europe/Paris'?",
    ),
    (
        SOURCE + 'extract = "magic"',
        4,
        "source 'a': extract",
        "must be 'auto', 'jsonld', 'microdata'",
    ),
    (SOURCE + 'extract = "select"', 1, "source 'a'", "needs a table [source.select]"),
    (SOURCE + 'extract = "api"', 1, "source 'a'", "needs a table [source.api]"),
    (
        SOURCE + '[source.api]\nitems = "a["',
        5,
        "source 'a': api.items",
        "is not valid JMESPath: Incomplete expression",
    ),
    (SOURCE + '[source.select]\nupdate = ""', 5, "source 'a': select.update", "must not be empty"),
    (SOURCE + 'every = "soon"', 4, "source 'a': every", "must be 'adaptive' or a duration such as"),
    (
        SOURCE + 'every = "1ms"',
        4,
        "source 'a': every",
        'must be "adaptive" or between "1s" and "31d"',
    ),
    (SOURCE + 'cron = "61 * * * *"', 4, "source 'a': cron", "must be five cron fields"),
    (
        SOURCE + 'adaptive = { min = "2h", max = "1h" }',
        4,
        "source 'a': adaptive",
        'must have a "min" of at least "1s"',
    ),
    (SOURCE + "keep = 0", 4, "source 'a': keep", "must be 1 or more, not 0"),
    (SOURCE + 'keep = "200"', 4, "source 'a': keep", "must be a whole number, not '200'"),
    (
        SOURCE + 'content = "all"',
        4,
        "source 'a': content",
        "must be 'full', 'excerpt' or 'link', not 'all'",
    ),
    (
        SOURCE + 'edits = "on"',
        4,
        "source 'a': edits",
        "must be 'inplace', 'new' or 'off', not 'on'",
    ),
    (SOURCE + 'digest = "2h"', 4, "source 'a': digest", "must be '', '1h' or '1d', not '2h'"),
    (SOURCE + 'include = ["("]', 4, "source 'a': include", "is not a valid pattern"),
    (SOURCE + 'include = "a"', 4, "source 'a': include", "must be a list in brackets, not 'a'"),
    (SOURCE + "keep = true", 4, "source 'a': keep", "must be a whole number, not true"),
    (SOURCE + "keep = 20000", 4, "source 'a': keep", "must be 10000 or less, not 20000"),
    (
        SOURCE + 'respect_robots = "no"',
        4,
        "source 'a': respect_robots",
        "must be true or false, not 'no'",
    ),
    (SOURCE + "timezone = 1", 4, "source 'a': timezone", "must be text in quotes, not 1"),
    (SOURCE + "select = 1", 4, "source 'a': select", "must be a table, not 1"),
    (
        SOURCE + f'title = ["{"x" * 99}"]',
        4,
        "source 'a': title",
        f"must be text in quotes, not ['{'x' * 58}…",
    ),
    (
        SOURCE + '[source.select]\nupdate = "div[["',
        5,
        "source 'a': select.update",
        "must be a CSS selector, not 'div[['",
    ),
    (
        SOURCE + '[source.request]\nauth = "me:pw"',
        5,
        "source 'a': request.auth",
        "must not be the secret itself; refer to it as",
    ),
    (
        SOURCE + '[source.request]\ncookies = { a = "b" }',
        5,
        "source 'a': request.cookies",
        "must not hold the secret 'a' itself",
    ),
    (
        SOURCE + '[source.request]\nheaders = { Authorization = "Bearer x" }',
        5,
        "source 'a': request.headers",
        "must not hold the secret 'Authorization' itself",
    ),
    (
        SOURCE + '[source.request]\nheaders = { "a b" = "x" }',
        5,
        "source 'a': request.headers",
        "has a name that is not valid in HTTP: 'a b'",
    ),
    (
        SOURCE + '[source.request]\nheaders = { A = "x\\ny" }',
        5,
        "source 'a': request.headers",
        "must be one line",
    ),
    # names
    (SOURCE + SOURCE, 5, "source 'a': name", "is used twice; choose another"),
    (SOURCE + '[[bundle]]\nname = "a"', 5, "bundle 'a': name", "is used twice; choose another"),
    (
        SOURCE + '[[bundle]]\nname = "b"\nsources = ["aa"]',
        6,
        "bundle 'b': sources",
        "names a source that does not exist, 'aa'; did you mean 'a'?",
    ),
    ('[[bundle]]\nname = "index"', 2, "bundle 'index': name", "is reserved"),
    # what cannot both be
    (SOURCE + 'every = "5m"\ncron = "0 9 * * *"', 1, "source 'a'", 'both "every" and "cron"'),
    (
        SOURCE + '[source.select]\nupdate = "li"',
        1,
        "source 'a'",
        'has a table [source.select], which needs extract = "select"',
    ),
    (
        SOURCE + 'extract = "blocks"\n[source.api]\nitems = "a"',
        1,
        "source 'a'",
        'has a table [source.api], which needs extract = "api"',
    ),
    (SOURCE + 'language = "deutsch"', 4, "source 'a': language", "must be a language tag"),
    (
        SOURCE + 'date_order = "dym"',
        4,
        "source 'a': date_order",
        "must be '', 'dmy', 'mdy' or 'ymd'",
    ),
    ('[log]\nlevel = "loud"', 2, "log.level", "must be 'debug', 'info', 'warning' or 'error'"),
    ('[log]\nformat = "xml"', 2, "log.format", "must be 'auto', 'text' or 'json', not 'xml'"),
    ('[serve]\nhosts = ["http://a"]', 2, "serve.hosts[0]", "must be a host name such as"),
    # a value of [defaults] is told once, where it stands
    ("[defaults]\nkeep = 0\n" + SOURCE, 2, "defaults.keep", "must be 1 or more, not 0"),
    (
        SOURCE.replace('name = "a"\n', "") + SOURCE,
        1,
        "[[source]] 1: name",
        "is missing",
    ),
]


@pytest.mark.parametrize(
    ("text", "line", "key", "said"), MISTAKES, ids=[f"{m[2]}: {m[3][:30]}" for m in MISTAKES]
)
def test_a_mistake_is_told_with_file_line_key_and_what_is_allowed(
    text: str, line: int, key: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        of(text)
    first = str(caught.value).splitlines()[0]
    assert first.startswith(f"{FILE}:{line}: {key}"), first
    assert said in first, first


def test_several_mistakes_are_told_together() -> None:
    with pytest.raises(ConfigError) as caught:
        of('stroe = "x"\n[fetch]\ntimeout = 5\n')
    told = [line.split(": ")[1].split()[0] for line in str(caught.value).splitlines()]
    assert told == ["stroe", "fetch.timeout"]


def test_a_wrong_default_is_told_once_however_many_sources_take_it() -> None:
    with pytest.raises(ConfigError) as caught:
        of("[defaults]\nkeep = 0\n" + SOURCE + SOURCE.replace('"a"', '"b"'))
    assert str(caught.value).splitlines() == [f"{FILE}:2: defaults.keep must be 1 or more, not 0"]


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"store = ", "is not TOML"), (b"\xff\xfe", "is not UTF-8"), (b"a = 1\na = 2", "is not TOML")],
)
def test_a_file_that_is_no_toml_is_told(data: bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=rf"config\.toml(:\d)?: {said}"):
        parse(data, FILE)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file; --config names another one"):
        load(tmp_path / "config.toml")
    with pytest.raises(ConfigError, match="is a folder; name the file in it"):
        load(tmp_path)


def test_mistakes_in_values_that_stand_in_no_file_are_sentences() -> None:
    with pytest.raises(ConfigError) as caught:
        source_settings({"name": "a", "url": "https://e.org", "every": "x", "nme": 1})
    said = str(caught.value)
    assert "every must be" in said
    assert "nme is not a known key; did you mean 'name'?" in said


def test_what_cannot_both_be_is_refused_outside_a_file_too() -> None:
    values = {"name": "a", "url": "https://e.org", "every": "5m", "cron": "@hourly"}
    with pytest.raises(ConfigError, match='the source must not have both "every" and "cron"'):
        source_settings(values)


# ------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("5m", 300), ("2h", 7200), ("1d", 86400), ("1.5h", 5400)],
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "wrong", ["", "5", "5 weeks", "-5s", 5, None, "9" * 400 + "d", "1e3s", "٣s x"]
)
def test_what_is_no_duration(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"must be a duration|too long"):
        duration(wrong)


@given(st.integers(1, 10**12))
def test_a_duration_is_written_as_it_is_read(milliseconds: int) -> None:
    value = timedelta(milliseconds=milliseconds)
    assert duration(duration_text(value)) == value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("512KB", 512 << 10),
        ("10MB", 10 << 20),
        ("2GB", 2 << 30),
        ("7B", 7),
        ("1.5kb", 1536),
        (9, 9),
    ],
)
def test_sizes(text: object, number: int) -> None:
    assert size(text) == number


@pytest.mark.parametrize("wrong", ["", "10", "10 TB", True, None, "-1KB"])
def test_what_is_no_size(wrong: object) -> None:
    with pytest.raises(ValueError, match="must be a size"):
        size(wrong)


@pytest.mark.parametrize("good", ["http://a", "https://a.org:8443/x?y=1#z", "http://[::1]:8000/"])
def test_addresses(good: str) -> None:
    assert http(good) == good == valid_page(good)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "a.org",
        "file:///etc/passwd",
        "javascript:1",
        "http://",
        "http://a b",
        "http://a:x",
        "http://[::1",
    ],
)
def test_what_is_no_address(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        http(wrong)


@pytest.mark.parametrize(
    "wrong", ["EST5", "Mars/Phobos", "../etc/passwd", "/etc/localtime", "a\0b"]
)
def test_what_is_no_zone(wrong: str) -> None:
    with pytest.raises(ValueError, match="must be an IANA time zone"):
        zone(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        "  ",
        "* * * *",
        "* * * * * *",
        "x * * * *",
        "0 25 * * *",
        "0 0 * * 8",
        "0 0 30 2 *",
        "@reboot",
    ],
)
def test_what_is_no_cron_line(wrong: str) -> None:
    with pytest.raises(ValueError, match="must be five cron fields"):
        crontab(wrong)


@pytest.mark.row("57")
@pytest.mark.parametrize("wrong", ["(", "a{2001}", r"(a)\1", "(?=a)"])
def test_what_is_no_pattern(wrong: str, capfd: pytest.CaptureFixture[str]) -> None:
    """What cannot be matched in linear time is refused, and no library prints beside us."""
    with pytest.raises(ValueError, match="is not a valid pattern"):
        pattern(wrong)
    assert capfd.readouterr() == ("", "")


@pytest.mark.row("58")
@pytest.mark.parametrize(
    "wrong", ["", "A", "a/b", "..", "a" * 65, "a\n", "ä", "index", "feeds", "status", "x-digest"]
)
def test_what_is_no_name(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"must be 1 to 64|is reserved"):
        valid_name(wrong)


@pytest.mark.parametrize(
    ("url", "taken", "name"),
    [
        ("https://www.example.org/news/live.html", (), "example-org-live"),
        ("https://example.org/", (), "example-org"),
        ("https://example.org/", ("example-org", "example-org-2"), "example-org-3"),
        ("https://status/", (), "status-feed"),
        ("https://example.org/daily-digest", (), "example-org-daily-digest-feed"),
        ("https://xn--bcher-kva.example/x", (), "xn-bcher-kva-example-x"),
        ("https://-/", (), "source"),
    ],
)
def test_a_name_is_made_of_an_address(url: str, taken: tuple[str, ...], name: str) -> None:
    assert name_for(url, taken) == name


@given(st.text(st.characters(codec="ascii"), max_size=90), st.text(max_size=40))
def test_a_made_name_is_always_a_valid_one(host: str, path: str) -> None:
    host = re.sub(r"[^a-z0-9.-]", "", host.lower()) or "a"
    assert valid_name(name_for(f"https://{host}/{path}", {"a", "a-2"}))


# ------------------------------------------------------------------------------ the whole of a file


def test_an_empty_file_is_the_defaults() -> None:
    settings = of("")
    assert settings.store == "sqlite:////etc/feeder/feeder.db"
    assert settings.output == Path("/etc/feeder/feeds")
    assert (settings.source, settings.bundle) == ((), ())
    assert settings.fetch.timeout == timedelta(seconds=20)
    assert settings.fetch.max_bytes == 10 << 20


def test_defaults_are_filled_into_sources_which_may_say_otherwise() -> None:
    text = (
        '[defaults]\nevery = "5m"\ntimezone = "Europe/Paris"\n'
        + SOURCE
        + 'every = "1m"\n'
        + SOURCE.replace('"a"', '"b"')
    )
    a, b = of(text).source
    assert (a.every, a.timezone) == (timedelta(minutes=1), "Europe/Paris")
    assert (b.every, b.timezone) == (timedelta(minutes=5), "Europe/Paris")


@pytest.mark.parametrize(
    ("default", "own", "schedule"),
    [
        ('cron = "0 9 * * 1"', 'every = "5m"', (timedelta(minutes=5), "")),
        ('every = "5m"', 'cron = "0 9 * * 1"', ("adaptive", "0 9 * * 1")),
    ],
)
def test_a_source_s_own_schedule_replaces_that_of_the_defaults(
    default: str, own: str, schedule: object
) -> None:
    (source,) = of(f"[defaults]\n{default}\n{SOURCE}{own}").source
    assert (source.every, source.cron) == schedule


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        ("", "http://127.0.0.1:8000"),
        ('[serve]\nlisten = "192.0.2.7:81"', "http://192.0.2.7:81"),
        ('[serve]\nlisten = "0.0.0.0:8000"', "http://127.0.0.1:8000"),
        ('[serve]\nlisten = "[::]:8000"', "http://[::1]:8000"),
        (
            'base_url = "https://feeds.example/a/"\n[serve]\nlisten = "a:1"',
            "https://feeds.example/a",
        ),
    ],
)
def test_the_public_address_is_the_one_listened_on_unless_it_is_set(
    lines: str, address: str
) -> None:
    assert of(lines).base_url == address


def test_the_sources_of_a_large_file_can_be_left_out(tmp_path: Path) -> None:
    one = SOURCE + 'include = [\n  "[a]",\n]\n'
    many = "".join(one.replace('"a"', f'"s{number}"') for number in range(4000))
    file = tmp_path / "config.toml"
    file.write_text(many + '[fetch]\ntimeout = "7s"\n', encoding="utf-8")
    whole, lean = load(file), load(file, sources=False)
    assert len(whole.source) == 4000
    assert lean == whole.model_copy(update={"source": ()})
    file.write_text(many + '[[bundle]]\nname = "all"\nsources = ["s7"]\n', encoding="utf-8")
    assert load(file, sources=False) == load(file)  # bundles name sources
    file.write_text(one, encoding="utf-8")
    assert load(file, sources=False) == load(file)  # it is small
    file.write_text(many + "[fetch]\nnonsense = 1", encoding="utf-8")
    with pytest.raises(ConfigError, match="nonsense is not a known key"):
        load(file, sources=False)


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "sub" / "config.toml"
    file.parent.mkdir()
    file.write_text(
        'store = "sqlite:///../x.db"\noutput = "out"\n[fetch]\nca_file = "ca.pem"\n'
        '[[source]]\nname = "a"\npath = "page.txt"\n'
        '[source.request]\ncookies = { s = "file:secret" }\n',
        encoding="utf-8",
    )
    settings = load(file)
    assert settings.store == f"sqlite:///{tmp_path}/x.db"
    assert settings.output == tmp_path / "sub/out"
    assert settings.fetch.ca_file == str(tmp_path / "sub/ca.pem")
    assert settings.source[0].path == str(tmp_path / "sub/page.txt")
    assert settings.source[0].request.cookies == {"s": f"file:{tmp_path}/sub/secret"}


def test_a_link_is_followed_when_it_is_read_but_a_store_is_one_by_whatever_name(
    tmp_path: Path,
) -> None:
    (tmp_path / "latest.txt").symlink_to("monday.txt")
    (tmp_path / "link.db").symlink_to("real.db")
    (tmp_path / "config.toml").write_text(
        'store = "sqlite:///link.db"\n[[source]]\nname = "a"\npath = "x/../latest.txt"\n',
        encoding="utf-8",
    )
    settings = load(tmp_path / "config.toml")
    assert settings.source[0].path == f"{tmp_path}/latest.txt"
    assert settings.store == f"sqlite:///{tmp_path.resolve()}/real.db"


def test_what_is_kept_beside_the_store() -> None:
    assert of('store = "sqlite:////var/lib/f.db"').beside_store(".log") == Path("/var/lib/f.log")
    assert of('store = "postgresql://x@y/z"').beside_store(".log") == Path("/etc/feeder/feeder.log")


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert parse(b"\xef\xbb\xbf" + SOURCE.encode(), FILE).source[0].name == "a"


def test_the_fingerprint_is_of_the_bytes_and_the_folder() -> None:
    assert of(SOURCE).fingerprint == of(SOURCE).fingerprint != of(SOURCE + "\n").fingerprint
    assert parse(SOURCE.encode(), Path("/srv/config.toml")).fingerprint != of(SOURCE).fingerprint


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [("127.0.0.1:80", "127.0.0.1", 80), ("[::1]:8000", "::1", 8000), ("x:0", "x", 0)],
)
def test_where_to_listen(listen: str, host: str, port: int) -> None:
    serve = of(f'[serve]\nlisten = "{listen}"').serve
    assert (serve.host, serve.port) == (host, port)


def test_secrets_come_from_the_environment_and_from_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARBOUR", "from the environment\n")
    (tmp_path / "s").write_text("from the file\n", encoding="utf-8")
    assert resolve_secret("env:HARBOUR") == "from the environment"
    assert resolve_secret(f"file:{tmp_path}/s") == "from the file"
    assert resolve_secret("plain: text") == "plain: text"


def test_a_secret_that_is_not_there_is_told_without_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HARBOUR", raising=False)
    with pytest.raises(ConfigError, match="the environment variable HARBOUR is not set"):
        resolve_secret("env:HARBOUR")
    with pytest.raises(ConfigError, match=r"the secret file .*/none cannot be read"):
        resolve_secret(f"file:{tmp_path}/none")


# --------------------------------------------------------------------------- config.toml at the top


def uncommented(text: str) -> str:
    """The file with the settings that it shows as comments."""
    return re.sub(r"^# (?=\[|[a-z_]+ = )", "", text, flags=re.MULTILINE)


def tables(raw: dict[str, Any]) -> list[tuple[dict[str, Any], type[BaseModel], str]]:
    """Each table of the file that shows all its keys, with its model."""
    by_name = [
        (raw[key], Settings.model_fields[key].annotation, key)
        for key in ("serve", "fetch", "log", "push", "keep")
    ]
    *_, harbour, register = raw["source"]
    return [
        (raw, Settings, "top"),
        *by_name,  # type: ignore[list-item]
        (raw["defaults"], SourceOptions, "defaults"),
        (harbour["request"], RequestSettings, "request"),
        (harbour["select"], Select, "select"),
        (register["api"], Api, "api"),
        (raw["bundle"][0], BundleSettings, "bundle"),
    ]  # type: ignore[return-value]


def test_the_file_at_the_top_shows_every_key() -> None:
    text = (TOP / "config.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(uncommented(text))
    apart: dict[str, set[str]] = {
        "top": {"fingerprint", "file"},
        "defaults": {"cron", "request", "select", "api"},
    }  # shown under a [[source]]
    for shown, model, name in tables(raw):
        assert set(shown) == set(model.model_fields) - apart.get(name, set()), name
    sources = {key for source in raw["source"] for key in source}
    assert sources | set(raw["defaults"]) == set(SourceSettings.model_fields)


def test_the_values_in_the_file_at_the_top_are_the_defaults() -> None:
    said = load(TOP / "config.toml")
    plain = parse(b"", TOP / "config.toml")
    assert said.model_dump(exclude={"source"}) == plain.model_dump(exclude={"source"})


def test_the_kinds_in_the_file_at_the_top_are_those_that_can_be_asked_for() -> None:
    text = (TOP / "config.toml").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("extract = "))
    assert re.findall(r"[a-z]+", line.partition("=")[2].replace("or", "")) == list(KINDS)


def test_what_the_file_at_the_top_shows_as_comments_is_sound(tmp_path: Path) -> None:
    text = uncommented((TOP / "config.toml").read_text(encoding="utf-8"))
    *_, harbour, register = parse(text.encode(), tmp_path / "config.toml").source
    assert (harbour.name, harbour.timezone) == ("harbour", "America/New_York")
    assert (register.name, register.extract) == ("register", "api")
