"""A store that is older than what was published learns from the published files, and mints no second id for an update."""

from __future__ import annotations

import random
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from loopback import Site, page
from pipeline import Pipeline, live, post

from feeder.errors import ConfigError, StoreError
from feeder.operations.restore import restore
from feeder.publish.publisher import Publisher
from feeder.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def without_id(number: int, text: str = "") -> dict[str, object]:
    return {key: value for key, value in post(number, text).items() if key != "@id"}


def edited(number: int, version: int) -> dict[str, object]:
    words = f"The warden of gate {number} now says, for the {version}th time, that it stays shut until noon."
    return without_id(number, words)


def restored(line: Pipeline, backup: Path) -> None:
    """The installation after `feeder restore`, with a store that is opened anew."""
    line.store.close()
    restore(line.settings, backup, datetime.now(UTC))
    line.store = Store.open(line.settings.store)


def copied_back(line: Pipeline, backup: Path) -> None:
    """The installation after somebody has put an old file in the place of the store."""
    line.store.close()
    for log in ("-wal", "-shm"):
        (line.folder / f"feeder.db{log}").unlink(missing_ok=True)
    shutil.copyfile(backup, line.folder / "feeder.db")
    line.store = Store.open(line.settings.store)


@pytest.mark.row("40")
@pytest.mark.parametrize("back", [restored, copied_back])
@pytest.mark.parametrize("seed", range(20))
def test_after_an_old_backup_no_update_has_a_second_id(
    line: Pipeline,
    there: Site,
    tmp_path: Path,
    seed: int,
    back: Callable[[Pipeline, Path], None],
) -> None:
    chance = random.Random(seed)
    line.configured(there.url("/live"))
    posts = {number: without_id(number) for number in range(6)}

    def read() -> dict[str, str]:
        there.serve("/live", page(live(*(posts[number] for number in sorted(posts, reverse=True)))))
        assert line.refresh().outcome in {"changed", "unchanged"}
        return {entry.published: entry.id for entry in line.feed().entries}

    read()
    line.store.backup(tmp_path / "old.db")
    for version in range(3):
        posts[len(posts)] = without_id(len(posts))
        for number in chance.sample(range(4, len(posts)), 2):
            posts[number] = edited(number, version)
        told = read()
    back(line, tmp_path / "old.db")
    posts[len(posts)] = without_id(len(posts))
    again = read()
    assert told.items() <= again.items()
    assert len(again) == len(told) + 1
    assert len(set(again.values())) == len(again)


