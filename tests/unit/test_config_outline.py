"""A large file is read without its sources, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeder.config import load
from feeder.config.outline import LARGE, outline
from feeder.errors import ConfigError
from feeder.operations.sync_config import synchronise
from feeder.store import Store

HEAD = '[serve]\nlisten = "127.0.0.1:9000"\n'
SOURCE = """[[source]] # one
name = "s{}"
url = "https://example.org/{}"
include = [
  "[a]",
]
[source.request]
headers = {{}}
"""
TAIL = '[fetch]\ntimeout = "7s"\n'


def written(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def many(count: int = 3000) -> str:
    return HEAD + "".join(SOURCE.format(n, n) for n in range(count)) + TAIL


def test_all_but_the_sources_is_as_in_the_whole(tmp_path: Path) -> None:
    file = written(tmp_path, many())
    whole, found = load(file), outline(file)
    assert len(whole.source) == 3000
    assert found == whole.model_copy(update={"source": ()})
    assert found.fingerprint == whole.fingerprint


@pytest.mark.parametrize(
    "text",
    [
        many(3),
        many() + '[[bundle]]\nname = "all"\n',
        many() + 'proxy = """\n[[source]]\n"""\n',
        many() + "nonsense = 1\n",
        many() + "[[[",
        "source = [\n"
        + '{name = "a", url = "https://example.org/"},\n' * (LARGE // 40)
        + "[serve]\n",
    ],
    ids=["small", "bundles", "strings of several lines", "unknown key", "no TOML", "an array"],
)
def test_whatever_is_doubtful_is_left_to_the_whole_reading(tmp_path: Path, text: str) -> None:
    assert outline(written(tmp_path, text)) is None
    assert outline(tmp_path / "missing.toml") is None


def test_the_sources_that_an_outline_leaves_out_are_read_where_the_file_has_changed(
    tmp_path: Path,
) -> None:
    file, now = written(tmp_path, many()), datetime(2026, 3, 2, tzinfo=UTC)
    with Store.open(f"sqlite:///{tmp_path}/feeder.db") as store:

        def added() -> int:
            settings = outline(file)
            assert settings is not None
            return len(synchronise(store, settings, now).added)

        assert (added(), added(), len(store.names())) == (3000, 0, 3000)
        written(tmp_path, many(3001))
        assert added() == 1
        written(tmp_path, many() + '[[source]]\nname = "s1"\nurl = "https://example.org/"\n')
        with pytest.raises(ConfigError, match="'s1' is used twice"):
            added()
        assert len(store.names()) == 3001
