"""The daemon of this configuration, asked over its own HTTP API; nothing else is ever asked."""

from __future__ import annotations

import fcntl
from contextlib import closing
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from feeder.errors import FeederError

if TYPE_CHECKING:
    from feeder.config import Settings

_PATIENCE = 120.0  # seconds; a refresh waits for its page
_MOMENT = 5.0  # seconds; whether it is healthy, the daemon knows at once


def running(settings: Settings) -> int:
    """Returns the process id of the daemon on this store, which holds a lock; 0 where none runs."""
    try:
        with settings.beside_store(".pid").open(encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0)
    except FileNotFoundError:
        pass
    return 0


def healthy(settings: Settings) -> bool:
    try:
        return _exchange(settings, "GET", "/healthz", {}, _MOMENT)[0] == HTTPStatus.OK
    except FeederError:
        return False


def ask(settings: Settings, method: str, path: str, body: Any = None) -> Any:
    """Sends a request to the daemon and returns the JSON of its answer; None: it has none.

    Raises:
        FeederError: the daemon does not answer, or says no.
    """
    from feeder.runtime.access_token import token_of  # noqa: PLC0415 -- with its user

    headers = {"Authorization": f"Bearer {token_of(settings)}", "Content-Type": "application/json"}
    sent = msgspec.json.encode({} if body is None else body)
    status, answer = _exchange(settings, method, path, headers, _PATIENCE, sent)
    if status == HTTPStatus.UNAUTHORIZED:
        raise FeederError(
            "the daemon has another token; set FEEDER_TOKEN to the one it was started with"
        )
    try:
        said = msgspec.json.decode(answer) if answer else None
    except msgspec.DecodeError as error:
        raise _silent(settings, error) from error
    if status >= HTTPStatus.BAD_REQUEST:
        detail = (said or {}).get("detail", status)
        raise FeederError(f"the daemon at {_address(settings)} says: {detail}")
    return said


def _exchange(
    settings: Settings,
    method: str,
    path: str,
    headers: dict[str, str],
    patience: float,
    body: bytes | None = None,
) -> tuple[int, bytes]:
    """Returns the status and the body of the daemon's answer.

    httpx would take longer to import than a command that only asks takes.
    """
    from http import client  # noqa: PLC0415 -- slow to import

    connection = client.HTTPConnection(_host(settings), settings.serve.port, timeout=patience)
    try:
        with closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
    except (OSError, client.HTTPException) as error:
        raise _silent(settings, error) from error


def _silent(settings: Settings, error: Exception) -> FeederError:
    return FeederError(f"the daemon at {_address(settings)} does not answer: {error}")


def _host(settings: Settings) -> str:
    """Returns where the daemon listens, as seen from this machine."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- not bound
    return here.get(settings.serve.host, settings.serve.host)


def _address(settings: Settings) -> str:
    host = _host(settings)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.serve.port}"
