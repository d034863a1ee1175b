"""Updates in JSON documents: which list they are, and what each key holds, told by the values."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from feeder.extract import extract
from feeder.model import Document, Group, Rules, Snapshot

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
TEXTS = (
    "The crane on the east quay lifts again after its cable was changed in the night.",
    "Two barges wait at the lock because the upper gate does not close all the way.",
    "Divers have found the lost anchor in front of the old pier, under a metre of mud.",
    "The market opens an hour later on Thursday so that the square can be swept first.",
)


def read(document: Any, **api: str) -> Snapshot:
    body = document if isinstance(document, str) else json.dumps(document)
    rules = Rules(NOW, timezone="UTC", extract="api" if api else "auto", api=api)
    return extract(Document("https://api.example/v1/x", body.encode(), "application/json"), rules)


def hour(number: int) -> str:
    return f"2026-03-02T{number:02}:00:00Z"


def told(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [(u.content.title, u.content.text) for u in snapshot.updates]


# ------------------------------------------------------------------------------------------- times


@pytest.mark.parametrize("key", ["created_gmt", "createdUtc", "utc_time"])
@pytest.mark.parametrize("api", [{}, {"time": "KEY"}])
def test_a_key_that_names_utc_is_believed_whatever_the_zone_of_the_source(
    key: str, api: dict[str, str]
) -> None:
    posts = [
        {"created": f"2026-03-02T1{n + 2}:00:00", key: f"2026-03-02T1{n}:00:00", "text": text}
        for n, text in enumerate(TEXTS)
    ]
    rules = Rules(NOW, timezone="Africa/Cairo", api=dict.fromkeys(api, key))
    page = Document("https://api.example/v1/x", json.dumps(posts).encode(), "application/json")
    times = [update.published for update in extract(page, rules).updates]
    assert times == [datetime(2026, 3, 2, 10 + n, tzinfo=UTC) for n in range(len(TEXTS))]


# ------------------------------------------------------------------------------------------ groups

TWO_CASES = [
    {"name": "Crane stands still", "page": "https://status.example/c/1", "log": [
        {"when": hour(9), "phase": "resolved", "said": TEXTS[0]},
        {"when": hour(8), "phase": "in_progress", "said": TEXTS[1]},
    ]},
    {"name": "Lock is slow", "page": "https://status.example/c/2", "log": [
        {"when": hour(5), "phase": "resolved", "said": TEXTS[2]},
    ]},
]  # fmt: skip


def test_lists_under_several_parents_are_one_series_whose_groups_are_the_parents() -> None:
    updates = read({"state": "ok", "cases": TWO_CASES}).updates
    assert [(u.content.title, u.content.text) for u in updates] == [
        ("Crane stands still: Resolved", TEXTS[0]),
        ("Crane stands still: In progress", TEXTS[1]),
        ("Lock is slow: Resolved", TEXTS[2]),
    ]
    assert updates[2].group == Group("Lock is slow", "https://status.example/c/2")
    assert updates[2].url == "https://status.example/c/2"


def test_the_configuration_names_parents_group_and_items() -> None:
    found = read(
        {"x": {"y": TWO_CASES}},
        parents="x.y",
        group="join(' ', ['Case:', name])",
        group_url="page",
        items="log",
        time="when",
        body="said",
        category="phase",
    )
    first = found.updates[0]
    assert first.group == Group("Case: Crane stands still", "https://status.example/c/1")
    assert first.url == "https://status.example/c/1"
    assert first.content.categories == ("Case: Crane stands still", "resolved")
    assert len(found.updates) == 3


def test_lists_of_one_shape_under_several_keys_are_one() -> None:
    def notice(number: int) -> dict[str, Any]:
        return {"key": f"n{number}", "since": hour(number), "title": f"Notice {number}",
                "text": TEXTS[number % 4]}  # fmt: skip

    document = {"open": [notice(9)], "past": [notice(7), notice(6)], "seen": hour(10)}
    assert {u.native_id for u in read(document).updates} == {"n9", "n7", "n6"}


def test_highlights_that_repeat_items_of_the_list_are_left_out() -> None:
    posts = [{"id": n, "at": hour(9 - n), "head": f"Head {n}", "body": TEXTS[n]} for n in range(4)]
    document = {"highlights": [posts[3]], "posts": posts}
    assert [u.native_id for u in read(document).updates] == ["0", "1", "2", "3"]


# ------------------------------------------------------------------------------------------ values


def test_a_tree_of_elements_or_markdown_or_text_may_be_the_body() -> None:
    items = [
        {"at": hour(9), "news": "## New\n\n- the `<quay>` key\n- a **bold** word"},
        {"at": hour(8), "news": "Write <br> between two lines, it says there."},
    ]
    first, second = read(items).updates
    assert "<li>the <code>&lt;quay&gt;</code> key</li>" in first.content.html
    assert second.content.text == "Write <br> between two lines, it says there."


@pytest.mark.row("36")
def test_half_a_character_and_lines_of_json_are_read() -> None:
    lines = [json.dumps({"ts": 1772445600 + n, "level": "info", "msg": TEXTS[n]}) for n in range(3)]
    assert [text for _, text in told(read("\n".join(lines)))] == list(TEXTS[:3])
    half = json.dumps([{"ts": 1772445600 + n, "msg": TEXTS[n]} for n in range(3)])
    spoiled = half.replace("crane", "cr\\ud83dane")
    assert len(read(spoiled).updates) == 3


@pytest.mark.row("37")
def test_the_newest_end_of_a_long_list_is_read_whichever_it_is() -> None:
    items = [
        {"at": 1772000000 + 60 * n, "title": f"Gauge {n}", "text": TEXTS[n % 4]}
        for n in range(2100)
    ]
    for listed in (items, items[::-1]):
        found = read(listed)
        assert len(found.updates) == 2000
        assert {u.content.title for u in found.updates} >= {"Gauge 2099", "Gauge 100"}
        assert any("newest 2000" in note.text for note in found.notes)


@pytest.mark.parametrize(
    "document",
    [
        [{"date": "2026-03-02", "base": "EUR", "rates": {"USD": 1.1, "SEK": 11.2}},
         {"date": "2026-03-01", "base": "EUR", "rates": {"USD": 1.2, "SEK": 11.1}}],
        [{"id": n, "title": f"Oak chair number {n}", "description": TEXTS[n], "price": "49.00",
          "created_at": hour(n + 1)} for n in range(4)],
        [{"key": f"limit.{n}", "value": n, "description": TEXTS[n], "updated_at": hour(n)} for n in range(4)],
        [{"id": n, "name": "Ana Lind", "email": f"a{n}@x.example", "bio": TEXTS[n], "created_at": hour(n)}
         for n in range(4)],
        [{"t": hour(n), "celsius": n, "wind": n * 2} for n in range(9)],
        {"post": {"at": hour(1), "text": TEXTS[0]}, "comments": [
            {"at": hour(n), "text": TEXTS[n], "user": "kim"} for n in range(4)]},
        [{"start": f"2026-03-0{n}T20:00:00Z", "end": f"2026-03-0{n}T22:00:00Z", "title": f"Concert number {n}",
          "text": TEXTS[n]} for n in (3, 1, 2)],
    ],
)  # fmt: skip
def test_what_is_no_list_of_updates_has_none(document: Any) -> None:
    assert read(document).updates == ()


def test_parents_and_keys_that_say_nothing_are_borne() -> None:
    entries = [{"": hour(n), "0": TEXTS[n], "é": {}, "a.b": [[], {}]} for n in range(3)]
    assert len(read([{"": None, "list": entries}, {"list": entries[:1]}]).updates) == 3
