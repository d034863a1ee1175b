"""The daemon of this configuration, asked over its own HTTP API; nothing else is ever asked."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING, Any

from feeder.errors import FeederError

if TYPE_CHECKING:
    from feeder.config import Settings

_PATIENCE = 120.0  # seconds; a refresh waits for its page


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


def address(settings: Settings) -> str:
    """Returns where the daemon listens, as seen from this machine."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- not bound
    host = here.get(settings.serve.host, settings.serve.host)
    return (
        f"http://[{host}]:{settings.serve.port}"
        if ":" in host
        else f"http://{host}:{settings.serve.port}"
    )


def healthy(settings: Settings) -> bool:
    import httpx  # noqa: PLC0415 -- slow to import

    try:
        return httpx.get(f"{address(settings)}/healthz", trust_env=False, timeout=5).is_success
    except httpx.HTTPError:
        return False


def post(settings: Settings, path: str, token: str) -> dict[str, Any]:
    """Sends a request to the daemon and returns the JSON of its answer.

    Raises:
        FeederError: the daemon does not answer, or says no.
    """
    import httpx  # noqa: PLC0415 -- slow to import

    headers = {"Authorization": f"Bearer {token}"}
    try:
        answer = httpx.post(
            f"{address(settings)}{path}", headers=headers, trust_env=False, timeout=_PATIENCE
        )
        said: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise FeederError(f"the daemon at {address(settings)} does not answer: {error}") from error
    if answer.status_code == 401:
        raise FeederError(
            "the daemon has another token; set FEEDER_TOKEN to the one it was started with"
        )
    if answer.is_error:
        raise FeederError(
            f"the daemon at {address(settings)} says: {said.get('detail', answer.status_code)}"
        )
    return said
