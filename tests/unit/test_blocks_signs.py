"""What looks like updates and is none, and what is some although it looks like something else."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from feeder.extract import extract
from feeder.extract.inferred.scoring import LIKENESS
from feeder.extract.inferred.weights import WEIGHTS
from feeder.model import Document, Rules, Snapshot

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
SHOWS = (
    "A family finds an old chest in the cellar of the house by the lock, and with it a map of the river.",
    "Four cooks, one harbour kitchen and an hour for three courses: this week with smoked eel and plums.",
    "The detective comes home after ten years, and on the first evening the ferry is found without its crew.",
)


def read(body: str, title: str = "The quay", path: str = "a/page") -> Snapshot:
    head, main = f"<head><title>{title}</title></head>", f"<main><h1>{title}</h1>{body}</main>"
    page = f"<!doctype html><html>{head}<body>{main}</body></html>"
    return extract(Document(f"https://quay.example/{path}", page.encode(), "text/html"), Rules(NOW))


def rows(minutes: list[int]) -> str:
    return "".join(
        f"<li><b>{at // 60 % 24:02}:{at % 60:02}</b> <h3>Part {n}</h3><p>{SHOWS[n % 3]}</p></li>"
        for n, at in enumerate(minutes)
    )


DAY = [300 + 45 * n for n in range(24)]  # from five in the morning to eleven at night
ODD = [
    301,
    377,
    452,
    488,
    541,
    633,
    702,
    786,
    841,
    907,
    988,
    1049,
    1111,
    1182,
    1253,
    1307,
    1399,
    1466,
]


@pytest.mark.parametrize(
    ("minutes", "title", "count"),
    [
        (DAY, "The quay", 0),
        (ODD, "The quay", 0),
        (DAY[::-1], "The quay", 24),  # the newest first, as updates are
        (ODD, "The quay: live updates of a long day", 18),
        (DAY, "TV guide: live today", 0),
        ([601, 607, 622, 640, 641, 655], "The quay", 6),
        # a timeline of an hour, told in round figures
        ([600, 615, 620, 640, 645, 655], "The quay", 6),
        ([600, 615, 620, 640, 645, 655], "Radio schedule", 0),
    ],
)
def test_what_goes_on_through_the_day_by_the_clock_is_a_programme(
    minutes: list[int], title: str, count: int
) -> None:
    assert len(read(f"<ul>{rows(minutes)}</ul>", title).updates) == count


def test_the_days_of_a_programme_are_no_updates_either() -> None:
    days = "".join(
        f"<section><h2>{day} March 2026</h2><ul>{rows(DAY)}</ul></section>" for day in (1, 2)
    )
    assert read(days).updates == ()


def test_rows_of_figures_are_no_updates_and_rows_of_words_are() -> None:
    def table(cells: str) -> str:
        made = "".join(f"<tr><td>2026-02-{28 - n}</td>{cells}<td>{n}</td></tr>" for n in range(12))
        return f"<table><tbody>{made}</tbody></table>"

    assert (
        read(
            table("<td>Quay</td><td>@</td><td>Lock</td>" + "<td>12</td><td>.250</td><td>1</td>" * 3)
        ).updates
        == ()
    )
    assert len(read(table(f"<td>{SHOWS[0]}</td>")).updates) == 12


@pytest.mark.parametrize(
    ("title", "path", "count"),
    [
        ("Where to moor · Quay Forums", "a/page", 0),
        ("Where to moor", "viewtopic.php?t=3", 0),
        ("Where to moor", "a/page", 6),
        ("Live from the World Harbour Forum", "a/page", 6),
    ],
)
def test_posts_that_are_signed_are_a_thread_where_the_page_says_forum(
    title: str, path: str, count: int
) -> None:
    posts = "".join(
        f"<article><div><b>{('skipper', 'bosun')[n % 2]}</b> <span>2026-02-0{n + 1} 1{n}:0{n} UTC</span></div>"
        f"<p>{SHOWS[n % 3]}</p></article>"
        for n in range(6)
    )
    assert len(read(posts, title, path).updates) == count


def test_replies_are_told_whatever_space_is_around_them() -> None:
    def posts(last: str) -> str:
        return "".join(
            f"<div><p><span>2 March 2026, 1{n}:0{n}</span></p><p>{SHOWS[n % 3]}</p>\n{' ' * 60}<a>\n{' ' * 60}{last}\n"
            f"{' ' * 60}</a></div>"
            for n in range(6)
        )

    assert read(posts("Reply")).updates == ()
    assert len(read(posts("Share")).updates) == 6


def test_white_space_before_a_time_hides_it_not() -> None:
    far = "\n" + " " * 70
    body = "".join(
        f"<div>{far}1{7 - n}:0{n}{far}&ndash; {SHOWS[n % 3]}{far}</div>" for n in range(5)
    )
    assert [u.published.hour for u in read(body).updates if u.published] == [17, 16, 15, 14, 13]


def test_the_time_of_an_update_is_no_time_of_a_change_whatever_its_class_is_called() -> None:
    body = "".join(
        f"<div class=update><div class='update-date'>2026-03-02T1{n}:00:00Z</div><p>{SHOWS[n % 3]}</p></div>"
        for n in range(4)
    )
    updates = read(body).updates
    assert [u.published.hour for u in updates if u.published] == [10, 11, 12, 13]
    assert {u.modified for u in updates} == {None}


@pytest.mark.parametrize(
    ("title", "count"),
    [("Incident: slow answers", 2), ("Slow answers", 0)],
)
def test_an_incident_page_has_short_updates(title: str, count: int) -> None:
    body = (
        "<div><p>2 March 2026, 16:43 UTC</p><p>Update</p><p>The fault was found, and the crew is mending it.</p></div>"
        "<div><p>2 March 2026, 17:08 UTC</p><p>Resolved</p><p>All is as it was before; it was a worn cable.</p></div>"
    )
    assert len(read(body, title).updates) == count


# ------------------------------------------------------------------------------------------ of data


def listed(**fields: str) -> list[dict[str, object]]:
    times = [f"2026-03-02T{hour:02}:15:00Z" for hour in range(6, 18)]
    return [
        {key: at if value == "at" else value for key, value in fields.items()}
        | {"title": f"{SHOWS[0]}, part {n}"}  # type: ignore[misc]
        for n, at in enumerate(times)
    ]


@pytest.mark.parametrize(
    ("document", "count"),
    [
        ({"channels": [{"programmes": listed(startTime="at", endTime="at")}]}, 0),
        ({"schedule": listed(date="at")}, 0),
        ({"incidents": listed(start_date="at", end_date="at")[::-1]}, 0),
        ({"posts": listed(started_at="at")[::-1]}, 12),
        ({"posts": listed(published="at")}, 12),
        ({"comments": listed(published="at")}, 0),
    ],
)
def test_a_list_of_what_is_to_come_is_none_of_updates(document: object, count: int) -> None:
    snapshot = extract(
        Document("https://quay.example/api", json.dumps(document).encode(), "application/json"),
        Rules(NOW),
    )
    assert len(snapshot.updates) == count
    assert count or snapshot.notes[0].text


@pytest.mark.parametrize(
    ("around", "likeness"),
    [
        (
            '<article>{}</article><script type="application/ld+json">{{"@type":"NewsArticle"}}</script>',
            "links to other articles",
        ),
        ("<article>{}</article>", "an addition to an article"),
    ],
)
def test_a_list_that_is_left_out_is_named_by_what_it_looks_like(around: str, likeness: str) -> None:
    """A person reads the reason in `preview` and `status`: no paths, no figures."""
    rows = "".join(
        f'<li><a href="/story-{n}">The {word} bridge is closed again</a> 3 Feb 2026</li>'
        for n, word in enumerate(("first", "second", "third", "fourth"))
    )
    text = "<p>The council has met to talk about the harbour and its old bridges.</p>" * 30
    snapshot = read(f"{around.format(text)}<aside><ul>{rows}</ul></aside>", "A council meets")
    assert not snapshot.updates
    assert [note.text for note in snapshot.notes] == [f"4 dated blocks look like {likeness}"]


def test_every_feature_has_a_likeness_but_what_speaks_for_the_whole_page() -> None:
    assert {*LIKENESS, "live"} == {*WEIGHTS}
