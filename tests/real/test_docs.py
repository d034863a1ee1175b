"""Every block of commands and settings in README and docs is run, or says above it why it is not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from loopback import page, site
from running import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# What is not meant to be run: what is printed, sent or served.
OTHER_KINDS = {"xml", "json", "yaml", "python", "text", "nginx", "caddy"}
_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^>]+) -->\n)?^(?P<indent> *)```(?P<kind>\w*)\n(?P<text>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    document: Path
    line: int
    kind: str
    text: str
    reason: str  # why it is not run; "" where it is


def blocks(document: Path) -> Iterator[Block]:
    text = document.read_text("utf-8")
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("kind")) + 1
        body = re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE)
        yield Block(document, line, found["kind"], body, found["reason"] or "")


ALL = [block for document in DOCUMENTS for block in blocks(document)]
SETTINGS = [block for block in ALL if block.kind == "toml" and not block.reason]
WITH_COMMANDS = [
    document
    for document in DOCUMENTS
    if any(one.kind == "sh" and not one.reason for one in blocks(document))
]


def named(value: object) -> str:
    return (
        f"{value.document.name}:{value.line}" if isinstance(value, Block) else Path(str(value)).name
    )


@dataclass
class Sandbox:
    """A folder as the clone is, with a live page in place of https://example.org."""

    folder: Path
    port: int
    pages: str

    def __post_init__(self) -> None:
        for place in ("bin", ".venv/bin"):
            self._put(
                f"{place}/feeder", f'#!/bin/sh\nexec "{sys.executable}" -m feeder "$@"\n', 0o755
            )
            self._put(f"{place}/python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', 0o755)
        sample = "feeder/sample/live.txt"
        self._put(sample, (ROOT / sample).read_text("utf-8"))
        self.configure((ROOT / "config.toml").read_text("utf-8"))

    def configure(self, text: str) -> None:
        allowed = "allow_private = true"
        here = text.replace("allow_private = false", allowed)
        here += "" if "[fetch]" in here else f"\n[fetch]\n{allowed}\n"
        self._put("config.toml", self.local(here))

    def local(self, text: str) -> str:
        """Returns the text with addresses that answer here."""
        here = text.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        return here.replace("https://example.org", self.pages)

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "INTRANET_TOKEN": "a-token-of-the-tests",
            "INTRANET_SESSION": "a-session-of-the-tests",
        }
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.local(script)],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    def _put(self, name: str, text: str, mode: int = 0o644) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        file.chmod(mode)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with site() as there:
        for path in ("/live/harbour", "/de/ticker", "/fr/direct"):
            there.serve(path, page(live_page()))
        made = Sandbox(tmp_path, free_port(), there.url(""))
        try:
            yield made
        finally:
            made.run("feeder stop || true")


def live_page() -> bytes:
    now = datetime.now(UTC)
    times = [now - timedelta(minutes=20 * number) for number in range(1, 5)]
    shown = "".join(
        f'<article id="u{number}"><time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at:%H:%M}</time>'
        f"<h2>Gauge reading number {number}</h2><p>The water stands at {number} metres.</p></article>"
        for number, at in enumerate(times)
    )
    return f"<!doctype html><title>Harbour flood</title><main>{shown}</main>".encode()


def test_every_block_says_what_it_is() -> None:
    odd = [
        named(one)
        for one in ALL
        if one.kind not in OTHER_KINDS | {"sh", "toml"} or (one.kind in OTHER_KINDS and one.reason)
    ]
    assert odd == []
    assert [named(one) for one in ALL if one.reason and len(one.reason) < 10] == []


@pytest.mark.parametrize("document", WITH_COMMANDS, ids=named)
def test_the_commands_of_a_document_run_one_after_the_other(
    document: Path, sandbox: Sandbox
) -> None:
    if document.name != "README.md":  # it starts the daemon itself
        assert sandbox.run("feeder refresh && feeder start").returncode == 0
    for block in blocks(document):
        if block.kind == "sh" and not block.reason:
            done = sandbox.run(block.text)
            assert done.returncode == 0, f"{named(block)}:\n{block.text}\n{done.stdout}"


@pytest.mark.parametrize("block", SETTINGS, ids=named)
def test_settings_are_sound(block: Block, sandbox: Sandbox) -> None:
    sandbox.configure(block.text)
    first = "feeder refresh" if "[[bundle]]" in block.text else "feeder list --toml"
    done = sandbox.run(f"{first} && feeder check")
    assert done.returncode == 0, f"{named(block)}:\n{block.text}\n{done.stdout}"
