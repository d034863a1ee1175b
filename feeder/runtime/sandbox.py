"""Extraction in processes of its own, so that a page that hangs or crashes costs only a worker.

What a worker does, and what it may not do, stands in sandboxed.py.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Self

import msgspec

from feeder.errors import ExtractError
from feeder.runtime.sandboxed import Reply, received, send, too_much

if TYPE_CHECKING:
    from feeder.model import Document, Rules, Snapshot

_SECONDS = 10.0  # of processor time for one page; the slowest real one takes a tenth of a second
_PATIENCE = 4  # times as long on the clock, on a machine that has other things to do
_MEMORY = 1 << 30  # bytes of address space; ten times the largest page's tree
_SPARE = 60.0  # seconds without work after which a worker is ended, but for the last one
_MOST = 4  # workers by default: more would wait for the daemon's own part of their pages
_PIPE = 1 << 20  # bytes; a page goes through in one piece, where the system's 64 KB would take ten


class Sandbox:
    """Use as `async with Sandbox() as sandbox: await sandbox.extract(document, rules)`."""

    def __init__(
        self,
        workers: int = 0,
        seconds: float = _SECONDS,
        memory: int = _MEMORY,
        spare: float = _SPARE,
    ) -> None:
        """Takes the most processes that read pages; 0: one for each core, four at most."""
        workers = workers or min(os.cpu_count() or 1, _MOST)
        self._spare = spare
        self._ending: asyncio.Task[None] | None = None
        self._limits = (seconds, memory)
        self._room = asyncio.Semaphore(workers)
        self._idle: list[_Worker] = []
        self._starting: list[asyncio.Task[_Worker]] = []  # which nobody waits for

    async def __aenter__(self) -> Self:
        self._starting.append(self._start())  # half a second, while other things start too
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._ending is not None:
            self._ending.cancel()
        for start in self._starting:
            self._idle.append(await start)
        for worker in self._idle:
            await asyncio.to_thread(worker.stop)
        self._starting.clear()
        self._idle.clear()

    async def extract(self, document: Document, rules: Rules) -> Snapshot:
        """Returns what `feeder.extract.extract` returns, from a worker.

        Raises:
            ExtractError: there is no snapshot, or the page took too much time or memory.
        """
        job = pickle.dumps((document, rules), protocol=5)
        async with self._room:
            reply = await self._ask_worker(job) or await self._ask_worker(job)
        if reply is None or reply.bug:
            raise RuntimeError(
                reply.bug if reply else "workers for extraction end before they do anything"
            )
        if reply.snapshot is None:
            raise ExtractError(reply.problem, state=reply.state)
        return reply.snapshot

    async def _ask_worker(self, job: bytes) -> Reply | None:
        """Returns a worker's reply, or None where the worker had ended before it was asked."""
        worker = self._idle.pop() if self._idle else await self._take_started()
        try:
            async with asyncio.timeout(self._limits[0] * _PATIENCE):
                reply = await asyncio.to_thread(worker.ask, job)
        except TimeoutError:
            worker.kill()
            return Reply(problem=too_much(f"more than {self._limits[0] * _PATIENCE:g} s"))
        except BaseException:
            worker.kill()
            raise
        if worker.ended:
            worker.stop()
        else:
            self._rest(worker)
        return reply

    def _rest(self, worker: _Worker) -> None:
        """Keeps a worker for the next page. The last one that worked is the first to work again."""
        worker.idle_since = time.monotonic()
        self._idle.append(worker)
        if len(self._idle) > 1 and self._ending is None:
            self._ending = asyncio.create_task(self._end_spare(), name="end spare workers")

    async def _end_spare(self) -> None:
        """Ends workers, 30 MB each, that a burst of pages needed, when they are needed no more."""
        while len(self._idle) > 1:
            left = self._idle[0].idle_since + self._spare - time.monotonic()
            if left > 0:
                await asyncio.sleep(left)
            else:
                await asyncio.to_thread(self._idle.pop(0).stop)
        self._ending = None

    async def _take_started(self) -> _Worker:
        start = self._starting.pop() if self._starting else self._start()
        try:
            return await asyncio.shield(start)
        except asyncio.CancelledError:
            self._starting.append(start)  # a process comes of it all the same: the next page's
            raise

    def _start(self) -> asyncio.Task[_Worker]:
        return asyncio.create_task(asyncio.to_thread(_Worker, *self._limits))


class _Worker:
    """A child process and its two pipes."""

    def __init__(self, seconds: float, memory: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- ourselves
            [sys.executable, "-P", "-m", "feeder.runtime.sandboxed", str(seconds), str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=_PIPE,
            process_group=0,  # Ctrl-C is for the daemon, which then ends its workers
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        self._asking = threading.Lock()
        self.idle_since = 0.0  # on the monotonic clock
        received(self._from)  # it is ready; from here on its time is counted

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def ask(self, job: bytes) -> Reply | None:
        with self._asking:
            return self._ask(job)

    def _ask(self, job: bytes) -> Reply | None:
        try:
            send(self._to, job)
            answer = received(self._from)
        except (OSError, ValueError):
            answer = b""
        if answer:
            return msgspec.msgpack.decode(answer, type=Reply)
        code = self._process.wait()
        return Reply(problem=_crash(-code)) if code else None

    def stop(self) -> None:
        """Ends a worker that is idle or has ended; it sees the end of its input."""
        _close(self._to)
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.wait()
        _close(self._from)

    def kill(self) -> None:
        """Ends a worker at once; a thread that listens to it sees the end of its output."""
        self._process.kill()
        with self._asking:
            self.stop()


def _crash(number: int) -> str:
    if number == signal.SIGPROF:
        return too_much("too much processor time")
    name = signal.Signals(number).name if number in set(signal.Signals) else f"exit code {-number}"
    return (
        f"the page crashed the process that read it ({name});"
        " other pages are not affected, and it will be tried again"
    )


def _close(pipe: IO[bytes]) -> None:
    with suppress(OSError):  # what was not sent yet
        pipe.close()
