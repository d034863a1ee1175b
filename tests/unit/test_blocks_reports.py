"""Incident pages and changelogs: few words for each entry, and years, months and days that head them."""

from __future__ import annotations

from datetime import UTC, datetime

from feeder.extract import extract
from feeder.model import Document, Rules, Snapshot

NOW = datetime(2026, 2, 3, 18, 0, tzinfo=UTC)


def read(body: str, title: str) -> Snapshot:
    page = f"<!doctype html><html lang=en><head><title>{title}</title></head><body>{body}</body></html>"
    return extract(Document("https://status.quay.example/", page.encode(), "text/html"), Rules(NOW))


def times(snapshot: Snapshot) -> list[str]:
    return [f"{update.published:%Y-%m-%d %H:%M}" for update in snapshot.updates if update.published]


def test_days_head_what_states_no_year() -> None:
    steps = (
        ("Resolved", "Ships are let in again, and nobody has to wait."),
        ("Monitoring", "The gate has a new hinge, and we see whether it holds."),
        ("Investigating", "The gate of the lock does not open, and we look why."),
    )
    entries = [
        f"<div><strong>{state}</strong> - <span>{words}</span><br><small>Jan {day}, 0{9 - n}:15 UTC</small></div>"
        for day in (2, 1)
        for n, (state, words) in enumerate(steps)
    ]
    body = (
        "<h1>Quay</h1><div><h2>Past incidents</h2>"
        f"<section><div>Jan 2, 2025</div><div><a href=/i/2>Gate stuck again</a>{''.join(entries[:3])}</div></section>"
        f"<section><div>Jan 1, 2025</div><div><a href=/i/1>Gate stuck</a>{''.join(entries[3:])}</div></section>"
        "<section><div>Dec 31, 2024</div><p>No incidents reported.</p></section></div>"
    )
    snapshot = read(body, "Quay Status")
    assert times(snapshot) == [f"2025-01-0{day} 0{hour}:15" for day in (2, 1) for hour in (9, 8, 7)]
    assert [update.content.title for update in snapshot.updates[:2]] == [
        "Gate stuck again: Resolved",
        "Gate stuck again: Monitoring",
    ]


def test_days_that_head_as_many_as_they_are_themselves() -> None:
    def incident(at: str) -> str:
        return f"<li><b>Slow gate</b><a href=/i/{at}><time datetime={at}>{at}</time></a><p>It took a while.</p></li>"

    body = (
        f"<h1>Past incidents</h1><h4>6 May 2025</h4><ul>{incident('2025-05-06T10:31:00Z')}</ul>"
        "<h4>5 May 2025</h4><ul><li>No incidents.</li></ul>"
        f"<h4>2 May 2025</h4><ul>{incident('2025-05-02T22:05:00Z')}{incident('2025-05-02T06:40:00Z')}</ul>"
    )
    assert times(read(body, "Quay Status")) == [
        "2025-05-06 10:31",
        "2025-05-02 22:05",
        "2025-05-02 06:40",
    ]


def test_months_and_years_head_what_states_none() -> None:
    def incident(at: str, what: str) -> str:
        return f"<div><a href=/i/{what[:4]}>{what}</a><p>All is as it was before.</p><small>{at} UTC</small></div>"

    body = (
        "<h1>Incident history</h1>"
        f"<div><h4>January 2025</h4>{incident('Jan 5, 14:56 - 19:28', 'Gate stuck')}</div>"
        f"<div><h4>December 2024</h4>{incident('Dec 24, 03:02 - 04:12', 'Water low')}"
        f"{incident('Dec 3, 08:15 - 09:00', 'Lamps out')}</div>"
    )
    assert times(read(body, "Quay Status")) == [
        "2025-01-05 14:56",
        "2024-12-24 03:02",
        "2024-12-03 08:15",
    ]
    body = body.replace("January 2025", "2025").replace("December 2024", "2024")
    assert times(read(body, "Quay Status")) == [
        "2025-01-05 14:56",
        "2024-12-24 03:02",
        "2024-12-03 08:15",
    ]


def test_a_changelog_may_be_terse() -> None:
    body = (
        "<h1>Changelog</h1><p>All notable changes of the lock are written down in this file.</p>"
        "<h2>[Unreleased]</h2><h3>Added</h3><ul><li>Nothing yet; write to the keeper about ideas.</li></ul>"
        "<h2>[1.3.0] - 2025-08-14</h2><h3>Added</h3><ul><li>A lamp at the upper gate, for ships at night.</li></ul>"
        "<h2>[1.2.1] - 2025-06-02</h2><h3>Fixed</h3><ul><li>The hinge of the lower gate is quiet again.</li></ul>"
        "<h2>[1.2.0] - 2025-03-29</h2><h3>Changed</h3><ul><li>The paint of both gates is blue now.</li></ul>"
    )
    snapshot = read(body, "Changelog")
    assert times(snapshot) == ["2025-08-14 00:00", "2025-06-02 00:00", "2025-03-29 00:00"]
    assert [update.content.title for update in snapshot.updates] == [
        "[1.3.0]",
        "[1.2.1]",
        "[1.2.0]",
    ]
