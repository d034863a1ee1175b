"""Document → Snapshot: what a page shows at one moment.

What that takes is imported at the first page: the daemon leaves pages to its workers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feeder.extract.snapshot import (
        EXTRACTORS,
        Evidence,
        ParsedPage,
        extract,
        extractors,
        suggestion,
    )

__all__ = ["EXTRACTORS", "Evidence", "ParsedPage", "extract", "extractors", "suggestion"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("feeder.extract.snapshot"), name)
