"""Messages to the service manager: sd_notify(3), which needs no library."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


def notify(state: str) -> None:
    """Sends a line such as "READY=1" to systemd, where it started us with Type=notify.

    Where it does not listen, or is behind with reading, nothing waits and nothing fails.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel,
        suppress(OSError),
    ):
        channel.setblocking(False)
        channel.connect(address.replace("@", "\0", 1) if address.startswith("@") else address)
        channel.sendall(state.encode())


def watchdog() -> float:
    """Returns the seconds within which WATCHDOG=1 is expected, 0 where it is not."""
    mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1e6 if mine and microseconds.isdecimal() else 0.0
