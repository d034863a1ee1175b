"""A process that extracts pages, run as a program by sandbox.py; it imports nothing else.

It gets pickled pages over a pipe and answers in MessagePack, which, unlike a pickle, can do its
reader no harm if a page took over the writer. Its processor time for each page and its memory are
limited, and it may write no file; the kernel ends it otherwise, even when nobody watches.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import IO

import msgspec

from feeder import extract
from feeder.errors import ExtractError, Failing
from feeder.model import Snapshot  # noqa: TC001 -- msgspec resolves the annotations when it decodes

_SWOLLEN = 300 << 20  # bytes of resident memory, beyond which a worker is replaced after its answer
_HEAD = 8  # bytes: the length of what follows


class Reply(msgspec.Struct, array_like=True):
    """A worker's answer: a snapshot, or why there is none, or the traceback of a bug."""

    snapshot: Snapshot | None = None
    problem: str = ""
    state: Failing = "failing"
    bug: str = ""


def too_much(what: str) -> str:
    return f"reading the page took {what}, so it was given up"


def send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(len(message).to_bytes(_HEAD, "big"))
    pipe.write(message)
    pipe.flush()


def received(pipe: IO[bytes]) -> bytes:
    """Returns the next message, b"" at the end."""
    size = int.from_bytes(pipe.read(_HEAD), "big")
    message = pipe.read(size)
    return message if len(message) == size else b""


def main(seconds: float, memory: int) -> None:
    """Reads pages from standard input until it ends."""
    gc.disable()  # nothing that an import makes is garbage
    extract.extractors()  # imported before the limits, which are those of a page
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(memory)
    jobs, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not be taken for an answer
    # A page makes tens of thousands of objects and drops them; that is no reason to look at all
    # the others.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()
    send(replies, b"ready")
    while job := received(jobs):
        # SIGPROF ends the process, even in the middle of a parser.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        answer = msgspec.msgpack.encode(_reply(job))
        signal.setitimer(signal.ITIMER_PROF, 0)
        send(replies, answer)
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
        return Reply(problem=too_much("too much memory"))
    except Exception:  # noqa: BLE001 -- a bug is the daemon's to report
        return Reply(bug=traceback.format_exc())


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
