"""What can go wrong, and who must act.

FeederError
├── ConfigError             for the person who wrote the configuration; exit 2, and a running daemon
│                           keeps its old one
├── SourceError             one source had a bad moment; its feed stays as it was, the others go on
│   ├── ReadError           it could not be read, or must not be
│   │   └── DeadAddressError  nothing answers there, or there is no such page
│   └── ExtractError        it was read, and no snapshot can be made of it
└── StoreError              nothing was kept; to be tried again

Anything else is a bug: it is logged with its traceback, and the other sources go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

Failing = Literal["failing", "blocked", "gone", "deferred", "held"]


class FeederError(Exception):
    """The message is a sentence for a person: what, where, and what to do."""


class ConfigError(FeederError):
    """A mistake in the configuration: file, key, what is allowed, the nearest known key."""


class DeclaredError(ConfigError):
    """A file declares what was to be changed elsewhere."""


class TakenError(ConfigError):
    """A name is to be given that another source has."""


class SourceError(FeederError):
    """One source had a bad moment.

    `state` is the state that the source is in because of it; where several fit, blocked comes
    before failing, failing before held. `deferred` is no state: the read was not made, and may be
    made at `until`. `status` is that of HTTP; 0: there was no answer, or not that was wrong.
    """

    def __init__(
        self,
        message: str,
        *,
        state: Failing = "failing",
        until: datetime | None = None,
        status: int = 0,
    ) -> None:
        super().__init__(message)
        self.state: Failing = state
        self.until = until
        self.status = status


class ReadError(SourceError):
    """The document could not be read, or must not be."""


class DeadAddressError(ReadError):
    """Nothing answers at the address, or it says that there is no such page."""


class ExtractError(SourceError):
    """The document was read, but shows no update: an error page, a consent page, another page."""


class StoreError(FeederError):
    """The store refused; nothing was kept."""
