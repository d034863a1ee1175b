"""What is counted: one log line a refresh, and the figures of /metrics."""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from feeder.notify import targets_status

if TYPE_CHECKING:
    from datetime import timedelta

    from feeder.refresh import Outcome
    from feeder.store import Store

logger = logging.getLogger("feeder.refresh")

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Meters:
    """The figures of one daemon, in the Prometheus naming."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.reads = Counter(
            "feeder_reads", "Reads of sources", ["outcome"], registry=self.registry
        )
        self.changes = Counter(
            "feeder_changes", "Changes of entries", ["kind"], registry=self.registry
        )
        self.bytes = Counter("feeder_read_bytes", "Bytes read from sources", registry=self.registry)
        self.seconds = Histogram(
            "feeder_refresh_seconds",
            "From the start of a refresh to its end",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.lateness = Histogram(
            "feeder_lateness_seconds",
            "How late reads begin",
            buckets=_SECONDS,
            registry=self.registry,
        )

    def late(self, by: timedelta) -> None:
        self.lateness.observe(max(0.0, by.total_seconds()))

    def read(self, outcome: Outcome, seconds: float) -> None:
        self.reads.labels(outcome.outcome).inc()
        self.bytes.inc(outcome.size)
        self.seconds.observe(seconds)
        for kind, count in (
            ("added", outcome.added),
            ("edited", outcome.edited),
            ("removed", outcome.removed),
        ):
            if count:
                self.changes.labels(kind).inc(count)
        level = logging.WARNING if outcome.outcome in {"failed", "held"} else logging.INFO
        logger.log(
            level,
            "%s %s +%d ~%d -%d %.0f ms %d bytes%s",
            outcome.source,
            outcome.outcome,
            outcome.added,
            outcome.edited,
            outcome.removed,
            seconds * 1000,
            outcome.size,
            f": {outcome.reason}" if outcome.reason else "",
            extra={
                "source": outcome.source,
                "outcome": outcome.outcome,
                "added": outcome.added,
                "edited": outcome.edited,
                "removed": outcome.removed,
                "ms": round(seconds * 1000, 1),
                "bytes": outcome.size,
                "reason": outcome.reason,
            },
        )

    def text(self, store: Store) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self.registry) + generate_latest(_of_the_store(store))


def _of_the_store(store: Store) -> CollectorRegistry:
    """What only the store knows: states of sources, and how late new updates were."""
    registry = CollectorRegistry()
    states = Gauge("feeder_sources", "Sources by state", ["state"], registry=registry)
    for state, count in store.by_state().items():
        states.labels(state).set(count)
    late = Gauge(
        "feeder_latency_seconds", "Of the newest updates", ["step", "quantile"], registry=registry
    )
    measured = list(store.latencies().values())
    for step in ("found", "published", "told"):
        seconds = sorted(chain.from_iterable(getattr(one, step) for one in measured))
        for quantile in (0.5, 0.95, 0.99):
            if seconds:
                late.labels(step, str(quantile)).set(seconds[int(quantile * (len(seconds) - 1))])
    _of_receivers(store, registry)
    return registry


def _of_receivers(store: Store, registry: CollectorRegistry) -> None:
    """How it stands with each hub and webhook."""
    waiting = Gauge(
        "feeder_push_waiting", "Messages that wait to be told", ["target"], registry=registry
    )
    failures = Gauge(
        "feeder_push_failures", "Failed attempts in a row", ["target"], registry=registry
    )
    dropped = Gauge(
        "feeder_push_dropped", "Messages given up since the first", ["target"], registry=registry
    )
    for one in targets_status(store):
        waiting.labels(one.target).set(one.waiting)
        failures.labels(one.target).set(one.failures)
        dropped.labels(one.target).set(one.dropped)
