"""What a running daemon takes of a changed configuration, and what it says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from feeder.config import load
from feeder.runtime import reloading
from feeder.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from feeder.config import Settings


def settings(folder: Path, text: str) -> Settings:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


@pytest.mark.parametrize(
    ("text", "changed", "waiting"),
    [
        ("", "", ""),
        ('base_url = "https://feeds.example"', "base_url", ""),
        ("[keep]\npages = 5", "keep", ""),
        ('[log]\nlevel = "debug"', "", "log"),
        ('[serve]\nlisten = "127.0.0.1:9000"', "", "serve"),
        ('output = "out"\n[push]\nhubs = ["self"]', "push", "output"),
    ],
)
def test_what_changed_is_noted_and_so_is_what_waits_for_a_start(
    tmp_path: Path, text: str, changed: str, waiting: str
) -> None:
    before, read = settings(tmp_path, ""), settings(tmp_path, text)
    with Store.open(f"sqlite:///{tmp_path}/feeder.db") as store:
        taken = reloading.keep_fixed(before, read)
        assert reloading.note_changes(store, before, read, taken) == waiting
        assert (store.get("settings_changed"), store.get("settings_of_next_start")) == (
            changed,
            waiting,
        )
        reloading.forget_changes(store)
        assert not store.get("settings_changed")
        assert not store.get("settings_of_next_start")


def test_an_address_that_follows_the_port_stays_until_the_port_is_changed(tmp_path: Path) -> None:
    before = settings(tmp_path, "")
    read = settings(tmp_path, '[serve]\nlisten = "127.0.0.1:9000"')
    assert reloading.keep_fixed(before, read).base_url == "http://127.0.0.1:8000"
    told = settings(tmp_path, 'base_url = "https://feeds.example"')
    assert reloading.keep_fixed(before, told).base_url == "https://feeds.example"
    assert reloading.keep_fixed(told, read).base_url == "http://127.0.0.1:8000"
