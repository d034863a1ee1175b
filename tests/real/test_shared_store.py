"""What goes wrong between machines and their PostgreSQL: each is told in words, and heals."""

from __future__ import annotations

import itertools
import signal
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from injecting import AWAY
from loopback import Answer, Asked, answer, page
from pipeline import live, post
from running import PATIENCE, Daemon, until
from sqlalchemy import create_engine, text
from test_clock_set import WallClock
from test_trouble import sickness

from feeder.scale import jobs
from feeder.store import Store

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from loopback import Site

SOURCE = '[[source]]\nname = "gate"\nurl = "{}"\nevery = "{}"\nrespect_robots = false\n'


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Daemon]:
    yield from another(tmp_path, "worker")


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Daemon]:
    yield from another(tmp_path, "second")


def another(folder: Path, name: str) -> Iterator[Daemon]:
    (folder / name).mkdir()
    made = Daemon(folder / name)
    yield made
    made.kill()


@pytest.fixture
def keeper(server: Any) -> str:
    """The address of a database whose owner needs a password."""
    execute(
        server.get_uri(),
        "CREATE ROLE keeper LOGIN PASSWORD 'the right one'",
        "CREATE DATABASE kept OWNER keeper",
    )
    rules = Path(server.pgdata) / "pg_hba.conf"
    rules.write_text("local all keeper scram-sha-256\n" + rules.read_text())
    execute(server.get_uri(), "SELECT pg_reload_conf()")
    return f"postgresql://keeper:the%20right%20one@/kept?host={server.get_uri().partition('?host=')[2]}"


def execute(url: str, *statements: str) -> None:
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def configure(machine: Daemon, url: str, sources: str = "") -> None:
    machine.configure(sources, top=f'store = "{url}"')


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://feeder@127.0.0.1:9/feeder", "onnection refused"),
        ("postgresql://nobody:wrong@/postgres?host={0}", "nobody"),
        ("postgresql://postgres@/missing?host={0}", 'database "missing" does not exist'),
    ],
    ids=["no server", "nobody by that name", "no database"],
)
def test_a_machine_that_cannot_have_its_store_says_why_and_ends(
    server: Any, daemon: Daemon, url: str, told: str
) -> None:
    configure(daemon, url.format(server.get_uri().partition("?host=")[2]))
    assert daemon.run("run").wait(PATIENCE) == 1
    assert told in daemon.log
    assert daemon.run("worker").wait(PATIENCE) == 1
    assert "Traceback" not in daemon.log
    assert "wrong" not in daemon.log


def test_a_wrong_password_is_told_and_not_shown(daemon: Daemon, keeper: str) -> None:
    configure(daemon, keeper.replace("right", "left"))
    for command in ("run", "worker", "status"):
        assert daemon.run(command).wait(PATIENCE) == 1
    assert daemon.log.count('password authentication failed for user "keeper"') == 3
    assert "left" not in daemon.log
    assert "Traceback" not in daemon.log


def test_while_the_server_has_no_connection_left_feeds_are_served_and_it_heals(
    server: Any, daemon: Daemon, there: Site, keeper: str
) -> None:
    there.serve("/live", page(live(post(1))))
    configure(daemon, keeper, SOURCE.format(there.url("/live"), "1s"))
    daemon.start()
    until(lambda: "Gate 1" in daemon.get("/feeds/gate.atom").text, "nothing is published")
    limit = "ALTER ROLE keeper CONNECTION LIMIT {}"
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'keeper'"
    execute(server.get_uri(), limit.format(0), cut)
    until(lambda: "too many connections" in sickness(daemon), "health does not say why")
    assert "Gate 1" in daemon.get("/feeds/gate.atom").text
    there.serve("/live", page(live(post(2), post(1))))
    execute(server.get_uri(), limit.format(-1))
    until(lambda: "Gate 2" in daemon.get("/feeds/gate.atom").text, "it does not heal")
    until(lambda: not sickness(daemon), "health stays red")
    assert "Traceback" not in daemon.log


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Iterator[WallClock]:
    """The clock of a server that is started with it, where the server's user can read it."""
    with tempfile.TemporaryDirectory(prefix="feeder-clock-") as folder:
        Path(folder).chmod(0o755)
        yield WallClock(Path(folder), monkeypatch)


@pytest.mark.row("27")
@pytest.mark.skipif(AWAY, reason="no C compiler, or no Linux")
def test_a_database_whose_clock_is_set_back_keeps_nobody_waiting(
    request: pytest.FixtureRequest,
    wall: WallClock,
    monkeypatch: pytest.MonkeyPatch,
    daemon: Daemon,
    there: Site,
) -> None:
    server = request.getfixturevalue("server")
    monkeypatch.undo()  # the daemon has the true time
    there.serve("/live", page(live(post(1))))
    there.serve("/hook", answer(500), answer(204))
    push = f'[push]\nwebhooks = ["{there.url("/hook")}"]\n'
    configure(daemon, server.get_uri(), push + SOURCE.format(there.url("/live"), "1s"))
    daemon.start()
    until(lambda: there.of("/hook"), "nothing is told")
    wall.set(timedelta(days=-1))
    there.serve("/live", page(live(post(2), post(1))))
    until(lambda: "Gate 2" in daemon.get("/feeds/gate.atom").text, "it is not read again")
    until(lambda: len(there.of("/hook")) > 2, "who could not be told is not told")
    told = [asked.body for asked in there.of("/hook")]
    assert told[0] == told[1]
    assert b"Gate 2" in told[2]
    assert daemon.log.count("the clock of the database was set back") == 1
    assert "Traceback" not in daemon.log


