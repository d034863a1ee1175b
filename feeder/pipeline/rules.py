"""How a source is to be extracted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import xxhash

from feeder import __version__
from feeder.model import Rules

if TYPE_CHECKING:
    from feeder.config import Source


def rules_of(source: Source, now: datetime, known_zone: str = "") -> Rules:
    """Returns how a source is to be extracted at an instant; `known_zone`: as reads inferred it."""
    settings = source.settings
    return Rules(
        now=now,
        timezone=settings.timezone or None,
        known_zone=known_zone or None,
        language=settings.language or None,
        date_order=settings.date_order or None,
        extract=settings.extract,
        select=settings.select.model_dump() if settings.select else {},
        api=settings.api.model_dump() if settings.api else {},
    )


def fingerprint(source: Source) -> str:
    """Returns a digest of all that decides what is read and how.

    A change of it is never the page's doing.
    """
    rules = rules_of(source, datetime.min.replace(tzinfo=UTC))
    where = (source.settings.url, str(source.settings.path))
    said = (
        __version__,
        where,
        rules.timezone,
        rules.language,
        rules.date_order,
        rules.extract,
        sorted(rules.select.items()),
        sorted(rules.api.items()),
    )
    return xxhash.xxh3_64_hexdigest(repr(said).encode())
