"""The daemon follows simulated live blogs, and its feeds are held against what a careful reader of the pages knows.

The simulator is a tool that lies beside this repository for those who develop here; without it, the
laws of reconciling (tests/laws) play the same game without a daemon.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SIMULATOR = Path(__file__).parents[2].parent / "shared" / "tools" / "livesim.py"
SEEDS = int(os.environ.get("FEEDER_SEEDS", "0"))  # of 150 steps; none: one seed of few steps


@pytest.mark.skipif(not SIMULATOR.is_file(), reason="the simulator is not beside the repository")
@pytest.mark.parametrize(("seed", "steps"), [(n, 150) for n in range(1, SEEDS + 1)] or [(7, 25)])
def test_no_fault_of_any_kind(seed: int, steps: int) -> None:
    feeder = f"{sys.executable} -m feeder"
    command = [
        sys.executable,
        str(SIMULATOR),
        "--feeder",
        feeder,
        "--seed",
        str(seed),
        "--steps",
        str(steps),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
