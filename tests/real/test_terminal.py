"""What a person at a terminal is shown, and what somebody who reads a log is not."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest
from running import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = 80
STYLE = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with what `feeder init` writes, on a port of its own, in which nothing runs at the end."""
    at_terminal(tmp_path, "init")
    file = tmp_path / "config.toml"
    file.write_text(file.read_text("utf-8").replace(":8000", f":{free_port()}"), "utf-8")
    yield tmp_path
    if (tmp_path / "feeder.pid").exists():
        at_terminal(tmp_path, "stop")


def at_terminal(folder: Path, *words: str) -> str:
    """Returns what a command shows on a terminal of 80 columns."""
    screen, keyboard = pty.openpty()
    fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key != "FEEDER_TOKEN"}
    with subprocess.Popen(
        [sys.executable, "-m", "feeder", *words],
        cwd=folder,
        env={**environment, "TERM": "xterm"},
        stdin=keyboard,
        stdout=keyboard,
        stderr=keyboard,
        start_new_session=True,
    ) as process:
        os.close(keyboard)
        shown = b""
        try:
            while more := os.read(screen, 1 << 16):
                shown += more
        except OSError:  # the other end is closed
            pass
        os.close(screen)
    assert process.returncode == 0, shown.decode()
    return shown.decode()


def test_a_token_is_shown_once_to_whoever_starts_the_daemon_and_never_logged(folder: Path) -> None:
    first = at_terminal(folder, "start")
    token = (folder / "feeder.token").read_text("ascii").strip()
    assert first.startswith(f"A token for changes by HTTP was made: {token}\r\n")
    assert (folder / "feeder.token").stat().st_mode & 0o777 == 0o600
    at_terminal(folder, "stop")
    again = at_terminal(folder, "start")
    assert token not in again
    assert "/login?once=" in again
    at_terminal(folder, "stop")
    log = (folder / "feeder.log").read_text("utf-8")
    assert token not in log
    assert "/login?once=" not in log


@pytest.mark.parametrize("command", ["status", "list", "history sample", "preview live.txt", "-h"])
def test_what_is_printed_fits_a_terminal_of_80_columns(folder: Path, command: str) -> None:
    at_terminal(folder, "refresh")
    shown = at_terminal(folder, *command.split())
    lines = STYLE.sub("", shown).splitlines()
    assert not any(re.search(r"\w,?\.{3}$", line) for line in lines), "a sentence is cut off"
    rows = [line for line in lines if not line.endswith(".")]  # a sentence may take two lines
    assert rows
    assert max(map(len, rows)) <= COLUMNS


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands(folder: Path, shell: str) -> None:
    typed = {"COMP_WORDS": "feeder re", "COMP_CWORD": "1", "_TYPER_COMPLETE_ARGS": "feeder re"}
    done = subprocess.run(
        [sys.executable, "-m", "feeder"],
        cwd=folder,
        env={
            **os.environ,
            **typed,
            "_FEEDER_COMPLETE": f"complete_{shell}",
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    for command in ("refresh", "reload", "restore"):
        assert command in done.stdout
    assert "status" not in done.stdout


def test_words_are_erased_where_somebody_says_so(folder: Path) -> None:
    at_terminal(folder, "refresh")
    said = [answer(folder, reply) for reply in ("", "n\n", "y\n")]
    assert [code for code, _ in said] == [2, 1, 0]
    assert "nobody answered; with --yes" in said[0][1]
    assert "Erased urn:uuid:" in said[2][1]
    assert "Ferries" not in (folder / "feeds/sample.atom").read_text("utf-8")


def answer(folder: Path, reply: str) -> tuple[int, str]:
    """Returns what `feeder forget` ends with, and says, where a pipe answers its question."""
    command = [sys.executable, "-m", "feeder", "forget", "sample", "Ferries"]
    done = subprocess.run(
        command, cwd=folder, input=reply, text=True, capture_output=True, check=False
    )
    return done.returncode, done.stdout + done.stderr
