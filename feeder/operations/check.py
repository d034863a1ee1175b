"""Checks the configuration, the store, the published files, and if asked to, the pages."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from feeder import publish, render
from feeder.config import resolve_secret
from feeder.errors import ConfigError, SourceError
from feeder.operations.check_settings import Problem, check_settings
from feeder.pipeline.rules import rules_of
from feeder.publish import compose
from feeder.publish.publisher import Publisher
from feeder.read.http import look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from feeder.config import BundleSettings, Settings, Source
    from feeder.model import SourceState
    from feeder.pipeline.turn import Works
    from feeder.store import Store


ATTEMPTS = 3
PAUSE = 0.5  # seconds


def check_here(
    store: Store, settings: Settings, progress: Callable[[str], object]
) -> Iterator[Problem]:
    """Finds what this machine can tell by itself; calls `progress` with the name of each source."""
    followed = [source.settings for source, _ in store.sources()]
    yield from check_settings(settings, followed)
    yield from (Problem("store", text) for text in store.check())
    mistake = store.get("configuration_error")
    if mistake:
        yield Problem(
            "configuration", f"it has a mistake, so the old settings are in force: {mistake}"
        )
    for source, source_state in store.sources():
        progress(source.name)
        yield from _secrets(source)
        if source_state.last_change is None:
            continue
        yield from _settled(partial(_findings, source, source_state, store, settings))
    for bundle in settings.bundle:
        yield from _settled(partial(_of_bundle, bundle, store, settings))


def _secrets(source: Source) -> Iterator[Problem]:
    """Finds secrets of the source's request that cannot be read here."""
    request = source.settings.request
    for reference in (*request.headers.values(), *request.cookies.values(), request.auth):
        try:
            resolve_secret(reference)
        except ConfigError as error:
            yield Problem(source.name, str(error))


def _settled(look: Callable[[], Iterable[publish.Finding]]) -> Iterator[Problem]:
    """Looks until nothing is wrong, a few times: what a daemon is just publishing is right soon."""
    for attempt in range(ATTEMPTS):
        findings = tuple(look())
        if not any(finding.wrong for finding in findings) or attempt == ATTEMPTS - 1:
            yield from (Problem(finding.file, finding.text, finding.wrong) for finding in findings)
            break
        time.sleep(PAUSE)


def _findings(
    source: Source, source_state: SourceState, store: Store, settings: Settings
) -> list[publish.Finding]:
    feed = compose.feed_of(
        source, source_state, settings, store.feed(source.id, source.settings.keep)
    )
    findings = publish.check_feed(feed, settings.output)
    for number in range(feed.first, feed.sealed + 1):
        document = render.archive_feed(feed, store.archive(source.id, number))
        findings += publish.check_archive(document, number, settings.output)
    return findings


def _of_bundle(bundle: BundleSettings, store: Store, settings: Settings) -> list[publish.Finding]:
    return publish.check_feed(Publisher(settings, store).bundle_feed(bundle), settings.output)


async def check_online(
    works: Works, now: datetime, progress: Callable[[str], object]
) -> list[Problem]:
    """Finds pages that cannot be read or show no updates; nothing is stored."""
    problems = []
    for source, _ in works.store.sources():
        progress(source.name)
        if not source.url:
            continue
        try:
            snapshot = await works.extract(
                await look(source.url, works.fetcher, source), rules_of(source, now)
            )
        except SourceError as error:
            problems.append(Problem(source.name, str(error)))
            continue
        if not snapshot.updates:
            problems.append(Problem(source.name, f"no updates were found at {source.url}"))
    return problems
