"""The times that structured evidence states: each is complete by itself, so no series is needed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from feeder.extract.page.times import stamp_of
from feeder.when import Resolved, read

if TYPE_CHECKING:
    from feeder.when import Context

NONE = Resolved(None, "none")


def stated(value: Any, known: Context) -> Resolved:
    """The instant of an attribute or a JSON value."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(int(value)) if abs(value) < 1e20 else ""
    if not isinstance(value, str) or not value:
        return NONE
    aware = _aware(value)
    if aware is not None:
        return Resolved(aware, "instant")
    return read(stamp_of(value[:200]), known) or NONE


def _aware(value: str) -> datetime | None:
    """The usual shape, by the standard library's fast path."""
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
