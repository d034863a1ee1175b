"""Refreshes of a real installation in which one call of the system fails, or at which the process dies.

Each refresh is a fork of one process that has imported everything, with `injector.c` preloaded, so that a thousand of
them cost one start of Python.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import feedparser

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
AWAY = COMPILER is None or sys.platform != "linux"
ENOSPC, EIO, ECONNREFUSED = 28, 5, 111


class Kind(IntEnum):
    """The calls that are counted."""

    WRITE = 1
    SYNC = 2
    RENAME = 4
    CONNECT = 8
    REMOVE = 16
    TRUNCATE = 32


class Action(IntEnum):
    """What happens at the n-th of them."""

    FAIL_ONCE = 1
    FAIL_REST = 2
    KILL_BEFORE = 3
    KILL_AFTER = 4


# Reads "KIND NUMBER ACTION ERROR CONFIGURATION" for each refresh; calls count that touch what lies
# beside the configuration. Answers "PID", then "STATUS" when it is over.
BREEDER = """
import ctypes, os, sys
import feeder.operations.oneshot, feeder.cli.refresh_command
from feeder.cli import app
injector = ctypes.CDLL(os.environ["LD_PRELOAD"])
for line in sys.stdin:
    *numbers, config = line.rstrip("\\n").split(" ", 4)
    kind, number, action, error = map(int, numbers)
    child = os.fork()
    if not child:
        injector.injector_arm(os.path.dirname(config).encode(), kind, number, action, error)
        code = 1
        try:
            app(["--config", config, "refresh"])
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            os._exit(code | (64 if injector.injector_fired() else 0))
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def build(folder: Path, name: str = "injector.c") -> Path:
    """The library to preload, compiled here."""
    assert COMPILER
    source, library = Path(__file__).with_name(name), folder / f"{name}.so"
    command = [COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True)
    return library


@dataclass(frozen=True)
class Fault:
    """What one refresh meets; none where `number` is 0."""

    kind: Kind = Kind.WRITE
    number: int = 0
    action: Action = Action.FAIL_ONCE
    error: int = EIO

    def __str__(self) -> str:
        return f"{self.kind.name} {self.number} {self.action.name} {self.error}"


@dataclass(frozen=True)
class Ended:
    """How a refresh ended: whether it met its fault, and its exit code (None: it was killed)."""

    met: bool
    code: int | None


@dataclass
class Breeder:
    """The process that forks, and the installation whose turn it is."""

    process: subprocess.Popen[str]
    config: Path = Path()

    def refresh(self, fault: Fault | None = None) -> Ended:
        one = fault or Fault()
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(
            f"{one.kind} {one.number} {one.action} {one.error} {self.config}\n"
        )
        self.process.stdin.flush()
        lines = iter(self.process.stdout.readline, "")
        next(lines)
        # What the refresh itself prints stands between the two numbers.
        status = int(next(line for line in lines if line.strip().isdecimal()))
        if os.WIFSIGNALED(status):
            return Ended(met=True, code=None)
        code = os.WEXITSTATUS(status)
        return Ended(met=bool(code & 64), code=code & 63)


@contextmanager
def breeding(library: Path) -> Iterator[Breeder]:
    """Refreshes of one installation after the other."""
    command = [sys.executable, "-c", BREEDER]
    environment = {**os.environ, "LD_PRELOAD": str(library), "NO_COLOR": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        yield Breeder(process)
        assert process.stdin
        process.stdin.close()


def ids_by_title(feeds: Path, name: str) -> dict[str, str]:
    """What a subscriber sees, in the feed's order; a title that is there twice is an error."""
    file = feeds / f"{name}.atom"
    if not file.exists():
        return {}
    entries = feedparser.parse(file.read_bytes()).entries
    found = {entry.title: entry.id for entry in entries}
    assert len(found) == len(entries), [entry.title for entry in entries]
    return found


def assert_whole(feeds: Path) -> None:
    """Every published file can be read to its end, and its compressed twin too."""
    for file in feeds.iterdir():
        if not file.is_file() or file.name.startswith("."):
            continue
        data = file.read_bytes()
        name = file.name
        if name.endswith(".gz"):
            name, data = name.removesuffix(".gz"), gzip.decompress(data)
        if name.endswith((".atom", ".rss")):
            assert not feedparser.parse(data).bozo, file
        elif name.endswith(".json"):
            json.loads(data)
        elif name.endswith(".html"):
            assert data.rstrip().endswith(b"</html>"), file
