"""Which validators are sent with a read (RFC 9110 §13.1). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from feeder.model import Validators

_DAY = timedelta(days=1)
_SPREAD = 7919  # seconds by which one source's day begins after another's: not all at midnight


def validators_to_send(
    validators: Validators, last_read: datetime | None, now: datetime, source_id: int
) -> Validators:
    """Returns the validators for a read; on the first of a day only the digest.

    So the page is sent in full then: some servers answer 304 for ever, whatever it has become.
    """
    shift = timedelta(seconds=source_id * _SPREAD % _DAY.total_seconds())
    if last_read is None or _day(last_read + shift) == _day(now + shift):
        return validators
    return Validators(digest=validators.digest)


def _day(instant: datetime) -> int:
    return instant.toordinal()
