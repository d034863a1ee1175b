"""The times that data states of its updates, read as one series, and what they leave open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from feeder.extract.page.times import NONE, context, stamp_in, written
from feeder.when import assume, resolve, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.model import Assumption
    from feeder.when import Context, Resolved, Stamp


@dataclass(frozen=True, slots=True)
class UpdateTimes:
    """When each update was published; `known` is what they were read with, their zone settled."""

    published: tuple[Resolved, ...]
    known: Context
    assumed: Assumption | None
    unread: int  # updates that state a time which is not understood


def read_times(
    page: ParsedPage, values: Sequence[Sequence[Any]], language: str | None = None
) -> UpdateTimes:
    """Reads the times of all updates together.

    `values` has for each update what may state its time: the first that can be read counts.
    """
    known = context(page, page.rules, language)
    stamps = [_first_stamp(each) for each in values]
    stated = [stamp for stamp in stamps if stamp is not None]
    known = settle(stated, known)
    resolved = iter(resolve(stated, known))
    published = tuple(NONE if stamp is None else next(resolved) for stamp in stamps)
    silent = [each for each, time in zip(values, published, strict=True) if time.at is None]
    unread = sum(any(map(written, each)) for each in silent)
    return UpdateTimes(published, known, assume(stated, known), unread)


def _first_stamp(values: Sequence[Any]) -> Stamp | None:
    stamps = (stamp_in(value) for value in values)
    return next((stamp for stamp in stamps if stamp and not stamp.unread), None)
