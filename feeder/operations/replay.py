"""Saved copies of a page, such as a web archive's captures, go through the same pipeline.

Each copy is read as of the instant in its name, or else of its file. No hub or webhook is told.
"""

from __future__ import annotations

import asyncio
import mimetypes
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from feeder.errors import ConfigError, ExtractError
from feeder.model import Document, Reading, Validators
from feeder.operations.rebuild import all_known, store_as_one
from feeder.pipeline.keep import published_as
from feeder.pipeline.rules import fingerprint, rules_of
from feeder.pipeline.take import take
from feeder.pipeline.turn import Outcome, Turn
from feeder.reconcile.rebuilding import KeptSnapshot, unseen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from feeder.config import Source
    from feeder.model import Snapshot, SourceState
    from feeder.pipeline.turn import Result, Works

# 20220302130405 as web archives name captures, 2022-03-02T13:04:05Z and its like, or seconds of the
# epoch.
_DIGITS = re.compile(
    r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)(?:[T_ -]?(\d\d)[-:.h]?(\d\d)(?:[-:.m]?(\d\d))?)?(?!\d)"
)
_EPOCH = re.compile(r"(?<!\d)(1\d{9})(?:\d{3})?(?!\d)")


@dataclass(frozen=True, slots=True)
class Capture:
    file: Path
    at: datetime


def captures(paths: Iterable[Path]) -> tuple[Capture, ...]:
    """Returns the files, and those in the folders, in the order in which they were saved.

    Raises:
        ConfigError: there is no such file, or none at all.
    """
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise ConfigError(f"{path}: there is no such file or folder")
        files += [path] if path.is_file() else (file for file in path.rglob("*") if _is_copy(file))
    if not files:
        raise ConfigError("there is no file to replay")
    found = [Capture(file, _saved(file)) for file in files]
    return tuple(sorted(found, key=lambda one: (one.at, str(one.file))))


def _is_copy(file: Path) -> bool:
    return file.is_file() and not file.name.startswith(".")


def _saved(file: Path) -> datetime:
    """Returns the instant in the file's name, or in its folder's, or the file's own time."""
    for name in (file.name, file.parent.name):
        if stamp := stamp_in(name):
            return stamp
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def stamp_in(name: str) -> datetime | None:
    """Returns the instant that stands in a name, in UTC."""
    for found in _DIGITS.finditer(name):
        try:
            parts = [int(part) for part in found.groups() if part]
            return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]
        except ValueError:
            continue
    found_epoch = _EPOCH.search(name)
    return datetime.fromtimestamp(int(found_epoch[1]), UTC) if found_epoch else None


async def replay(
    source: Source, source_state: SourceState, works: Works, files: Sequence[Capture]
) -> list[Outcome]:
    """Reads the copies one after the other. A feed that has entries only gains those it lacks.

    Raises:
        StoreError: what was played so far was kept.
    """
    if (await asyncio.to_thread(works.store.known, source.id)).memory:
        return [await _added(source, source_state, works, files)]
    outcomes = []
    for capture in files:
        outcomes.append(await _played(source, source_state, works, capture))
        found = await asyncio.to_thread(works.store.source, source.id)
        source_state = found[1] if found else source_state
    return outcomes


async def _played(
    source: Source, source_state: SourceState, works: Works, capture: Capture
) -> Outcome:
    turn = Turn(source, source_state, works, capture.at, tells=False)
    try:
        document, snapshot = await _snapshot(turn, capture)
    except ExtractError as error:
        return Outcome(
            source.name, "failed", source_state.state, reason=f"{capture.file.name}: {error}"
        )
    reading = Reading(document, Validators(), document.url, size=len(document.body))
    return await asyncio.to_thread(take, turn, reading, snapshot, accept=False)


async def _added(
    source: Source, source_state: SourceState, works: Works, files: Sequence[Capture]
) -> Outcome:
    turn = Turn(source, source_state, works, datetime.now(UTC), tells=False)
    pages = []
    for capture in files:
        try:
            _, snapshot = await _snapshot(replace(turn, now=capture.at), capture)
        except ExtractError:
            continue
        pages.append(KeptSnapshot(capture.at, snapshot))
    return await asyncio.to_thread(_add, turn, pages)


def _add(turn: Turn, pages: list[KeptSnapshot]) -> Outcome:
    source, state = turn.source, turn.before.state
    if not pages:
        reason = "no updates were found on any of the copies"
        return Outcome(source.name, "failed", state, reason=reason)
    result = unseen(all_known(source, turn.works.store), pages, turn.now, rules=fingerprint(source))
    result = published_as(result, source, pages[-1].snapshot)
    if result.changes:
        store_as_one(turn, result, turn.before)
    outcome: Result = "changed" if result.changes else "unchanged"
    return Outcome(source.name, outcome, state, added=len(result.changes))


async def _snapshot(turn: Turn, capture: Capture) -> tuple[Document, Snapshot]:
    try:
        body = await asyncio.to_thread(capture.file.read_bytes)
    except OSError as error:
        raise ExtractError(f"the file cannot be read: {error.strerror}") from error
    document = Document(turn.source.settings.url, body, mimetypes.guess_type(capture.file.name)[0])
    snapshot = await turn.works.extract(
        document, rules_of(turn.source, capture.at, turn.before.profile.timezone)
    )
    if not snapshot.updates:
        raise ExtractError("no updates were found on it")
    return document, snapshot
