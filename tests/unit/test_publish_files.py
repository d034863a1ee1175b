"""Files: whole or not at all, untouched where nothing changed, and compressed beside."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from making_feeds import entry, feed, rendered

from feeder.errors import StoreError
from feeder.publish import (
    publish,
    publish_archive,
    sweep,
    unpublish,
    unpublish_archive,
)
from feeder.publish.files import compress, write


def stamps(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_three_formats_each_with_its_gzip(tmp_path: Path) -> None:
    changed = publish(feed(*rendered(entry(1))), tmp_path / "out")
    assert [path.name for path in changed] == ["harbour.atom", "harbour.rss", "harbour.json"]
    for path in changed:
        assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()) == path.read_bytes()
        assert path.stat().st_mode & 0o777 == 0o644
    assert len(list((tmp_path / "out").iterdir())) == 6


def test_an_equal_feed_touches_nothing(tmp_path: Path) -> None:
    made = feed(*rendered(entry(1)))
    publish(made, tmp_path)
    before = stamps(tmp_path)
    assert publish(made, tmp_path) == ()
    assert stamps(tmp_path) == before


def test_gzip_is_a_function_of_the_bytes() -> None:
    data = b"harbour " * 10_000
    assert compress(data) == compress(data)
    assert compress(data)[4:8] == bytes(4)  # MTIME


def test_what_a_crash_or_a_hand_left_is_healed(tmp_path: Path) -> None:
    made = feed(*rendered(entry(1)))
    publish(made, tmp_path)
    (tmp_path / "harbour.rss.gz").unlink()
    (tmp_path / "harbour.atom").write_bytes(b"<feed>")
    assert {path.name for path in publish(made, tmp_path)} == {"harbour.atom", "harbour.rss"}
    assert publish(made, tmp_path) == ()


def test_two_versions_of_one_second_have_two_dates(tmp_path: Path) -> None:
    """Last-Modified counts whole seconds."""
    path = tmp_path / "harbour.atom"
    dates = []
    for number in (1, 2, 3):
        publish(feed(*rendered(entry(number))), tmp_path)
        dates.append(int(path.stat().st_mtime))
    assert len(set(dates)) == 3
    assert dates == sorted(dates)


@pytest.mark.row("58")
def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (tmp_path / "a").symlink_to(outside)
    write([("a", b"new")], tmp_path)
    assert (outside.read_text(), (tmp_path / "a").read_bytes()) == ("mine", b"new")
    assert not (tmp_path / "a").is_symlink()


def test_who_is_reading_a_file_gets_the_rest_of_it_although_it_is_replaced(tmp_path: Path) -> None:
    write([("a", b"the old words")], tmp_path)
    with (tmp_path / "a").open("rb", buffering=0) as reader:
        assert reader.read(4) == b"the "
        write([("a", b"others and more of them")], tmp_path)
        assert reader.read() == b"old words"


def test_an_archive_document_is_rewritten_alone(tmp_path: Path) -> None:
    items = rendered(*(entry(number) for number in range(1, 201)))
    made = feed(sealed=2)
    publish_archive(made, 1, items[:100], tmp_path)
    publish_archive(made, 2, items[100:], tmp_path)
    before = stamps(tmp_path)
    [edited] = rendered(entry(150, title="Corrected"))
    publish_archive(made, 1, items[:100], tmp_path)
    publish_archive(made, 2, [*items[100:149], edited, *items[150:]], tmp_path)
    after = stamps(tmp_path)
    assert {name for name in after if after[name] != before[name]} == {
        f"harbour/0002.{form}{gz}" for form in ("atom", "json") for gz in ("", ".gz")
    }


def test_a_sealed_document_does_not_change_with_what_comes_later(tmp_path: Path) -> None:
    items = rendered(*(entry(number) for number in range(1, 101)))
    publish_archive(feed(*items, sealed=1), 1, items, tmp_path)
    later = feed(*items, *rendered(entry(300)), sealed=2)
    assert publish_archive(later, 1, items, tmp_path) == ()


def test_what_is_no_longer_published_is_gone(tmp_path: Path) -> None:
    items = rendered(entry(1))
    publish(feed(*items), tmp_path)
    publish(feed(*items, name="harbour-two"), tmp_path)
    publish_archive(feed(sealed=2), 1, items, tmp_path)
    publish_archive(feed(sealed=2), 2, items, tmp_path)
    unpublish_archive("harbour", 1, tmp_path)
    assert min(path.name for path in (tmp_path / "harbour").iterdir()) == "0002.atom"
    unpublish("harbour", tmp_path)
    assert {path.name.partition(".")[0] for path in tmp_path.iterdir()} == {"harbour-two"}


def test_half_written_files_are_swept_away(tmp_path: Path) -> None:
    publish_archive(feed(sealed=1), 1, rendered(entry(1)), tmp_path)
    leftovers = [tmp_path / ".tmp-abc", tmp_path / "harbour" / ".tmp-def"]
    for path in leftovers:
        path.write_bytes(b"half")
    sweep(tmp_path)
    assert not any(path.exists() for path in leftovers)
    assert (tmp_path / "harbour" / "0001.atom").exists()


def in_a_process(code: str, *arguments: str, **options: Any) -> str:
    """The output of `code` in a process of its own, with the limits that it sets itself."""
    helpers = str(Path(__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": helpers}
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        **options,
    )
    return run.stdout


PUBLISH = """
import os, resource, sys
from pathlib import Path
from typing import Any
from feeder.errors import StoreError
from feeder.publish import publish
from making_feeds import entry, feed, rendered
items = rendered(*(entry(n) for n in range(1, int(sys.argv[2]))))
exec(sys.argv[3])
try:
    publish(feed(*items), Path(sys.argv[1]))
except StoreError as error:
    print(error)
"""


@pytest.mark.row("21")
def test_a_full_disk_leaves_the_old_feeds(tmp_path: Path) -> None:
    """The bound on the size of files stands for it: a write comes back short, then fails."""
    in_a_process(PUBLISH, str(tmp_path), "5", "")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    said = in_a_process(
        PUBLISH, str(tmp_path), "500", "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))"
    )
    assert "cannot write to the output folder: file too large" in said
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_without_permission_is_told_in_words() -> None:
    with (
        tempfile.TemporaryDirectory() as open_to_all
    ):  # pytest's own folders are closed to other users
        folder = Path(open_to_all) / "out"
        in_a_process(PUBLISH, str(folder), "5", "")
        folder.parent.chmod(0o755)
        folder.chmod(0o555)
        become = "os.seteuid(65534)" if os.geteuid() == 0 else ""  # nothing is forbidden to root
        assert "folder: permission denied" in in_a_process(PUBLISH, str(folder), "9", become)
        folder.chmod(0o755)
        assert len(list(folder.iterdir())) == 6


@pytest.mark.parametrize("what", ["a file", "nothing to make it in"])
def test_a_folder_that_is_none_is_told_in_words(tmp_path: Path, what: str) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" if what == "a file" else tmp_path / "file" / "out"
    with pytest.raises(StoreError, match="cannot write to the output folder: not a directory"):
        publish(feed(*rendered(entry(1))), folder)
