"""Coverage-guided fuzzing of every parser of foreign input: `make fuzz`, or this file with a target's name.

    python tests/fuzz/fuzz.py [NAME | all] [SECONDS] [options of libFuzzer]

Each target runs in a process of its own, as libFuzzer ends its process. What hangs is found by its -timeout.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import atheris


def fuzz(name: str, seconds: str, options: list[str]) -> None:
    with atheris.instrument_imports(include=["feeder"]):
        from targets import TARGETS
    target = TARGETS[name]
    folder = Path(tempfile.mkdtemp())
    for number, seed in enumerate(target.seeds):
        (folder / f"seed{number}").write_bytes(seed.encode("utf-8", "surrogatepass"))
    limits = [f"-max_total_time={seconds}", "-timeout=10", "-max_len=4096", "-rss_limit_mb=2048"]
    found = f"-artifact_prefix={tempfile.gettempdir()}/{name}-"
    atheris.Setup([sys.argv[0], *limits, found, *options, str(folder)], target.parse)
    atheris.Fuzz()


def main() -> int:
    name, seconds, *options = [*sys.argv[1:], *["all", "60"][len(sys.argv[1:]) :]]
    if name != "all":
        fuzz(name, seconds, options)
        return 0
    from targets import TARGETS

    failed = [
        one
        for one in TARGETS
        if subprocess.run(
            [sys.executable, __file__, one, seconds, *options], check=False
        ).returncode
    ]
    print("found something:" if failed else "nothing was found", *failed)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
