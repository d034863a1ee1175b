"""The daemon as a process of its own, as an administrator runs it."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TOKEN = "a-token-of-the-tests"
PATIENCE = 60.0  # seconds for what takes a moment; nothing depends on how long it takes


def free_port() -> int:
    """Below those that a system gives to whoever asks for any, such as the connections of tests beside this one."""
    while True:
        port = random.randrange(12_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def until(done: Callable[[], object], what: str) -> None:
    """Looks again and again until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@dataclass
class Daemon:
    """`feeder run` with a configuration in `folder`, killed at the end if it is still there."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def configure(self, text: str, *, top: str = "") -> None:
        head = f'base_url = "{self.base}"\n{top}\n[serve]\nlisten = "127.0.0.1:{self.port}"\n'
        fetch = '[fetch]\nallow_private = true\nhost_interval = "0s"\ntimeout = "5s"\n'
        (self.folder / "config.toml").write_text(head + fetch + text, encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "feeder",
            "--config",
            str(self.folder / "config.toml"),
            *arguments,
        ]
        environment = {**os.environ, "FEEDER_TOKEN": TOKEN}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command, stdout=log, stderr=log, env=environment, cwd=self.folder
            )

    def start(self) -> None:
        self.process = self.run("run")
        until(self.healthy, "the daemon does not answer")

    def healthy(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log
        try:  # each client would load the certificates of the world: 30 ms, again and again
            return httpx.get(
                f"{self.base}/healthz", timeout=5, trust_env=False, verify=False
            ).is_success
        except httpx.HTTPError:
            return False

    def send(self, sign: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(sign)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.send(signal.SIGTERM)
        assert self.process
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.base + path, timeout=PATIENCE, trust_env=False, verify=False)

    @contextmanager
    def stream(self, path: str, headers: dict[str, str]) -> Iterator[Iterator[str]]:
        """The lines of an answer that does not end."""
        with httpx.stream(
            "GET",
            self.base + path,
            headers=headers,
            timeout=PATIENCE,
            trust_env=False,
            verify=False,
        ) as answer:
            yield answer.iter_lines()

    def post(self, path: str, token: str = TOKEN) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.post(
            self.base + path, headers=headers, timeout=PATIENCE, trust_env=False, verify=False
        )


class Page:
    """A live page in a text file: updates, the newest first, each with its time. Replaced whole, as editors do."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.texts = ["The watch begins", "The wind turns"]
        self._write()

    def add(self, text: str) -> None:
        self.texts.append(text)
        self._write()

    def _write(self) -> None:
        updates = [
            f"Mar 02, 2022, {8 + number // 60}:{number % 60:02} AM EST\n\n{text}\n\nThe lock stays shut until then."
            for number, text in enumerate(self.texts)
        ]
        part = self.file.with_suffix(".part")
        part.write_text(
            "Harbour flood updates\n\n" + "\n\n".join(reversed(updates)) + "\n", encoding="utf-8"
        )
        part.replace(self.file)