@pytest.mark.row("40")
def test_what_was_learned_is_known_by_the_pages_own_id_whatever_else_has_changed(
    line: Pipeline, there: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    line.configured(there.url("/live"))
    posts = [post(number) for number in range(5, 0, -1)]
    there.serve("/live", page(live(*posts)))
    line.refresh()
    line.store.backup(tmp_path / "old.db")
    there.serve("/live", page(live(post(7), post(6), *posts)))
    line.refresh()
    told = {entry.published: entry.id for entry in line.feed().entries}
    copied_back(line, tmp_path / "old.db")
    other = "The mayor thanks all who filled bags, and sends them home to their families."
    rewritten = post(6, other, headline="Thanks to everyone")
    there.serve("/live", page(live(post(7), rewritten, *posts)))
    for turn in range(2):
        assert line.refresh().added == 0
        assert {entry.published: entry.id for entry in line.feed().entries} == told
        assert line.titles()[1] == "Thanks to everyone", turn
    assert caplog.text.count("learned again from the published feed: 2 entries") == 1


@pytest.mark.row("40")
def test_a_version_that_was_learned_is_one_of_its_update(
    line: Pipeline, there: Site, tmp_path: Path
) -> None:
    line.configured(there.url("/live"), 'edits = "new"')
    there.serve("/live", page(live(post(2), post(1))))
    line.refresh()
    line.store.backup(tmp_path / "old.db")
    other = "The mayor thanks all who filled bags, and sends them home to their families."
    there.serve("/live", page(live(post(2), post(1, other))))
    assert line.refresh().added == 1
    told = {entry.id: entry.summary for entry in line.feed().entries}
    copied_back(line, tmp_path / "old.db")
    there.serve("/live", page(live(post(3), post(2), post(1, other))))
    assert [line.refresh().added for _ in range(2)] == [1, 0]
    again = {entry.id: entry.summary for entry in line.feed().entries}
    assert told.items() <= again.items()
    there.serve("/live", page(live(post(3), post(2), post(1, f"{other} The tide falls again."))))
    assert line.refresh().added == 0
    versions = [change.entry.edit_of for change in line.store.changes(1) if change.entry.edit_of]
    assert len(set(versions)) == 1


@pytest.mark.row("40")
def test_an_old_store_does_not_publish_over_what_it_does_not_know(
    line: Pipeline, there: Site, tmp_path: Path
) -> None:
    line.configured(there.url("/live"))
    there.serve("/live", page(live(*(without_id(number) for number in range(3, 0, -1)))))
    line.refresh()
    line.store.backup(tmp_path / "old.db")
    there.serve("/live", page(live(*(without_id(number) for number in range(5, 0, -1)))))
    line.refresh()
    told = line.ids()
    assert len(told) == 5
    copied_back(line, tmp_path / "old.db")
    Publisher(line.settings, line.store).publish_missing(datetime.now(UTC), whole=True)
    assert line.ids() == told


@pytest.mark.row("40")
def test_what_was_forgotten_is_not_learned_again(line: Pipeline, there: Site) -> None:
    line.configured(there.url("/live"))
    there.serve("/live", page(live(*(without_id(number) for number in range(3, 0, -1)))))
    line.refresh()
    name = line.ids()["Gate 2 is closed"]
    line.store.forget(name, datetime.now(UTC))  # and killed before it was published
    assert name in line.ids().values()
    line.heal()
    assert name not in line.ids().values()
    there.serve("/live", page(live(*(without_id(number) for number in range(4, 0, -1)))))
    assert line.refresh().added == 1
    assert "Gate 2 is closed" not in line.titles()


@pytest.mark.row("40")
def test_a_published_file_that_cannot_be_read_back_keeps_no_source_from_being_read(
    line: Pipeline, there: Site
) -> None:
    line.configured(there.url("/live"))
    there.serve("/live", page(live(post(1))))
    line.refresh()
    (line.settings.output / "harbour.json").write_text("{", encoding="utf-8")
    there.serve("/live", page(live(post(2), post(1))))
    assert line.refresh().added == 1
    assert len(line.feed().entries) == 2


@pytest.mark.row("40")
def test_what_was_removed_since_the_backup_stays_removed(
    line: Pipeline, there: Site, tmp_path: Path
) -> None:
    line.configured(there.url("/live"))
    posts = [without_id(number) for number in range(8, 0, -1)]
    there.serve("/live", page(live(*posts)))
    line.refresh()
    line.store.backup(tmp_path / "old.db")
    del posts[3]
    for turn in range(3):
        there.serve("/live", page(live(*posts, description=f"read {turn}")))
        line.refresh()
    gone = line.feed("json")
    assert gone is not None
    before = line.ids()
    assert len(before) == 7
    restored(line, tmp_path / "old.db")
    assert line.ids() == before


@pytest.mark.row("40")
def test_another_feed_of_the_same_name_teaches_nothing(
    line: Pipeline, there: Site, tmp_path: Path
) -> None:
    line.configured(there.url("/live"))
    there.serve("/live", page(live(*(without_id(number) for number in range(5)))))
    line.refresh()
    line.store.backup(tmp_path / "old.db")
    atom = line.settings.output / "harbour.atom"
    other = "11111111-2222-3333-4444-555555555555"
    [(source, _)] = line.store.sources()
    atom.write_text(atom.read_text().replace(source.feed_id, other, 1))
    before = len(line.store.entries(source.id))
    restored(line, tmp_path / "old.db")
    assert len(line.store.entries(source.id)) == before


@pytest.mark.row("40")
@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"no database", StoreError, "is no backup of a feeder store"),
        (None, ConfigError, "there is no file"),
    ],
)
def test_what_is_no_backup_is_said_and_the_store_stays(
    line: Pipeline,
    there: Site,
    tmp_path: Path,
    content: bytes | None,
    error: type[Exception],
    words: str,
) -> None:
    line.configured(there.url("/live"))
    file = tmp_path / "backup.db"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(error, match=words):
        restore(line.settings, file, datetime.now(UTC))
    assert line.store.sources()


@pytest.mark.row("40", "26")
def test_a_store_that_a_daemon_holds_is_not_replaced(
    line: Pipeline, there: Site, tmp_path: Path
) -> None:
    line.configured(there.url("/live"))
    line.store.backup(tmp_path / "old.db")
    with (
        line.store.lock(line.settings.output),
        pytest.raises(StoreError, match="in use by another feeder"),
    ):
        restore(line.settings, tmp_path / "old.db", datetime.now(UTC))


@pytest.mark.row("40")
@pytest.mark.parametrize("back", [restored, copied_back])
def test_edits_alone_that_were_lost_are_learned_again_and_move_no_date_twice(
    line: Pipeline, there: Site, tmp_path: Path, back: Callable[[Pipeline, Path], None]
) -> None:
    line.configured(there.url("/live"))
    posts = [without_id(number) for number in range(5, 0, -1)]
    there.serve("/live", page(live(*posts)))
    line.refresh()
    line.store.backup(tmp_path / "old.db")
    posts[2] = edited(3, 2)
    there.serve("/live", page(live(*posts, description="later")))
    assert line.refresh().edited == 1
    told = [(entry.id, entry.updated, entry.content[0].value) for entry in line.feed().entries]
    back(line, tmp_path / "old.db")
    line.ahead = timedelta(hours=1)
    for turn in range(2):
        there.serve("/live", page(live(*posts, description=f"read {turn}")))
        line.refresh()
        assert [(e.id, e.updated, e.content[0].value) for e in line.feed().entries] == told
