"""The configuration file edited for its user."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.config import load
from feeder.config.edit import Texts, edit, with_renamed, with_sources, without_source
from feeder.errors import ConfigError

TEXT = """# my feeds
base_url = "http://127.0.0.1:8000"   # behind nothing

[[source]]
name = "harbour"                     # the old one
url = "https://example.org/live"
[source.request]
headers = { X-One = "1" }

# a comment between

[[source]]
name = "council"
url = "https://example.org/council"

[[bundle]]
name = "all"
sources = ["harbour", "council"]
"""

NAMES = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)
TITLES = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
SOURCES = st.lists(
    st.builds(
        lambda name, title: {"name": name, "url": f"https://e.org/{name}", "title": title},
        NAMES,
        TITLES,
    ),
    max_size=3,
    unique_by=lambda source: source["name"],
)


def raw(text: str) -> list[dict[str, Any]]:
    return tomllib.loads(text).get("source", [])


def comments(text: str) -> list[str]:
    return [line[line.index("#") :] for line in text.splitlines() if "#" in line]


def test_a_source_is_added_at_the_end_and_nothing_else_is_touched() -> None:
    after = with_sources(TEXT, [{"name": "new", "url": 'https://e.org/?a=1&b="2"', "every": "5m"}])
    assert after.startswith(TEXT.rstrip("\n"))
    assert raw(after)[-1] == {"name": "new", "url": 'https://e.org/?a=1&b="2"', "every": "5m"}


def test_a_source_is_added_to_an_empty_file() -> None:
    assert with_sources("", [{"name": "a", "url": "https://e.org"}]) == (
        '[[source]]\nname = "a"\nurl = "https://e.org"\n'
    )


def test_a_source_is_taken_out_with_its_tables_and_its_place_in_bundles() -> None:
    after = without_source(TEXT, "harbour")
    assert [source["name"] for source in raw(after)] == ["council"]
    assert tomllib.loads(after)["bundle"][0]["sources"] == ["council"]
    assert "X-One" not in after
    assert comments(after) == ["# my feeds", "# behind nothing", "# a comment between"]


def test_what_looks_like_a_table_in_a_string_does_not_confuse_the_removal() -> None:
    text = (
        '[[source]]\nname = "a"\nurl = "https://e.org"\ntitle = """\n[x]\n[[source]]\n"""\n' + TEXT
    )
    text = text.replace('base_url = "http://127.0.0.1:8000"', "")
    assert raw(without_source(text, "a")) == raw(TEXT)
    assert raw(without_source(text, "harbour"))[1:] == raw(TEXT)[1:]


def test_the_reference_in_the_file_at_the_top_survives_the_removal_of_its_source() -> None:
    text = (Path(__file__).parents[2] / "config.toml").read_text(encoding="utf-8")
    after = without_source(text, "sample")
    assert [c for c in comments(text) if c not in comments(after)] == [
        "# a-z, 0-9 and -: the feed's file name",
        '# or: url = "https://example.org/live"',
    ]


def test_the_last_source_can_be_taken_out() -> None:
    after = without_source(without_source(TEXT, "council"), "harbour")
    assert "source" not in tomllib.loads(after)
    assert tomllib.loads(after)["bundle"][0]["sources"] == []


def test_a_source_gets_another_name_where_it_stands() -> None:
    after = with_renamed(TEXT, "harbour", "port")
    assert after == TEXT.replace('"harbour"', '"port"').replace(
        "                     # the", "                     # the"
    )
    assert comments(after) == comments(TEXT)


@pytest.mark.parametrize(
    "change", [without_source, lambda text, name: with_renamed(text, name, "x")]
)
def test_a_text_that_does_not_name_the_source_stays_as_it_is(change: Any) -> None:
    assert change(TEXT, "nope") == TEXT
    assert change("# nothing\n\n\n", "nope") == "# nothing\n\n\n"


@settings(max_examples=15, deadline=None)
@given(SOURCES, st.data())
def test_sources_added_renamed_and_taken_out_leave_the_file_as_it_was(
    added: list[dict[str, str]], data: st.DataObject
) -> None:
    text = with_sources(TEXT, added)
    assert raw(text)[2:] == added
    names = [source["name"] for source in added]
    for name in data.draw(st.permutations(names)):
        new = data.draw(NAMES.filter(lambda name: name not in {"harbour", "council", *names}))
        text = without_source(with_renamed(text, name, new), new)
    assert tomllib.loads(text) == tomllib.loads(TEXT)
    assert comments(text) == comments(TEXT)


# ----------------------------------------------------------------------------------------- the file


ADDED = {"name": "pool", "url": "https://example.org/pool"}


def add(texts: Texts) -> Texts:
    return texts._replace(added=with_sources(texts.added, [ADDED]))


def test_what_is_added_stands_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TEXT, encoding="utf-8")
    _, written = edit(file, add)
    assert written == (tmp_path / "sources.toml",)
    assert file.read_text(encoding="utf-8") == TEXT
    assert [source.name for source in load(file).source] == ["harbour", "council", "pool"]


def test_sources_that_were_added_need_no_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    edit(file, add)
    assert not file.exists()
    assert [source.name for source in load(file).source] == ["pool"]


def test_a_change_of_either_file_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TEXT, encoding="utf-8")
    before = load(file).fingerprint
    edit(file, add)
    assert load(file).fingerprint != before


def test_what_is_added_has_the_defaults_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[defaults]\nkeep = 7\n", encoding="utf-8")
    edit(file, add)
    assert [source.keep for source in load(file).source] == [7]


def test_a_change_that_would_be_unsound_leaves_both_files_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TEXT, encoding="utf-8")
    edit(file, add)
    before = (tmp_path / "sources.toml").read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match="is used twice"):
        edit(file, add)
    assert (tmp_path / "sources.toml").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("main", "added", "told"),
    [
        ("", '[[source]]\nname = "a"\nurl = "https://e.org"\nevry = "5m"\n', "sources.toml:4: "),
        (TEXT, '\n[[source]]\nname = "harbour"\nurl = "https://e.org"\n', "sources.toml:3: "),
        ("", "[serve]\n", "sources.toml:1: serve belongs in config.toml"),
        ("", '[source]\nname = "a"\n', "sources.toml:1: source must be tables that begin with"),
        ("", "[[source]\n", "sources.toml:1: is not TOML"),
        ("\nkeep = = 1\n", "", "config.toml:2: is not TOML"),
        ("\n[keep]\npages = -1\n", "# none yet\n", "config.toml:3: keep.pages must be 0 or more"),
        (
            "[defaults]\nkeep = 0\n",
            '[[source]]\nname = "a"\nurl = "https://e.org"\n',
            "config.toml:2",
        ),
    ],
)
def test_a_mistake_is_told_with_the_file_and_line_that_it_stands_in(
    tmp_path: Path, main: str, added: str, told: str
) -> None:
    (tmp_path / "config.toml").write_text(main, encoding="utf-8")
    (tmp_path / "sources.toml").write_text(added, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "config.toml")
    assert told in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_the_file_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TEXT, encoding="utf-8")
    file.chmod(0o600)
    edit(file, lambda texts: texts._replace(main=with_renamed(texts.main, "harbour", "port")))
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "config.toml"
    real.write_text(TEXT, encoding="utf-8")
    link.symlink_to(real)
    edit(link, lambda texts: texts._replace(main=with_renamed(texts.main, "harbour", "port")))
    assert link.is_symlink()
    assert '"port"' in real.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda texts: texts._replace(
                main=with_sources(texts.main, [{"name": "council", "url": "https://e.org"}])
            ),
            "source 'council': name is used twice",
        ),
        (
            lambda texts: texts._replace(
                main=with_sources(texts.main, [{"name": "x", "url": "nowhere"}])
            ),
            "must be an address",
        ),
        (
            lambda texts: texts._replace(main=with_renamed(texts.main, "council", "Not A Name")),
            "must be 1 to 64",
        ),
    ],
)
def test_a_change_that_would_be_a_mistake_leaves_the_file_alone(
    tmp_path: Path, change: Any, said: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(TEXT, encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        edit(file, change)
    assert file.read_text(encoding="utf-8") == TEXT
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("broken", [b"a = \n", b"\xff\xfe"])
def test_a_file_that_cannot_be_understood_is_left_alone(tmp_path: Path, broken: bytes) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(broken)
    with pytest.raises(ConfigError, match=r"config\.toml"):
        edit(file, lambda texts: texts._replace(main=with_renamed(texts.main, "a", "b")))
    assert file.read_bytes() == broken
