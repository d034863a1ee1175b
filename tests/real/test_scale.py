"""Several machines on one PostgreSQL, any of which may die at any moment."""

from __future__ import annotations

import asyncio
import itertools
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from loopback import page
from pipeline import live, post
from running import Daemon, until

from feeder.config import parse
from feeder.operations.oneshot import refresh_here
from feeder.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from loopback import Site

EVERY = 3  # seconds between two reads of a page
NAMES = [f"gate{number}" for number in range(6)]
RUN, SERVE, WORK = ("run",), ("run", "--no-worker"), ("worker",)
STEPS = 12


class Pages:
    """Live blogs that only grow, each update with an id of its own."""

    def __init__(self, there: Site) -> None:
        self.there = there
        self.posts: dict[str, list[dict[str, Any]]] = {name: [] for name in NAMES}
        for name in NAMES:
            self.add(name)

    def add(self, name: str) -> None:
        posts = self.posts[name]
        posts.insert(0, post(len(posts) + 1))
        self.there.serve(f"/{name}", page(live(*posts, title=f"A day at {name}")))

    def titles(self) -> dict[str, list[str]]:
        return {name: [one["headline"] for one in posts] for name, posts in self.posts.items()}

    def sources(self) -> str:
        table = '[[source]]\nname = "{0}"\nurl = "{1}"\nevery = "{2}s"\nrespect_robots = false\n'
        return "".join(table.format(name, self.there.url(f"/{name}"), EVERY) for name in NAMES)


class Fleet:
    """Two that schedule and serve, one that does all, and three workers."""

    def __init__(self, folder: Path, store: str, sources: str) -> None:
        self.roles = dict(zip("abcdef", (RUN, SERVE, SERVE, WORK, WORK, WORK), strict=True))
        self.machines: dict[str, Daemon] = {}
        for name, role in self.roles.items():
            (folder / name).mkdir()
            machine = self.machines[name] = Daemon(folder / name)
            machine.configure("" if role == WORK else sources, top=f'store = "{store}"')

    def start(self, name: str) -> None:
        self.machines[name].process = self.machines[name].run(*self.roles[name])

    def serves(self, name: str) -> dict[str, list[str]]:
        """The ids in each feed of a machine; nothing while it starts."""
        self.revive()
        found = {}
        with suppress(httpx.HTTPError):
            for page in NAMES:
                answer = self.machines[name].get(f"/feeds/{page}.json").raise_for_status()
                found[page] = sorted(item["id"] for item in answer.json()["items"])
        return found

    def revive(self) -> None:
        """Starts again what could not start without its database, as a service manager does."""
        for name, machine in self.machines.items():
            if machine.process and machine.process.poll() is not None:
                self.start(name)

    def kill(self) -> None:
        for machine in self.machines.values():
            machine.kill()


def known(store: Store) -> dict[str, dict[str, str]]:
    """Of each source, the titles of its entries with their ids; a title that came twice is told apart."""
    found: dict[str, dict[str, str]] = {}
    for source, _ in store.sources():
        titles: dict[str, str] = {}
        for entry in store.entries(source.id):
            assert entry.content.title not in titles, f"doubled: {entry.content.title}"
            titles[entry.content.title] = entry.id
        found[source.name] = titles
    return found


def read_alone(folder: Path, sources: str) -> dict[str, dict[str, str]]:
    """What one process makes of the pages, in SQLite."""
    folder.mkdir()
    head = '[fetch]\nallow_private = true\nhost_interval = "0s"\n'
    settings = parse((head + sources).encode(), folder / "config.toml")
    asyncio.run(refresh_here(settings, []))
    with Store.open(settings.store) as store:
        return known(store)


@pytest.mark.row("24", "26")
def test_machines_that_die_at_random_lose_nothing_double_nothing_and_read_nothing_twice(
    tmp_path: Path, server: Any, there: Site
) -> None:
    pages, chance = Pages(there), random.Random(16)
    Store.open(server.get_uri()).close()
    fleet = Fleet(tmp_path, server.get_uri(), pages.sources())
    try:
        for name in fleet.machines:
            fleet.start(name)
        until(lambda: len(there.asked) >= len(NAMES), "nothing is read")
        for step in range(STEPS):
            pages.add(chance.choice(NAMES))
            if step == STEPS // 2:
                server.stop()
                server.ensure_postgres_running()
            elif step % 4 == 3:
                victim = chance.choice(list(fleet.machines))
                fleet.machines[victim].kill()
                fleet.start(victim)
            fleet.revive()
            before = len(there.asked)
            until(lambda before=before: len(there.asked) > before + 1, "reading has stopped")  # type: ignore[misc]
        with Store.open(server.get_uri()) as store:
            until(lambda: titles(known(store)) == sorted_titles(pages), "updates are lost")
            together = known(store)
        feeds = {page: sorted(shown.values()) for page, shown in together.items()}
        until(lambda: all(fleet.serves(name) == feeds for name in "abc"), "feeds differ")
    finally:
        fleet.kill()
    assert shortest_pause(there) > EVERY / 2
    assert together == read_alone(tmp_path / "alone", pages.sources())
    logs = "".join(machine.log for machine in fleet.machines.values())
    assert "Traceback" not in logs


def titles(found: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    return {name: sorted(entries) for name, entries in found.items()}


def sorted_titles(pages: Pages) -> dict[str, list[str]]:
    return {name: sorted(shown) for name, shown in pages.titles().items()}


def shortest_pause(there: Site) -> float:
    moments = {name: [asked.at for asked in there.of(f"/{name}")] for name in NAMES}
    pauses = [b - a for times in moments.values() for a, b in itertools.pairwise(times)]
    return min(pauses)
