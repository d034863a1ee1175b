"""Extraction in processes of its own, so that a page that hangs or crashes costs only a worker.

A worker is this module run as a program. It gets pickled pages over a pipe and answers in
MessagePack, which, unlike a pickle, can do its reader no harm if a page took over the writer. Its
processor time for each page and its memory are limited, and it may write no file; the kernel ends
it otherwise, even when nobody watches.
"""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

import msgspec

from feeder import extract
from feeder.errors import ExtractError, Failing
from feeder.model import Snapshot  # noqa: TC001 -- msgspec resolves the annotations when it decodes

if TYPE_CHECKING:
    from feeder.model import Document, Rules

_SECONDS = 10.0  # of processor time for one page; the slowest real one takes a tenth of a second
_PATIENCE = 4  # times as long on the clock, on a machine that has other things to do
_MEMORY = 1 << 30  # bytes of address space; ten times the largest page's tree
_SWOLLEN = 300 << 20  # bytes of resident memory, beyond which a worker is replaced after its answer
_SPARE = 60.0  # seconds without work after which a worker is ended, but for the last one
_MOST = 4  # workers by default: more would wait for the daemon's own part of their pages
_PIPE = 1 << 20  # bytes; a page goes through in one piece, where the system's 64 KB would take ten
_HEAD = 8  # bytes: the length of what follows


class Reply(msgspec.Struct, array_like=True):
    """A worker's answer: a snapshot, or why there is none, or the traceback of a bug."""

    snapshot: Snapshot | None = None
    problem: str = ""
    state: Failing = "failing"
    bug: str = ""


class Sandbox:
    """Use as `async with Sandbox() as sandbox: await sandbox.extract(document, rules)`."""

    def __init__(
        self,
        workers: int = 0,
        seconds: float = _SECONDS,
        memory: int = _MEMORY,
        spare: float = _SPARE,
    ) -> None:
        """`workers` is the most that read pages at once; 0: one for each core, four at most."""
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
            return Reply(problem=_too_much(f"more than {self._limits[0] * _PATIENCE:g} s"))
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
            [sys.executable, "-P", "-m", "feeder.runtime.sandbox", str(seconds), str(memory)],
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
        _received(self._from)  # it is ready; from here on its time is counted

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def ask(self, job: bytes) -> Reply | None:
        with self._asking:
            return self._ask(job)

    def _ask(self, job: bytes) -> Reply | None:
        try:
            _send(self._to, job)
            answer = _received(self._from)
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
        return _too_much("too much processor time")
    name = signal.Signals(number).name if number in set(signal.Signals) else f"exit code {-number}"
    return (
        f"the page crashed the process that read it ({name});"
        " other pages are not affected, and it will be tried again"
    )


def _too_much(what: str) -> str:
    return f"reading the page took {what}, so it was given up"


def _close(pipe: IO[bytes]) -> None:
    with suppress(OSError):  # what was not sent yet
        pipe.close()


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(len(message).to_bytes(_HEAD, "big"))
    pipe.write(message)
    pipe.flush()


def _received(pipe: IO[bytes]) -> bytes:
    """Returns the next message, b"" at the end."""
    size = int.from_bytes(pipe.read(_HEAD), "big")
    message = pipe.read(size)
    return message if len(message) == size else b""


# --------------------------------------------------------------------------------------- the worker


def main(seconds: float, memory: int) -> None:
    """Reads pages from standard input until it ends."""
    extract.extractors()  # imported before the limits, which are those of a page
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(memory)
    jobs, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not be taken for an answer
    # A page makes tens of thousands of objects and drops them; that is no reason to look at all
    # the others.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    _send(replies, b"ready")
    while job := _received(jobs):
        # SIGPROF ends the process, even in the middle of a parser.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        answer = msgspec.msgpack.encode(_reply(job))
        signal.setitimer(signal.ITIMER_PROF, 0)
        _send(replies, answer)
        if _resident() > _SWOLLEN:
            return


def _limit(memory: int) -> None:
    """Limits the address space to so many bytes, and forbids writing to files and core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _resident() -> int:
    """Returns how many bytes of memory this process occupies, 0 where the system does not say.

    getrusage(2) would give a peak that begins at the peak of the parent, which may be large.
    """
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def _reply(job: bytes) -> Reply:
    document, rules = pickle.loads(job)  # noqa: S301 -- from the daemon itself
    try:
        return Reply(extract.extract(document, rules))
    except ExtractError as error:
        return Reply(problem=str(error), state=error.state)
    except MemoryError:
        return Reply(problem=_too_much("too much memory"))
    except Exception:  # noqa: BLE001 -- a bug is the daemon's to report
        return Reply(bug=traceback.format_exc())


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
