"""`feeder demo`, in an empty folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
from running import PATIENCE

from feeder.demo.live_page import LivePage, begin, happenings

if TYPE_CHECKING:
    from pathlib import Path


def test_the_demonstration_shows_each_kind_of_change_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    here.mkdir()
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "feeder", "demo", "--speed", "100"],
        cwd=here,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    deadline = time.monotonic() + PATIENCE
    assert process.stdout
    try:
        for line in process.stdout:
            said.append(line)
            if line.startswith("−") or time.monotonic() > deadline:
                break
        text = "".join(said)
        site = re.search(r"side by side: (\S+)", text)
        feed = re.search(r"Subscribe to (\S+)", text)
        assert site, text
        assert feed, text
        both = httpx.get(site[1], trust_env=False, verify=False)
        live = httpx.get(f"{site[1]}live", trust_env=False, verify=False)
        atom = httpx.get(feed[1], trust_env=False, verify=False)
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=PATIENCE)
    for words in (
        r"\+ \d\d:\d\d Ferry is back",
        r"~ \d\d:\d\d mended, without a word to readers: Ferry is back",
        r"~ \d\d:\d\d edited: Ferry is back, every second hour",
        r"! the site answers 500 Internal Server Error; the feed stays as it was",
        r"− \d\d:\d\d removed: The old bridge is closed to cars",
    ):
        assert re.search(f"^{words}$", text, re.MULTILINE), text
    assert feed[1].removesuffix("demo.atom") in both.text
    assert "Ferry is back, every second hour" in live.text
    assert "Ferry is back, every second hour" in atom.text
    assert rest.endswith("The demonstration has ended; nothing is left of it\n")
    assert process.returncode == 0
    assert list(here.iterdir()) == list(temporary.iterdir()) == []


def test_the_story_goes_on_without_end_and_the_page_stays_short() -> None:
    page = LivePage(lambda: datetime(2026, 3, 2, 13, tzinfo=UTC))
    begin(page)
    story = happenings(page)
    told = [next(story) for _ in range(200)]
    assert len(set(told)) == 6
    assert len(page.posts) <= 8
    assert page.html().count("<article") == len(page.posts)
