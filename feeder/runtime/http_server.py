"""The server that the daemon runs: uvicorn, at a socket and under signals that are the daemon's."""

from __future__ import annotations

import contextlib
import logging
import socket
from typing import TYPE_CHECKING

import uvicorn

from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.config import Settings


@contextlib.contextmanager
def bound_socket(settings: Settings) -> Iterator[socket.socket]:
    """Yields the socket that is listened at. Raises ConfigError: the address is taken."""
    config = uvicorn.Config(lambda: None, settings.serve.host, settings.serve.port, log_config=None)
    said = logging.getLogger("uvicorn.error")
    said.disabled = True  # one line says it, ours
    try:
        bound = config.bind_socket()
    except SystemExit:
        raise ConfigError(
            f"cannot listen at {settings.serve.listen}: the address is taken or not allowed; "
            "choose another one as listen under [serve]"
        ) from None
    finally:
        said.disabled = False
    # asyncio sets this only where the socket names its protocol. Without it, the body of an answer
    # waits 40 ms for the client to acknowledge the head.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.closing(bound):
        yield bound


class UnsignalledServer(uvicorn.Server):
    """A server that leaves signals to the daemon."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
