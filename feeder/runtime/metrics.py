"""The figures of /metrics, and one log line for each refresh."""

from __future__ import annotations

import logging
from collections import Counter as Counts
from collections import OrderedDict
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from feeder.notify.targets import targets_status
from feeder.operations.installation_status import installation_status

if TYPE_CHECKING:
    from datetime import timedelta

    from feeder.pipeline.turn import Outcome
    from feeder.store import Store

logger = logging.getLogger("feeder.refresh")

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_LEVELS = {"failed": logging.WARNING, "held": logging.WARNING, "unchanged": logging.DEBUG}
MOST_SOURCES = 1000  # that have a series of their own: those that were read last
_LINE = "%(source)s %(outcome)s +%(added)d ~%(edited)d -%(removed)d %(ms).0f ms %(bytes)d bytes"
_LINE_WITH_REASON = f"{_LINE}: %(reason)s"


class Metrics:
    """The figures of one daemon, named as Prometheus does."""

    def __init__(self) -> None:
        # They would be a second series for each counter, which no one asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._successes: OrderedDict[str, datetime] = OrderedDict()  # by the source's name
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self.reads = Counter("feeder_reads", "Reads of sources", ["outcome"], registry=registry)
        self.changes = Counter("feeder_changes", "Changes of entries", ["kind"], registry=registry)
        self.bytes = Counter("feeder_read_bytes", "Bytes read from sources", registry=registry)
        self.seconds = Histogram(
            "feeder_refresh_seconds",
            "From the start of a refresh to its end",
            buckets=_SECONDS,
            registry=registry,
        )
        self.lateness = Histogram(
            "feeder_lateness_seconds", "How late reads begin", buckets=_SECONDS, registry=registry
        )

    def count_lateness(self, by: timedelta) -> None:
        self.lateness.observe(max(0.0, by.total_seconds()))

    def count_read(self, outcome: Outcome, seconds: float) -> None:
        """Counts a refresh that took so many seconds, and logs it."""
        self.reads.labels(outcome.outcome).inc()
        self.bytes.inc(outcome.size)
        self.seconds.observe(seconds)
        if outcome.outcome in {"changed", "unchanged"}:
            self._note_success(outcome.source, datetime.now(UTC))
        for kind in ("added", "edited", "removed"):
            if changes := getattr(outcome, kind):
                self.changes.labels(kind).inc(changes)
        _log_read(outcome, seconds * 1000)

    def text(self, store: Store) -> bytes:
        """Returns the figures in the Prometheus text format."""
        registry = _read_store(store)
        self._add_successes(store, registry)
        return generate_latest(self.registry) + generate_latest(registry)

    def _note_success(self, name: str, now: datetime) -> None:
        self._successes[name] = now
        self._successes.move_to_end(name)
        if len(self._successes) > MOST_SOURCES:
            self._successes.popitem(last=False)

    def _add_successes(self, store: Store, registry: CollectorRegistry) -> None:
        """Adds when each source was last read with success, of those that are still followed."""
        gauge = Gauge(
            "feeder_source_last_success_timestamp_seconds",
            "When a read of this source last succeeded, since the start",
            ["source"],
            registry=registry,
        )
        successes = dict(self._successes)
        for name in sorted(successes.keys() & set(store.names())):
            gauge.labels(name).set(successes[name].timestamp())


def _log_read(outcome: Outcome, milliseconds: float) -> None:
    facts = {
        "source": outcome.source,
        "outcome": outcome.outcome,
        "added": outcome.added,
        "edited": outcome.edited,
        "removed": outcome.removed,
        "ms": round(milliseconds, 1),
        "bytes": outcome.size,
        "reason": outcome.reason,
    }
    level = _LEVELS.get(outcome.outcome, logging.INFO)
    logger.log(level, _LINE_WITH_REASON if outcome.reason else _LINE, facts, extra=facts)


def _read_store(store: Store) -> CollectorRegistry:
    """Returns what only the store knows: states of sources, latencies, and how push is doing."""
    registry = CollectorRegistry()
    states = Gauge("feeder_sources", "Sources by state", ["state"], registry=registry)
    for state, number in store.by_state().items():
        states.labels(state).set(number)
    _add_latencies(store, registry)
    _add_receivers(store, registry)
    if store.shared:
        _add_machines(store, registry)
    return registry


def _add_latencies(store: Store, registry: CollectorRegistry) -> None:
    """Quantiles over the newest updates of all sources."""
    labels = ["step", "quantile"]
    gauge = Gauge(
        "feeder_latency_seconds", "Latency of the newest updates", labels, registry=registry
    )
    measured = list(store.latencies().values())
    for step in ("found", "published", "told"):
        seconds = sorted(chain.from_iterable(getattr(one, step) for one in measured))
        if not seconds:
            continue
        for quantile in (0.5, 0.95, 0.99):
            gauge.labels(step, str(quantile)).set(seconds[int(quantile * (len(seconds) - 1))])


def _add_receivers(store: Store, registry: CollectorRegistry) -> None:
    """Adds how each hub and webhook is doing."""

    def gauge(name: str, text: str) -> Gauge:
        return Gauge(f"feeder_push_{name}", text, ["target"], registry=registry)

    waiting = gauge("waiting", "Messages that wait to be sent")
    failures = gauge("failures", "Failed attempts in a row")
    dropped = gauge("dropped", "Messages given up since the first")
    for one in targets_status(store):
        waiting.labels(one.target).set(one.waiting)
        failures.labels(one.target).set(one.failures)
        dropped.labels(one.target).set(one.dropped)


def _add_machines(store: Store, registry: CollectorRegistry) -> None:
    """Adds how the machines that share the store are doing."""
    found = installation_status(store)
    kinds = Counts((one.kind, "gone" if one.gone else "alive") for one in found.machines)
    labels = ["kind", "state"]
    machines = Gauge("feeder_machines", "Machines that share the store", labels, registry=registry)
    for (kind, state), number in kinds.items():
        machines.labels(kind, state).set(number)
    queue = Gauge("feeder_queue_jobs", "Jobs that no worker has begun", registry=registry)
    queue.set(found.queue)
    late = Gauge("feeder_overdue_seconds", "How late the most overdue read is", registry=registry)
    late.set(found.late)
