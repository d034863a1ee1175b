"""Instants as the store keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.types import UserDefinedType

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_EXACT = 4_000_000_000_000_000


class Instant(UserDefinedType[datetime]):
    """An aware UTC instant as whole microseconds since 1970: exact in every database."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "BIGINT"

    def bind_processor(
        self,
        dialect: Dialect,  # noqa: ARG002 -- its signature
    ) -> Callable[[datetime | None], int | None]:
        return _microseconds

    def result_processor(
        self,
        dialect: Dialect,  # noqa: ARG002 -- its signature
        coltype: object,  # noqa: ARG002 -- its signature
    ) -> Callable[[int | None], datetime | None]:
        return _instant


def _microseconds(value: datetime | None) -> int | None:
    return None if value is None else (value - _EPOCH) // _MICROSECOND


def _instant(value: int | None) -> datetime | None:
    if value is None:
        return None
    # The quicker way is exact for these, years 1843 to 2096: a float of seconds is within a quarter
    # of a microsecond.
    if -_EXACT < value < _EXACT:
        return datetime.fromtimestamp(value / 1_000_000, UTC)
    return _EPOCH + timedelta(microseconds=value)