@pytest.mark.row("27")
@pytest.mark.skipif(AWAY, reason="no C compiler, or no Linux")
def test_machines_whose_clocks_are_minutes_apart_lose_nothing_and_read_nothing_twice(
    server: Any,
    daemon: Daemon,
    second: Daemon,
    worker: Daemon,
    there: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there.serve("/live", page(live(post(1))))
    for machine in (daemon, second):
        configure(machine, server.get_uri(), SOURCE.format(there.url("/live"), "2s"))
    configure(worker, server.get_uri())
    daemon.process = daemon.run("run", "--no-worker")
    until(daemon.healthy, "the daemon does not answer")
    behind = ((second, timedelta(minutes=-5), "run"), (worker, timedelta(minutes=5), "worker"))
    for machine, shift, command in behind:
        with monkeypatch.context() as patch:
            WallClock(machine.folder, patch).set(shift)
            machine.process = machine.run(command)
    for number in range(2, 6):
        posts = [post(n) for n in range(number, 0, -1)]
        there.serve("/live", page(live(*posts)))
        for machine in (daemon, second):
            shown = f"Gate {number} "
            until(
                lambda machine=machine, shown=shown: shown in machine.get("/feeds/gate.atom").text,  # type: ignore[misc]
                f"update {number} is not published",
            )
    machines = daemon.get("/api/machines").json()["machines"]
    assert [machine["gone"] for machine in machines] == [False] * 3
    moments = [asked.at for asked in there.of("/live")]
    assert min(b - a for a, b in itertools.pairwise(moments)) > 1
    with Store.open(server.get_uri()) as store:
        found = store.source("gate")
        assert found
        assert [entry.revision for entry in store.entries(found[0].id)] == [1] * 5


def test_a_worker_needs_a_store_that_is_shared(daemon: Daemon) -> None:
    daemon.configure("")
    assert daemon.run("worker").wait(PATIENCE) == 2
    assert daemon.run("run", "--no-worker").wait(PATIENCE) == 2
    assert "PostgreSQL" in daemon.log


def test_a_store_of_a_newer_version_is_left_alone(server: Any, daemon: Daemon) -> None:
    Store.open(server.get_uri()).close()
    execute(server.get_uri(), "UPDATE alembic_version SET version_num = '9999'")
    configure(daemon, server.get_uri())
    assert daemon.run("worker").wait(PATIENCE) == 1
    assert "was written by a newer version of feeder" in daemon.log


def test_while_the_store_can_only_be_read_feeds_are_served_and_it_heals(
    server: Any, daemon: Daemon, there: Site
) -> None:
    there.serve("/live", page(live(post(1))))
    configure(daemon, server.get_uri(), SOURCE.format(there.url("/live"), "1s"))
    daemon.start()
    until(lambda: "Gate 1" in daemon.get("/feeds/gate.atom").text, "nothing is published")
    readonly = "ALTER DATABASE postgres SET default_transaction_read_only = {}"
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    execute(server.get_uri(), readonly.format("on"), cut + " AND datname = 'postgres'")
    until(lambda: sickness(daemon), "health stays green")
    assert "Gate 1" in daemon.get("/feeds/gate.atom").text
    there.serve("/live", page(live(post(2), post(1))))
    url = server.get_uri() + "&options=-cdefault_transaction_read_only%3Doff"
    execute(url, readonly.format("off"), cut + " AND datname = 'postgres'")
    until(lambda: "Gate 2" in daemon.get("/feeds/gate.atom").text, "it does not heal")
    until(lambda: not sickness(daemon), "health stays red")
    assert "Traceback" not in daemon.log


def test_a_worker_that_was_stopped_past_its_claim_stores_nothing_of_what_it_read(
    server: Any, daemon: Daemon, worker: Daemon, there: Site
) -> None:
    old, new = live(post(1)), live(post(2), post(1, "Crews at the gate went home."))
    there.serve("/live", slow(old, worker), page(new))
    configure(daemon, server.get_uri(), SOURCE.format(there.url("/live"), "1d"))
    configure(worker, server.get_uri())
    worker.process = worker.run("worker")
    until(lambda: "Reading" in worker.log, "the worker does not start")
    daemon.process = daemon.run("run", "--no-worker")
    until(lambda: there.of("/live"), "nothing is read")
    expire = "UPDATE standings SET next_due = 1 WHERE claimed_by IS NOT NULL"
    execute(server.get_uri(), expire)
    daemon.stop()
    daemon.start()  # with a worker of its own
    until(lambda: "Gate 2" in daemon.get("/feeds/gate.atom").text, "nobody else reads it")
    worker.send(signal.SIGCONT)
    until(lambda: "another process reads it" in worker.log, "the late read is not told")
    with Store.open(server.get_uri()) as store:
        found = store.source("gate")
        assert found
        assert [entry.revision for entry in store.entries(found[0].id)] == [1, 1]


def test_the_jobs_of_a_worker_that_is_gone_are_taken_by_one_that_is_running(
    server: Any, daemon: Daemon
) -> None:
    configure(daemon, server.get_uri())
    daemon.start()
    with Store.open(server.get_uri()) as store:
        with store.database.writing() as connection:
            jobs.defer(connection, [{"claim": "of nobody", "reads": [(1, 0.0)]}])
            connection.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))

        def left() -> object:
            with store.database.reading() as connection:
                return connection.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar()

        until(lambda: left() == 0, "nobody does it")
    assert "Traceback" not in daemon.log


def slow(body: bytes, worker: Daemon) -> Answer:
    """A page whose reader stands still from the moment that it was asked for."""

    async def say(asked: Asked, writer: asyncio.StreamWriter) -> None:
        worker.send(signal.SIGSTOP)
        await page(body)(asked, writer)

    return say
