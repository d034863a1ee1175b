"""The states of sources after reads that changed no entry: kept a moment, written together."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from feeder.model import SourceState


class Marks:
    """The states that are still to be written, by source id. Safe to use from several threads."""

    def __init__(self, write: Callable[[Sequence[tuple[int, SourceState]]], object]) -> None:
        """Takes what stores states; whatever it raises leaves them here."""
        self._write = write
        self._states: dict[int, SourceState] = {}
        self._lock = Lock()

    def __contains__(self, source_id: int) -> bool:
        return source_id in self._states

    def put(self, source_id: int, source_state: SourceState) -> None:
        """Notes where a source stands, in place of what was noted before."""
        with self._lock:
            self._states[source_id] = source_state

    def take(self, source_id: int) -> SourceState | None:
        """Returns where a source stands, if that is still to be written, and forgets it."""
        with self._lock:
            return self._states.pop(source_id, None)

    @contextmanager
    def overtaken(self, source_id: int) -> Iterator[None]:
        """Forgets where a source stands while more is stored; remembers it where that fails."""
        stood = self.take(source_id)
        try:
            yield
        except BaseException:
            with self._lock:
                if stood is not None:
                    self._states.setdefault(source_id, stood)
            raise

    def write(self, *source_ids: int) -> None:
        """Writes the states of these sources, or of all where none is named.

        Raises:
            StoreError: they are still to be written.
        """
        with self._lock:
            wanted = source_ids or tuple(self._states)
            taken = {name: self._states.pop(name) for name in wanted if name in self._states}
        if not taken:
            return
        try:
            self._write(list(taken.items()))
        except BaseException:
            with self._lock:
                self._states = taken | self._states
            raise
