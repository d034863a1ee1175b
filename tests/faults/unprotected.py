"""Runs one test against feeder with one protection taken out of its source.

A process imports everything once, so that the libraries stay, and forks for each mutation; only feeder itself is imported
anew then.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mutation:
    """A protection of feeder, how it is taken out, and the test that fails then."""

    module: str
    right: str
    wrong: str
    test: str


# Reads a mutation as JSON for each line; answers with pytest's exit code: 0 passed, 1 failed, 3 the text is not there.
KENNEL = """
import json, os, signal, sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader
from pathlib import Path

import pytest, hypothesis, feedparser, jsonschema, trustme, uvicorn
import feeder.runtime.daemon, feeder.cli, feeder.operations.oneshot, feeder.operations.restore

class Loader(SourceFileLoader):
    def get_code(self, fullname):
        source = Path(self.path).read_text(encoding="utf-8")
        if source.count(right) != 1:
            os.write(answers, b"3\\n")
            os._exit(0)
        return compile(source.replace(right, wrong), self.path, "exec")

class Finder(MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        if fullname != module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        spec.loader = Loader(fullname, spec.origin)
        return spec

os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
for name in [name for name in sys.modules if name.partition(".")[0] == "feeder"]:
    del sys.modules[name]
answers = os.dup(1)
quiet = os.open(os.devnull, os.O_WRONLY)
for line in sys.stdin:
    module, right, wrong, test = (json.loads(line)[key] for key in ("module", "right", "wrong", "test"))
    if not os.fork():
        signal.alarm(50)
        os.dup2(quiet, 1)
        if right:
            sys.meta_path.insert(0, Finder())
        sys.dont_write_bytecode = True
        code = pytest.main(["-q", "-x", test])
        os.write(answers, b"%d\\n" % code)
        os._exit(0)
    _, status = os.wait()
    if status:
        os.write(answers, b"9\\n")
"""


class Kennel:
    """Where mutations are let out, one after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, mutation: Mutation) -> int:
        """Returns the exit code of pytest."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asdict(mutation)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def kennel() -> Iterator[Kennel]:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", KENNEL],
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    ) as process:
        yield Kennel(process)
        assert process.stdin
        process.stdin.close()
