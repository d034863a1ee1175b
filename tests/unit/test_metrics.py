"""The figures: what is exported, and that docs, alert rules and the board name nothing else."""

from __future__ import annotations

import importlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from storing import settings

from feeder.pipeline.turn import Outcome
from feeder.runtime import metrics
from feeder.runtime.metrics import Metrics
from feeder.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

TOP = Path(__file__).parents[2]
LAST = "feeder_source_last_success_timestamp_seconds"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/feeder.db") as opened:
        yield opened


def exported(store: Store) -> dict[str, str]:
    """The kind of each figure of our own, by its name."""
    text = Metrics().text(store).decode()
    return dict(re.findall(r"^# TYPE (feeder_\w+) (\w+)$", text, re.MULTILINE))


def series(store: Store) -> set[str]:
    """The names that a query can use."""
    names = set()
    for name, kind in exported(store).items():
        suffixes = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        names |= {f"{name}{suffix}" for suffix in suffixes}
    return names


def test_the_docs_list_every_figure_with_its_kind(store: Store) -> None:
    rows = re.findall(
        r"^\| `(feeder_\w+)` \| (\w+) \|",
        (TOP / "docs/metrics.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert dict(rows) == exported(store)


def test_the_alert_rules_ask_for_figures_that_there_are(store: Store) -> None:
    yaml: Any = importlib.import_module("yaml")
    (group,) = yaml.safe_load((TOP / "deploy/prometheus-alerts.yml").read_text("utf-8"))["groups"]
    rules = group["rules"]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert {"expr", "for", "labels", "annotations"} <= set(rule)
        assert set(re.findall(r"feeder_\w+", rule["expr"])) <= series(store)


def test_the_board_asks_for_figures_that_there_are(store: Store) -> None:
    board = json.loads((TOP / "deploy/grafana-board.json").read_text("utf-8"))
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    asked = set(re.findall(r"feeder_\w+", " ".join(expressions)))
    assert asked
    assert asked <= series(store)


def test_no_series_says_when_a_counter_was_made(store: Store) -> None:
    figures = Metrics()
    figures.count_read(Outcome("harbour", "changed", "live", added=2), 0.1)
    assert "_created" not in figures.text(store).decode()


def test_each_source_that_is_followed_has_the_time_of_its_last_success(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure leaves it as it is; what is not followed any more has none; they are bounded."""
    monkeypatch.setattr(metrics, "MOST_SOURCES", 2)
    for name in ("ebb", "mole", "tide"):
        store.add(settings(name), "api", datetime.now(UTC))
    figures = Metrics()
    for name, outcome in (("gone", "changed"), ("ebb", "unchanged"), ("tide", "failed")):
        figures.count_read(Outcome(name, outcome, "live"), 0.1)  # type: ignore[arg-type]
    text = figures.text(store).decode()
    assert re.findall(rf'{LAST}{{source="(\w+)"}}', text) == ["ebb"]
    for name in ("mole", "tide"):
        figures.count_read(Outcome(name, "changed", "live"), 0.1)
    text = figures.text(store).decode()
    assert re.findall(rf'{LAST}{{source="(\w+)"}}', text) == ["mole", "tide"]
