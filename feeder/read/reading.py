"""The noun of this room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.model import Document, Validators


@dataclass(frozen=True, slots=True)
class Reading:
    """One clean read of a source."""

    document: Document | None  # None: nothing has changed since the validators that were given
    validators: Validators  # to be given next time
    url: str = ""  # after redirects; "" for a file
    moved_to: str | None = None  # the address to remember: all redirects that led there were permanent ones
    fresh_until: datetime | None = None  # until then the server promises nothing new
    status: int = 0  # of HTTP; 0 for a file
    size: int = 0  # bytes that came over the wire, or stand in the file
