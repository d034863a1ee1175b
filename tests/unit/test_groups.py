"""Updates in named groups: titles, categories and links; and days on which nothing happened."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feeder.extract.groups import name_groups, without_quiet_days
from feeder.extract.record.content import content
from feeder.model import Group, Snapshot, Update
from feeder.reconcile.observed import once

PUMPS = Group("Pumps stand still", "https://status.example/i/7")
LOCKS = Group("Locks are slow")
DAY = datetime(2026, 3, 2, tzinfo=UTC)


def told(
    headline: str, text: str = "", group: Group | None = PUMPS, url: str | None = None
) -> Update:
    made = content(headline, f"<p>{text}</p>" if text else "", "https://status.example/")
    return Update(made, DAY, "clock", url=url, group=group)


@pytest.mark.parametrize(
    ("headline", "title"),
    [
        ("Resolved", "Pumps stand still: Resolved"),
        ("Wird untersucht", "Pumps stand still: Wird untersucht"),
        ("解決済み", "Pumps stand still: 解決済み"),
        ("", "Pumps stand still: The spare pump runs."),
        ("The spare pump is running again", "The spare pump is running again"),
        ("Pumps stand still: over", "Pumps stand still: over"),
    ],
)
def test_a_title_that_says_nothing_alone_says_its_group(headline: str, title: str) -> None:
    [named] = name_groups([told(headline, "The spare pump runs.")])
    assert named.content.title == title
    assert named.content.derived is not headline
    assert named.content.categories == ("Pumps stand still",)


def test_a_longer_label_is_told_by_standing_in_several_groups() -> None:
    twice = [told("A fix is out", "One."), told("A fix is out", "Two.", LOCKS)]
    assert [u.content.title for u in name_groups(twice)] == [
        "Pumps stand still: A fix is out",
        "Locks are slow: A fix is out",
    ]
    assert name_groups(twice[:1])[0].content.title == "A fix is out"


def test_the_link_of_the_group_serves_where_an_update_has_none() -> None:
    own = "https://status.example/u/1"
    named = name_groups(
        [told("Resolved"), told("Resolved", url=own), told("Resolved", group=LOCKS)]
    )
    assert [u.url for u in named] == [PUMPS.url, own, None]


def test_a_title_of_an_update_in_no_group_stays_and_a_long_one_is_cut_at_a_word() -> None:
    assert name_groups([told("Resolved", group=None)])[0].content.title == "Resolved"
    [long] = name_groups([told("", "word " * 40)])
    assert len(long.content.title) <= 100
    assert long.content.title.endswith("word…")


def day(text: str, number: int, stated: str = "day") -> Update:
    made = content("", f"<p>{text}</p>", "https://status.example/")
    return Update(made, DAY.replace(day=number), stated)  # type: ignore[arg-type]


def test_days_on_which_nothing_happened_are_no_updates() -> None:
    quiet = [day("Keine Störung heute.", 4), day("Keine Störung.", 3), day("Keine Störung.", 2)]
    real = day("The gate was shut for an hour.", 1)
    assert without_quiet_days([*quiet, real]) == (real,)


def test_short_texts_of_moments_stay_and_so_does_what_is_said_of_one_day() -> None:
    moments = [day("Corner.", 2, "clock"), day("Corner.", 3, "clock")]
    assert without_quiet_days(moments) == tuple(moments)
    once = day("No boats today.", 2)
    assert without_quiet_days([once]) == (once,)


def test_the_address_of_an_incident_is_no_id_of_its_updates() -> None:
    updates = name_groups([told(f"State {n}", f"It is hour {n} of this.") for n in range(3)])
    observed, notes = once(Snapshot("https://status.example/", updates))
    assert [one.update.url for one in observed] == [PUMPS.url] * 3
    assert ([one.key for one in observed], notes) == ([None] * 3, ())
