"""Every call of the system that a refresh makes fails once, or is the last one: nothing is lost, doubled or half written.

In the spirit of SQLite's own tests: the n-th call fails, for n = 1, 2, 3 …, until a refresh meets no fault. A stride keeps
the run short; `make torture` takes every call (FEEDER_TORTURE=1).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from injecting import (
    AWAY,
    ECONNREFUSED,
    EIO,
    ENOSPC,
    Action,
    Breeder,
    Fault,
    Kind,
    assert_whole,
    breeding,
    build,
    ids_by_title,
)
from loopback import Site, page

if TYPE_CHECKING:
    from collections.abc import Iterator

TORTURE = bool(os.environ.get("FEEDER_TORTURE"))
STRIDE = 1 if TORTURE else 7
WRITE_STRIDE = 1 if TORTURE else 41
pytestmark = pytest.mark.skipif(AWAY, reason="there is no C compiler, or this is not Linux")

FAULTS = [
    (Kind.WRITE, Action.FAIL_ONCE, EIO),
    (Kind.WRITE, Action.FAIL_REST, ENOSPC),
    (Kind.WRITE, Action.KILL_BEFORE, 0),
    (Kind.WRITE, Action.KILL_AFTER, 0),
    (Kind.SYNC, Action.FAIL_ONCE, EIO),
    (Kind.SYNC, Action.KILL_BEFORE, 0),
    (Kind.SYNC, Action.KILL_AFTER, 0),
    (Kind.RENAME, Action.FAIL_ONCE, ENOSPC),
    (Kind.RENAME, Action.KILL_BEFORE, 0),
    (Kind.RENAME, Action.KILL_AFTER, 0),
    (Kind.REMOVE, Action.KILL_BEFORE, 0),
    (Kind.TRUNCATE, Action.FAIL_ONCE, EIO),
    (Kind.CONNECT, Action.FAIL_ONCE, ECONNREFUSED),
    (Kind.CONNECT, Action.KILL_BEFORE, 0),
]
UPDATE = """<article id="u{number}"><time datetime="2026-03-02T{hour:02}:{minute:02}:00Z">
{hour:02}:{minute:02}</time><h2>Gate {number} is {state}</h2><p>The keeper of lock {number} told the
harbour office by radio that the water had risen by {number} centimetres since the last tide, and that
no boat was to leave before noon.</p></article>"""


class Living:
    """A page that gains an update and has one edited at each step."""

    def __init__(self, there: Site) -> None:
        self.there = there
        self.count = 8
        self.edited = 0
        self._serve()

    @property
    def titles(self) -> list[str]:
        """What a careful reader knows, the newest first."""
        numbers = range(self.count, 0, -1)
        return [f"Gate {number} is {self._state(number)}" for number in numbers]

    def step(self) -> None:
        self.count += 1
        self.edited = self.count - 2
        self._serve()

    def _state(self, number: int) -> str:
        return "open" if number == self.edited else "shut"

    def _serve(self) -> None:
        updates = "".join(
            UPDATE.format(
                number=number,
                hour=8 + number // 60,
                minute=number % 60,
                state=self._state(number),
            )
            for number in range(self.count, 0, -1)
        )
        body = f"<html><title>Harbour</title><body><main>{updates}</main></body></html>"
        self.there.serve("/live", page(body.encode()))


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("injector"))


@pytest.fixture(scope="module")
def forking(library: Path) -> Iterator[Breeder]:
    with breeding(library) as made:
        yield made


@pytest.fixture
def living(there: Site) -> Living:
    return Living(there)


@pytest.fixture
def breeder(forking: Breeder, tmp_path: Path, there: Site, living: Living) -> Breeder:
    assert living
    config = tmp_path / "config.toml"
    source = f'[[source]]\nname = "harbour"\nurl = "{there.url("/live")}"\nevery = "1h"\n'
    fetch = (
        '[fetch]\nallow_private = true\nhost_interval = "0s"\nrespect_robots = false\n'
        'timeout = "5s"\n'
    )
    config.write_text(fetch + source, encoding="utf-8")
    forking.config = config
    return forking


@pytest.mark.row("21", "24", "25")
@pytest.mark.parametrize(
    ("kind", "action", "error"), FAULTS, ids=[f"{k.name}-{a.name}" for k, a, _ in FAULTS]
)
def test_whichever_call_fails_or_is_the_last_a_subscriber_loses_nothing(
    breeder: Breeder, living: Living, tmp_path: Path, kind: Kind, action: Action, error: int
) -> None:
    feeds = tmp_path / "feeds"
    assert breeder.refresh().code == 0
    known = ids_by_title(feeds, "harbour")
    assert list(known) == living.titles
    number, meetings = 1, 0
    stride = WRITE_STRIDE if kind is Kind.WRITE else STRIDE
    while True:
        living.step()
        before = ids_by_title(feeds, "harbour")
        fault = Fault(kind, number, action, error)
        ended = breeder.refresh(fault)
        meetings += ended.met
        assert_whole(feeds)
        during = ids_by_title(feeds, "harbour")
        _assert_ids_stay(before, during, fault)
        assert breeder.refresh().code == 0, fault
        assert_whole(feeds)
        after = ids_by_title(feeds, "harbour")
        assert list(after) == living.titles, fault
        _assert_ids_stay(during, after, fault)
        if not ended.met:
            break
        number += stride
    assert meetings, "no call was met: the injector does not work"


def _assert_ids_stay(before: dict[str, str], after: dict[str, str], fault: Fault) -> None:
    """By the gate's number, as headlines are edited."""
    gates = {title.split()[1]: id_ for title, id_ in after.items()}
    for title, id_ in before.items():
        assert gates.get(title.split()[1]) == id_, (str(fault), title)


@pytest.mark.row("40")
def test_the_same_pages_mint_the_same_ids_when_the_store_is_lost(
    breeder: Breeder, living: Living, tmp_path: Path
) -> None:
    feeds = tmp_path / "feeds"
    assert breeder.refresh().code == 0
    known = ids_by_title(feeds, "harbour")
    for file in tmp_path.glob("feeder.db*"):
        file.unlink()
    shutil.rmtree(feeds)
    assert breeder.refresh().code == 0
    assert ids_by_title(feeds, "harbour") == known
    assert list(known) == living.titles
