"""What the service manager is told."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from feeder.runtime import systemd

if TYPE_CHECKING:
    from pathlib import Path


def test_a_manager_that_listens_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "manager"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "manager"))
        systemd.notify("READY=1")
        assert manager.recv(100) == b"READY=1"


def test_a_manager_that_does_not_read_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "manager"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "manager"))
        for _ in range(2000):  # more than any queue takes
            systemd.notify("WATCHDOG=1")
        assert manager.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("address", ["", "relative", "/nowhere/at/all", "@nobody-listens-here"])
def test_where_no_manager_listens_nothing_fails(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    systemd.notify("READY=1")


@pytest.mark.parametrize(
    ("pid", "microseconds", "seconds"),
    [("", "3000000", 3.0), ("1", "3000000", 0.0), ("", "", 0.0), ("", "soon", 0.0)],
)
def test_the_watchdog_is_fed_only_where_it_waits_for_us(
    pid: str, microseconds: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_PID", pid or str(os.getpid()))
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    assert systemd.watchdog() == seconds
