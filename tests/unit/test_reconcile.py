"""Reconciling, case by case: identity, edits, time, absence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from folding import FEED, PAGE, START, Folded, at, content, page, update, without

from feeder.model import Change, Image, Media, Memory, Update
from feeder.reconcile import (
    digest,
    match_context,
    reconcile,
    sought,
    unchanged,
)
from feeder.reconcile.last_read import LastRead, recall
from feeder.reconcile.observed import once

SENTENCES = (
    "The mayor confirmed about 120 residents near the old harbour.",
    "Rescue crews moved 340 passengers along the northern line overnight.",
    "Engineers at the dam expect up to 560 requests in the river district.",
    "The weather service warned that 780 homes on the coast road are without power.",
    "Union leaders denied reports of 910 ballots missing outside the capital.",
    "The coast guard counted 1,130 tonnes of grain at the eastern gate.",
    "Hospital managers will send supplies to 1,350 volunteers across the valley.",
    "Two ministers registered 1,570 vehicles by the depot since the morning.",
)


def numbered(count: int = 8, *, ids: bool = True, first: int = 0) -> list[Update]:
    """Updates ten minutes apart, newest first."""
    made = [
        update(10 * (first + n), SENTENCES[n], f"u{first + n}" if ids else None)
        for n in range(count)
    ]
    return made[::-1]


def begun(*updates: Update, **more: Any) -> Folded:
    source = Folded(**more)  # type: ignore[arg-type]
    source.read(page(*(updates or numbered())))
    return source


def kinds(result: object) -> list[str]:
    return [change.kind for change in result.changes]  # type: ignore[attr-defined]


class TestIdentity:
    def test_the_first_read_adds_all_oldest_first_with_their_own_times(self) -> None:
        source = Folded()
        result = source.read(page(*numbered()))
        assert kinds(result) == ["added"] * 8
        assert [change.entry.number for change in result.changes] == list(range(1, 9))
        assert [change.entry.published for change in result.changes] == [
            at(10 * n) for n in range(8)
        ]
        assert [entry.published for entry in source.living] == [
            at(10 * n) for n in range(7, -1, -1)
        ]
        assert all(entry.updated == entry.published for entry in source.living)

    def test_an_edit_before_the_first_sight_is_told(self) -> None:
        source = begun(
            update(20, SENTENCES[1], "b", modified=45), update(10, SENTENCES[0], "a", modified=5)
        )
        assert [entry.updated for entry in source.living] == [at(45), at(10)]

    def test_reading_twice_changes_nothing(self) -> None:
        source = begun()
        memory = source.memory
        assert source.read(page(*numbered())).changes == ()
        assert source.memory == memory
        assert not memory.pending

    @pytest.mark.parametrize("ids", [True, False])
    def test_a_new_store_mints_the_same_ids_again(self, ids: bool) -> None:
        first, second = begun(*numbered(ids=ids)), begun(*numbered(ids=ids))
        assert list(first.entries) == list(second.entries)
        assert all(name.startswith("urn:uuid:") for name in first.entries)

    def test_two_updates_of_one_minute_keep_the_order_of_the_page(self) -> None:
        for shown in (("b", "a"), ("a", "b")):
            source = Folded()
            source.read(
                page(update(20, "later"), *(update(10, f"{name} is the text") for name in shown))
            )
            assert source.texts == ["later", *(f"{name} is the text" for name in shown)]

    def test_the_same_words_twice_in_one_minute_are_two_updates(self) -> None:
        source = begun(
            update(20, "Half time."),
            update(10, "Goal!"),
            update(10, "Goal!"),
            update(5, "Kick-off."),
        )
        assert source.texts.count("Goal!") == 2
        assert (
            source.read(
                page(update(20, "Half time."), update(10, "Goal!"), update(10, "Goal!"))
            ).changes
            == ()
        )

    def test_the_same_words_at_another_time_are_another_update(self) -> None:
        source = begun(update(10, "Goal!"), update(5, "Kick-off at the old ground."))
        source.read(
            page(update(60, "Goal!"), update(10, "Goal!"), update(5, "Kick-off at the old ground."))
        )
        assert source.texts.count("Goal!") == 2
        source.read(page(update(99, "Goal!"), update(5, "Kick-off at the old ground.")))
        assert source.texts.count("Goal!") == 3

    FAREWELL = "That is all for today; thank you for reading along."

    @pytest.mark.parametrize("ids", [True, False])
    def test_a_farewell_that_recurs_each_day_is_another_update(self, ids: bool) -> None:
        """Be the one of the day before still shown, just fallen off, or taken out of the middle."""
        yesterday, today = (
            [
                update(
                    start + 10 * n, f"{SENTENCES[n]} Day {start}.", f"{start}-{n}" if ids else None
                )
                for n in range(4)
            ]
            for start in (0, 1440)
        )
        first, second = (
            update(at, self.FAREWELL, f"bye-{at}" if ids else None) for at in (25, 1490)
        )
        for before, now in (
            (
                [*yesterday[:3], first, yesterday[3]],
                [*yesterday[:3], first, yesterday[3], *today, second],
            ),
            ([first, yesterday[3]], [yesterday[3], *today, second]),
            ([*yesterday[:3], first, yesterday[3]], [*yesterday, *today, second]),
        ):
            source = begun(*before[::-1])
            source.read(page(*now[::-1]))
            assert source.texts.count(self.FAREWELL) == 2

    def test_the_same_words_a_day_later_are_another_update_where_times_are_relative(self) -> None:
        def shown(*pairs: tuple[float, str]) -> list[Update]:
            return [update(minutes, text, stated="relative") for minutes, text in pairs]

        source = begun(*shown((9990, SENTENCES[0]), (9980, self.FAREWELL)))
        source.read(page(*shown((9995, SENTENCES[1]), (9990, SENTENCES[0]))), accept=True)
        source.read(page(*shown((9999, SENTENCES[2]), (9995, SENTENCES[1]))), accept=True)
        source.memory = Memory()
        source.now = at(11_500)
        source.read(page(*shown((11_490, self.FAREWELL), (9999, SENTENCES[2]))))
        assert source.texts.count(self.FAREWELL) == 2

    def test_a_page_that_dates_all_its_updates_anew_is_known_by_its_words(self) -> None:
        source = begun(*numbered(ids=False))
        moved = [
            replace(one, published=one.published + timedelta(hours=5))  # type: ignore[operator]
            for one in numbered(ids=False)
        ]  # type: ignore[operator]
        assert set(kinds(source.read(page(*moved)))) <= {"retimed"}
        assert len(source.living) == 8

    def test_a_removed_update_does_not_come_back_as_another_of_the_same_few_words(self) -> None:
        source = begun(
            update(30, SENTENCES[2], "c"), update(20, "Goal!", "g"), update(10, SENTENCES[0], "a")
        )
        for _ in range(3):
            source.read(page(update(30, SENTENCES[2], "c"), update(10, SENTENCES[0], "a")))
        source.read(
            page(
                update(35, "Goal!", "h"),
                update(30, SENTENCES[2], "c"),
                update(10, SENTENCES[0], "a"),
            )
        )
        assert [(entry.published, entry.removed is None) for entry in source.entries.values()][
            1:
        ] == [
            (at(20), False),
            (at(30), True),
            (at(35), True),
        ]

    @pytest.mark.parametrize("place", [0, 3])
    def test_a_pinned_copy_with_an_id_of_its_own_is_no_update(self, place: int) -> None:
        """Also above the newest update, where it is the copy that is marked as pinned."""
        copy = replace(numbered()[place], native_id="pin-1", pinned=True)
        source = begun(copy, *numbered())
        assert [entry.native_id for entry in source.living] == [f"u{n}" for n in range(7, -1, -1)]

    def test_the_next_of_its_kind_is_another_update(self) -> None:
        source = begun(update(10, "Wicket! That is number 1 of the innings, caught behind."))
        source.read(page(update(20, "Wicket! That is number 2 of the innings, caught behind.")))
        assert len(source.living) == 2

    def test_a_redesign_that_renames_all_ids_is_found_by_words(self) -> None:
        source = begun()
        renamed = [replace(one, native_id=f"post-{n}") for n, one in enumerate(numbered())]
        assert kinds(source.read(page(*renamed))) == []
        assert set(kinds(source.read(page(*renamed)))) == {"touched"}
        assert len(source.entries) == 8
        edited = replace(renamed[2], content=content("Wholly other words, and 99 of them."))
        assert kinds(source.read(page(*renamed[:2], edited, *renamed[3:]))) == ["edited"]

    def test_a_redesign_that_drops_all_ids_is_found_by_words(self) -> None:
        source = begun()
        assert source.read(page(*numbered(ids=False))).changes == ()

    def test_ids_that_are_mere_places_are_no_evidence(self) -> None:
        def placed(updates: list[Update]) -> list[Update]:
            return [replace(one, native_id=f"item-{place}") for place, one in enumerate(updates)]

        source = begun(*placed(numbered(7)))
        new = update(75, "A new one comes on top of all the others.")
        assert kinds(source.read(page(*placed([new, *numbered(7)])))) == ["added"]
        assert source.read(page(*placed([new, *numbered(7)]))).changes == ()
        newer = update(76, "And another one, which is newer still.")
        assert kinds(source.read(page(*placed([newer, new, *numbered(7)])))) == ["added"]

    def test_an_id_that_passes_from_one_update_to_another_is_not_believed(self) -> None:
        source = begun()
        updates = numbered()
        new = update(75, "A new one takes the id of the one below.", "u7")
        passed = page(new, replace(updates[0], native_id="v7"), *updates[1:])
        assert [kinds(source.read(passed)) for _ in range(3)] == [["added"], ["touched"], []]
        swapped = [replace(updates[1], native_id="u5"), replace(updates[2], native_id="u6")]
        source = begun()
        assert kinds(source.read(page(updates[0], *swapped, *updates[3:]))) == []
        assert set(kinds(source.read(page(updates[0], *swapped, *updates[3:])))) == {"touched"}

    @pytest.mark.parametrize(
        ("stated", "minutes", "expected"),
        [
            ("instant", 0, 0),
            ("instant", 31, 31),
            ("clock", 31, 31),
            ("clock", 1440, None),  # the same time of another day
            ("clock", 1441, 1441),
            ("clock", 1439.5, None),
            ("clock", -1440, None),
            ("day", 2879, None),
            ("day", 2880, 2880),
            ("relative", 50, None),
            ("none", 0, None),
        ],
    )
    def test_how_far_apart_an_update_and_an_entry_are(
        self, stated: Any, minutes: float, expected: float | None
    ) -> None:
        entry = begun(update(0, SENTENCES[0])).living[0]
        context = match_context.gather_context([entry], recall(b""), at(60), lenient=False)
        shown, _ = once(
            page(replace(update(minutes, SENTENCES[0], stated="instant"), stated=stated))
        )
        distance = match_context.apart(shown[0], entry, context)
        assert distance == (None if expected is None else timedelta(minutes=expected))

    def test_an_id_that_starts_anew_each_morning_is_another_update(self) -> None:
        source = begun(update(30, SENTENCES[0], "1"), update(20, SENTENCES[1], "2"))
        source.read(page(update(1460, SENTENCES[2], "1"), update(1450, SENTENCES[3], "2")))
        assert len(source.living) == 4
        assert (
            source.read(
                page(update(1460, SENTENCES[2], "1"), update(1450, SENTENCES[3], "2"))
            ).changes
            == ()
        )

    def test_one_id_for_two_updates_is_split_and_said(self) -> None:
        source = Folded()
        snapshot = page(
            update(20, SENTENCES[0], "same"),
            update(10, SENTENCES[1], "same"),
            update(5, SENTENCES[2], "u"),
        )
        result = source.read(snapshot)
        assert kinds(result) == ["added"] * 3
        assert "'same'" in result.notes[0]
        assert source.read(snapshot).changes == ()
        assert [*begun(*snapshot.updates).entries] == [*source.entries]

    def test_a_pinned_copy_is_no_entry_of_its_own(self) -> None:
        updates = numbered()
        assert len(begun(replace(updates[5], pinned=True), *updates).entries) == 8
        assert len(begun(*numbered(ids=False)[5:6], *numbered(ids=False)).entries) == 8

    def test_a_summary_line_is_no_entry_of_its_own(self) -> None:
        full = update(10, SENTENCES[0], title="Harbour evacuated")
        row = Update(replace(full.content, text="", html=""), full.published)
        assert len(begun(row, update(20, SENTENCES[1], title="Line reopened"), full).entries) == 2

    def test_a_rewritten_headline_is_found_by_its_words(self) -> None:
        source = begun(
            update(20, SENTENCES[1], title="Trains"),
            update(10, SENTENCES[0], title="Harbour floods"),
        )
        later = (
            update(20, SENTENCES[1], title="Trains"),
            update(10, SENTENCES[0], title="Old harbour now dry"),
        )
        assert kinds(source.read(page(*later))) == ["edited"]

    def test_a_body_that_grew_tenfold_is_found_by_its_time(self) -> None:
        source = begun(*numbered(ids=False))
        grown = numbered(ids=False)
        grown[3] = replace(
            grown[3], content=content(grown[3].content.text + " " + " ".join(SENTENCES) * 2)
        )
        assert kinds(source.read(page(*grown))) == ["edited"]

    @pytest.mark.parametrize("stated", ["relative", "none"])
    def test_without_times_the_neighbours_help(self, stated: str) -> None:
        def timeless(updates: list[Update]) -> list[Update]:
            return [
                replace(one, published=None if stated == "none" else at(9990), stated=stated)
                for one in updates
            ]

        source = begun(*timeless(numbered(ids=False)))
        assert all(entry.published >= at(9990) for entry in source.living)
        frozen = [entry.published for entry in source.living]
        edited = timeless(numbered(ids=False))
        text = (
            edited[3]
            .content.text.replace("confirmed about", "now says there were")
            .replace("expect", "look for")
        )
        edited[3] = replace(edited[3], content=content(text + " More is to come."))
        new = timeless([update(0, "A new one comes on top of all the others.")])
        assert kinds(source.read(page(*new, *edited))) == ["edited", "added"]
        assert [entry.published for entry in source.living[-8:]] == frozen

    def test_an_image_without_any_words_is_an_update(self) -> None:
        bare = replace(
            update(15, ""),
            content=replace(
                content(""),
                images=update(
                    0, "", images=("https://x.example/a/harbour-at-night.jpg",)
                ).content.images,
            ),
        )
        source = begun(update(20, SENTENCES[1]), bare, update(10, SENTENCES[0]))
        assert len(source.entries) == 3
        assert (
            source.read(page(update(20, SENTENCES[1]), bare, update(10, SENTENCES[0]))).changes
            == ()
        )

    def test_only_what_can_be_touched_is_sought(self) -> None:
        wanted = sought(
            page(update(10, "One.", "a"), update(30, "Two."), deleted=frozenset({"d"})), FEED
        )
        assert wanted.native_ids == {"a", "d"}
        assert wanted.digests == {digest(content("One.")), digest(content("Two."))}
        assert (wanted.earliest, wanted.latest) == (
            at(10) - timedelta(minutes=30),
            at(30) + timedelta(minutes=30),
        )
        assert sought(page(update(None, "One.")), FEED).earliest is None

    def test_the_first_and_the_last_instant_there_are_do_no_harm(self) -> None:
        first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        for instant in (first, last):
            one = replace(update(10, SENTENCES[0], "a", modified=5), published=instant)
            source = begun(one, update(5, SENTENCES[1], "b"))
            assert source.read(page(one, update(5, SENTENCES[1], "b"))).changes == ()

    def test_half_a_character_in_an_id_does_no_harm(self) -> None:
        source = begun(update(10, SENTENCES[0], "a\ud800"))
        assert source.living[0].native_id == "a?"
        assert source.read(page(update(10, SENTENCES[0], "a\ud800"))).changes == ()

    def test_a_memory_that_cannot_be_read_is_as_none(self) -> None:
        source = begun()
        source.memory = Memory(b'{"window": 7')
        assert recall(source.memory.data) == LastRead()
        assert source.read(page(*numbered())).changes == ()


class TestEdits:
    def edited(self, old: str, new: str, **more: Any) -> tuple[bool, bool]:
        """Whether anything changed; and whether `updated` moved."""
        source = begun(update(20, SENTENCES[1], "b"), update(10, old, "a"))
        before = source.living[1]
        result = source.read(page(update(20, SENTENCES[1], "b"), update(10, new, "a", **more)))
        after = source.living[1]
        assert (after.id, after.published) == (before.id, before.published)
        return bool(result.changes), after.updated != before.updated

    LONG = "The crews at the harbour said they had counted many boats and were not done with the work of the long night"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("The count stood at 20 boats tonight.", "The count stood at 30 boats tonight."),
            (f"{LONG}.", f"{LONG} in Porto."),
            (f"{LONG}.", f"{LONG}".replace("were not done", "were done") + "."),
            (f"{LONG}. It isn't over.", f"{LONG}. It is over."),
            (f"{LONG}.", f"{LONG}. This post was corrected."),
            ("Boats are out at sea.", "Boats are out at night."),
            (
                "Nothing is known yet of the boats.",
                "Nothing is known yet of the boats. They may be safe after all.",
            ),
        ],
    )
    def test_an_edit_of_substance_moves_updated(self, old: str, new: str) -> None:
        assert self.edited(old, new) == (True, True)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (f"{LONG}.", f"{LONG}!"),
            (f"{LONG}.", f"{LONG}".replace("counted", "counetd") + "."),
            (
                f"{LONG}.",
                f"{LONG}".replace("harbour", "Harbour".lower()).replace("crews", "crew") + ".",
            ),
            (f'"{LONG}."', f"“{LONG}.”"),
        ],
    )
    def test_a_typo_changes_the_text_alone(self, old: str, new: str) -> None:
        assert self.edited(old, new) == (True, False)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("Boats are out. 2 min ago", "Boats are out. 14 min ago"),
            ("Boats are out. 1.2k views", "Boats are out. 3.4k views"),
            ("Boote sind draußen. vor 5 Minuten", "Boote sind draußen. vor 2 Stunden"),
            ("Boats are out.\n\nAll of them.", "Boats are  out. \n\n\nAll of them."),
        ],
    )
    def test_what_ticks_is_no_edit(self, old: str, new: str) -> None:
        assert self.edited(old, new) == (False, False)

    def test_markup_and_image_sizes_are_no_edits(self) -> None:
        one = update(
            10,
            SENTENCES[0],
            "a",
            images=("https://i.example/photos/harbour-night-640x480.jpg?w=640",),
        )
        source = begun(one)
        other = update(
            10,
            SENTENCES[0],
            "a",
            images=("https://i.example/photos/harbour-night-1200x900.jpg?w=1200",),
        )
        other = replace(
            other, content=replace(other.content, html="<div class='x'>other markup</div>")
        )
        assert source.read(page(other)).changes == ()

    def test_a_new_picture_is_of_substance_and_a_lost_one_is_not(self) -> None:
        picture = ("https://i.example/photos/harbour-at-night.jpg",)
        source = begun(update(10, SENTENCES[0], "a"))
        assert source.read(page(update(10, SENTENCES[0], "a", images=picture))).changes[0].what == (
            "images",
        )
        moved = source.living[0].updated
        assert moved == source.now
        source.read(page(update(10, SENTENCES[0], "a")), wait=20)
        source.read(page(update(10, SENTENCES[0], "a")), wait=20)
        source.read(page(update(10, SENTENCES[0], "a")), wait=20)
        assert source.living[0].updated == moved
        assert not source.living[0].content.images

    def test_a_new_recording_is_of_substance_and_a_lost_one_is_not(self) -> None:
        def told(*urls: str) -> Update:
            media = tuple(Media(url, "audio/mpeg") for url in urls)
            return replace(
                update(10, SENTENCES[0], "a"), content=replace(content(SENTENCES[0]), media=media)
            )

        source = begun(told("https://x.example/a.mp3"))
        source.read(page(told("https://x.example/a.mp3", "https://x.example/b.mp3?t=1")))
        moved = source.living[0].updated
        assert moved == source.now
        source.read(page(told("https://x.example/b.mp3?t=2")), wait=20)
        assert [one.url for one in source.living[0].content.media] == [
            "https://x.example/b.mp3?t=2"
        ]
        assert source.living[0].updated == moved

    def test_a_headline_is_of_substance_but_a_derived_one_never_is(self) -> None:
        source = begun(update(10, SENTENCES[0], "a", "Harbour floods"))
        source.read(page(update(10, SENTENCES[0], "a", "Harbour dry again")))
        assert source.living[0].updated == source.now
        other = begun(update(10, SENTENCES[0], "a"))
        renamed = replace(
            update(10, SENTENCES[0], "a"), content=replace(content(SENTENCES[0]), title="The mayor")
        )
        assert other.read(page(renamed)).changes == ()

    def test_authors_added_later_are_an_edit_that_moves_nothing(self) -> None:
        source = begun(update(10, SENTENCES[0], "a"))
        result = source.read(page(update(10, SENTENCES[0], "a", authors=("Mei Arslan",))))
        assert result.changes[0].what == ("authors",)
        assert source.living[0].updated == at(10)

    @pytest.mark.parametrize(
        ("modified", "expected"),
        [(40, at(40)), (None, at(10_010)), (5, at(10_010)), (20_000, at(10_010))],
    )
    def test_updated_is_the_pages_own_time_where_it_moved_on(
        self, modified: float | None, expected: object
    ) -> None:
        source = begun(update(20, SENTENCES[1], "b"), update(10, SENTENCES[0], "a"))
        source.read(
            page(
                update(20, SENTENCES[1], "b"),
                update(10, "Wholly other words here.", "a", modified=modified),
            )
        )
        assert source.living[1].updated == expected

    def test_updated_never_goes_back_when_the_clock_does(self) -> None:
        source = begun(update(10, SENTENCES[0], "a"))
        source.read(page(update(10, "Other words, 5 of them.", "a")))
        moved = source.living[0].updated
        source.read(page(update(10, "Still others, 6 of them.", "a")), wait=-3)
        assert source.living[0].content.text.startswith("Still")
        assert source.living[0].updated == moved

    def test_the_sites_own_words_added_everywhere_move_nothing(self) -> None:
        source = begun()
        template = [
            replace(one, content=content(one.content.text + " Share this with 20 friends"))
            for one in numbered()
        ]
        template[4] = replace(
            template[4],
            content=content("Meanwhile this one was rewritten. Share this with 20 friends"),
        )
        result = source.read(page(*template))
        assert kinds(result) == ["edited"] * 8
        assert [entry.updated == entry.published for entry in source.living] == [
            place != 4 for place in range(8)
        ]

    def test_the_sites_own_word_before_all_headlines_moves_nothing(self) -> None:
        def headed(prefix: str) -> list[Update]:
            return [
                replace(one, content=content(one.content.text, f"{prefix}Report {n}"))
                for n, one in enumerate(numbered())
            ]

        source = begun(*headed(""))
        assert kinds(source.read(page(*headed("Live from sea: ")))) == ["edited"] * 8
        assert all(entry.updated == entry.published for entry in source.living)

    def test_as_many_edits_at_once_that_are_not_the_same_move_updated(self) -> None:
        source = begun()
        rewritten = [
            replace(one, content=content(f"Number {n} of wholly other words.{' more' * n}"))
            for n, one in enumerate(numbered())
        ]
        assert kinds(source.read(page(*rewritten))) == ["edited"] * 8
        assert all(entry.updated == source.now for entry in source.living)

    def test_with_edits_off_the_first_version_stays(self) -> None:
        source = begun(*numbered(ids=False), edits="off")
        for words in ("Other words, 5 of them.", "Other words, 6 of them, and more."):
            updates = numbered(ids=False)
            updates[3] = replace(updates[3], content=content(updates[3].content.text + words))
            assert set(kinds(source.read(page(*updates)))) <= {"touched"}
        assert source.texts == [one.content.text for one in numbered()]

    def test_with_edits_new_a_version_is_an_entry_that_links_to_the_first(self) -> None:
        source = begun(update(20, SENTENCES[1], "b"), update(10, SENTENCES[0], "a"), edits="new")
        first = source.living[1]
        for number in (5, 6):
            source.read(
                page(update(20, SENTENCES[1], "b"), update(10, f"Now it is {number} boats.", "a"))
            )
        versions = [entry for entry in source.living if entry.edit_of == first.id]
        assert [entry.content.text for entry in versions] == [
            "Now it is 6 boats.",
            "Now it is 5 boats.",
        ]
        assert "text changed" in versions[0].content.html
        assert source.entries[first.id] == first
        source.read(page(update(20, SENTENCES[1], "b"), update(10, "Now it is 6 boats!", "a")))
        assert source.entries[versions[0].id].content.html.startswith("<p>A new version")
        assert len(source.entries) == 4

    def test_a_version_is_all_that_an_entry_is(self) -> None:
        one = replace(update(10, SENTENCES[0], "a", pinned=True), url=PAGE + "#a")
        source = begun(update(20, SENTENCES[1], "b"), one, edits="new")
        first = source.living[1]
        source.read(
            page(
                update(20, SENTENCES[1], "b"),
                replace(one, content=content("Now it is 5 <boats>."), modified=at(45)),
            )
        )
        version = source.living[0]
        words = content("Now it is 5 <boats>.")
        lead = f'<p><a href="{PAGE}#a">A new version of an earlier update</a>: text changed.</p>'
        assert version == replace(
            first,
            id=version.id,
            number=3,
            published=at(45),
            updated=at(45),
            first_seen=source.now,
            content=replace(words, html=f"{lead}\n{words.html}"),
            digest=digest(words),
            edit_of=first.id,
        )
        again = begun(update(20, SENTENCES[1], "b"), one, edits="new")
        again.read(
            page(update(20, SENTENCES[1], "b"), replace(one, content=words, modified=at(45)))
        )
        assert list(again.entries) == list(source.entries)

    def test_all_versions_go_when_the_update_is_removed(self) -> None:
        source = begun(*numbered(ids=False), edits="new")
        for number in (5, 6, 7):
            updates = numbered(ids=False)
            updates[3] = replace(
                updates[3], content=content(f"{updates[3].content.text} Now {number} of them.")
            )
            source.read(page(*updates))
        assert len(source.living) == 11
        for _ in range(3):
            source.read(without(page(*numbered(ids=False)), 3))
        assert len(source.living) == 7


class TestTime:
    def test_a_correction_under_the_same_id_is_taken(self) -> None:
        source = begun(update(20, SENTENCES[1], "b"), update(10, SENTENCES[0], "a"))
        result = source.read(page(update(20, SENTENCES[1], "b"), update(12, SENTENCES[0], "a")))
        assert [(change.kind, change.what) for change in result.changes] == [("retimed", ("time",))]
        assert source.living[1].published == at(12)

    @pytest.mark.parametrize(("minutes", "taken"), [(12, True), (41, False), (10 - 1440, False)])
    def test_a_clock_is_corrected_by_minutes_alone(self, minutes: float, taken: bool) -> None:
        """A clock that moves by hours or days may owe it to a zone or a day that was assumed."""

        def printed(at_minutes: float) -> Update:
            return replace(update(at_minutes, SENTENCES[0], "a"), stated="clock")

        source = begun(update(60, SENTENCES[1], "b"), printed(10))
        source.read(page(update(60, SENTENCES[1], "b"), printed(minutes)))
        assert source.living[1].published == at(minutes if taken else 10)

    @pytest.mark.parametrize("stated", ["relative", "day"])
    def test_what_the_page_states_vaguely_never_moves(self, stated: str) -> None:
        source = begun(update(20, SENTENCES[1], "b"), update(10, SENTENCES[0], "a"))
        moved = replace(update(12, SENTENCES[0], "a"), stated=stated)
        source.read(page(update(20, SENTENCES[1], "b"), moved))
        assert source.living[1].published == at(10)

    def test_a_time_that_most_updates_share_is_the_pages(self) -> None:
        def all_at(minutes: float) -> list[Update]:
            return [replace(one, published=at(minutes)) for one in numbered()]

        source = begun(*all_at(10))
        assert source.read(page(*all_at(15))).changes == ()

    def test_without_an_id_of_its_own_nothing_is_corrected(self) -> None:
        source = begun(update(20, SENTENCES[1]), update(10, SENTENCES[0]))
        assert source.read(page(update(20, SENTENCES[1]), update(12, SENTENCES[0]))).changes == ()

    def test_a_time_in_the_future_is_clamped_and_stays_so(self) -> None:
        source = Folded(now=at(0))
        source.read(page(update(60, SENTENCES[0], "a", modified=90)), wait=5)
        assert (source.living[0].published, source.living[0].updated) == (at(5), at(5))
        for text in (SENTENCES[0], SENTENCES[1]):
            source.read(page(update(60, text, "a", modified=90)), wait=200)
            assert source.living[0].published == at(5)

    def test_a_time_that_we_have_corrected_stays(self) -> None:
        """The page goes on to say what it said."""
        source = begun(update(20, SENTENCES[1], "b"), update(10, SENTENCES[0], "a"))
        entry = replace(source.living[1], published=at(8), revision=2)
        source.changes.append(Change("corrected", source.now, entry, ("time",)))
        source.read(page(update(20, SENTENCES[1], "b"), update(10, "All 77 words are new.", "a")))
        assert source.living[1].published == at(8)

    @pytest.mark.parametrize("shown", [1, 2, 5])
    def test_the_time_of_the_build_is_no_correction(self, shown: int) -> None:
        def built() -> list[Update]:
            late = (source.now - START).total_seconds() / 60 + 5  # that of the read
            return [update(late - 7 * n, SENTENCES[n], f"u{n}") for n in range(shown)]

        source = Folded()
        source.read(page(*built()))
        for _ in range(3):
            assert source.read(page(*built())).changes == ()

    def test_without_any_time_the_first_sight_counts_for_ever(self) -> None:
        source = begun(update(None, SENTENCES[0]))
        first = source.living[0].published
        assert first == source.now
        source.read(page(update(None, SENTENCES[1]), update(None, SENTENCES[0])))
        assert source.living[1].published == first

    def test_midnight_reckoned_otherwise_is_no_new_update(self) -> None:
        clock = [replace(one, stated="clock") for one in numbered(ids=False)]
        source = begun(*clock)
        shifted = [
            replace(one, published=one.published + timedelta(days=1))
            for one in clock
            if one.published
        ]
        assert source.read(page(*shifted)).changes == ()

    def test_new_rules_move_no_time_and_hold_nothing(self) -> None:
        source = begun()
        source.rules = "2"
        shifted = [
            replace(one, published=one.published - timedelta(hours=5))
            for one in numbered()
            if one.published
        ]
        result = source.read(page(*shifted))
        assert (result.changes, result.hold) == ((), None)
        assert source.read(page(*shifted)).changes == ()

    def test_new_rules_find_known_updates_by_their_words(self) -> None:
        source = begun(*numbered(ids=False))
        source.rules = "2"
        shifted = [
            replace(one, published=one.published - timedelta(hours=5))
            for one in numbered(ids=False)
            if one.published
        ]
        assert source.read(page(*shifted[:3])).changes == ()
        assert len(source.living) == 8


class TestAbsence:
    def test_gone_between_neighbours_on_three_reads_is_removed(self) -> None:
        source = begun()
        gone = without(page(*numbered()), 3)
        assert [kinds(source.read(gone)) for _ in range(4)] == [[], [], ["removed"], []]
        assert len(source.living) == 7

    @pytest.mark.parametrize("place", [1, 6])
    def test_one_neighbour_on_each_side_is_enough(self, place: int) -> None:
        source = begun()
        for _ in range(3):
            source.read(without(page(*numbered()), place))
        assert len(source.living) == 7

    @pytest.mark.parametrize("place", [0, 7])
    def test_what_is_gone_from_either_end_stays(self, place: int) -> None:
        source = begun()
        for _ in range(7):
            source.read(without(page(*numbered()), place))
        assert len(source.living) == 8

    def test_what_comes_back_to_the_end_is_no_witness_against_what_stood_below_it(self) -> None:
        updates = numbered()
        source = begun(*updates)
        source.read(page(updates[5], *updates[:5]))
        source.read(page(*updates[:5]))
        for _ in range(5):
            source.read(page(update(75, "A new one comes on top.", "new"), *updates[:6]))
        assert len(source.living) == 9

    def test_an_unchanged_answer_is_one_more_read(self) -> None:
        source = begun()
        source.read(without(page(*numbered()), 3))
        assert source.memory.pending
        assert [kinds(source.unchanged()) for _ in range(3)] == [[], ["removed"], []]
        assert not source.memory.pending

    def test_back_again_it_is_restored_under_its_id(self) -> None:
        source = begun()
        for _ in range(3):
            source.read(without(page(*numbered()), 3))
        newer = update(75, "A new one comes on top.", "new")
        result = source.read(page(newer, *numbered()))
        assert sorted(kinds(result)) == ["added", "restored"]
        assert len(source.entries) == 9
        assert source.living[4].updated == source.living[4].published

    def test_seen_again_before_the_third_read_it_was_never_gone(self) -> None:
        source = begun()
        whole, newer = page(*numbered()), update(75, "A new one comes on top.", "new")
        for _ in range(2):
            source.read(without(whole, 3))
            source.read(page(newer, *without(whole, 3).updates))
            source.read(page(newer, *whole.updates))
            source.read(page(newer, *whole.updates))
            source.read(page(newer, *whole.updates))
        assert len(source.living) == 9

    @pytest.mark.parametrize("ascending", [False, True])
    def test_what_falls_off_the_end_stays(self, ascending: bool) -> None:
        def turned(updates: list[Update]) -> list[Update]:
            return updates[::-1] if ascending else updates

        source = begun(*turned(numbered()))
        for _ in range(5):
            result = source.read(page(*turned(numbered()[:3])))
            assert (result.changes, result.hold) == ((), None)
        assert len(source.living) == 8

    def test_an_unchanged_answer_counts_only_what_is_proven_gone(self) -> None:
        source = begun()
        source.read(without(page(*numbered()), 3, 7))
        assert [kinds(source.unchanged()) for _ in range(3)] == [[], ["removed"], []]
        assert len(source.living) == 7

    def test_updates_of_one_minute_are_witnesses(self) -> None:
        same = [replace(one, published=at(10)) for one in numbered()]
        below = [update(5, "An older one.", "x"), update(7, "One that is out of its place.", "y")]
        source = begun(*same, *below)
        for _ in range(3):
            source.read(without(page(*same, *below), 3))
        assert len(source.living) == 9

    def test_a_page_that_starts_anew_each_morning_removes_and_holds_nothing(self) -> None:
        source = begun()
        for _ in range(4):
            result = source.read(page(update(1500, "A new day begins with other words.", "n1")))
            assert result.hold is None
        assert len(source.living) == 9

    @pytest.mark.parametrize(
        "others",
        [
            [replace(update(1500, "We value your privacy."), evidence="text")],
            [
                update(1500, "This is new."),
                update(35, "In the midst of what was known there is this."),
            ],
            [update(1500, "This is new."), update(None, "There is no telling when this was said.")],
        ],
    )
    def test_a_page_of_which_nothing_is_left_is_held_unless_it_starts_anew(
        self, others: list[Update]
    ) -> None:
        assert begun().read(page(*others)).hold is not None

    def test_a_pinned_one_is_no_witness(self) -> None:
        """An old update pinned on top, or put back, does not prove what rolled off meanwhile."""
        updates = numbered(ids=False)
        source = begun(*updates)
        for _ in range(4):
            source.read(page(updates[6], *updates[:4]))
        assert len(source.living) == 8

    def test_a_page_turned_upside_down_changes_nothing(self) -> None:
        for timed in (True, False):
            updates = [
                one if timed else replace(one, published=None, stated="none") for one in numbered()
            ]
            source = begun(*updates)
            for _ in range(2):
                assert source.read(page(*updates[::-1])).changes == ()

    def test_what_the_page_itself_says_was_deleted_is_removed_at_once(self) -> None:
        source = begun()
        left = without(page(*numbered(), deleted=frozenset({"u4", "unknown"})), 3)
        assert kinds(source.read(left)) == ["removed"]
        assert kinds(source.read(left)) == []

    def test_what_was_erased_on_request_stays_out(self) -> None:
        source = begun()
        change = source.changes[3]
        forgotten = replace(change.entry, content=content(""), removed=source.now, revision=2)
        source.changes.append(
            replace(
                change,
                kind="forgotten",
                entry=replace(forgotten, content=replace(forgotten.content, html="")),
            )
        )
        assert source.read(page(*numbered())).changes == ()


class TestBadMoments:
    @pytest.mark.row("13")
    def test_an_older_copy_is_ignored_twice_and_then_is_the_page(self) -> None:
        source = begun()
        old = page(*numbered())
        edited = numbered()
        edited[2] = replace(edited[2], content=content("Rewritten with 77 other words."))
        source.read(page(*edited))
        results = [source.read(old) for _ in range(3)]
        assert [result.believed for result in results] == [False, False, True]
        assert [kinds(result) for result in results] == [[], [], ["edited"]]

    def test_a_copy_that_shows_what_has_gone_since_is_ignored(self) -> None:
        source = begun()
        source.read(without(page(*numbered()), 4))
        assert not source.read(page(*numbered())).believed

    @pytest.mark.row("13")
    def test_three_reads_within_five_minutes_do_not_make_an_older_copy_the_page(self) -> None:
        source = begun()
        edited = numbered()
        edited[2] = replace(edited[2], content=content("Rewritten with 77 other words."))
        source.read(page(*edited))
        assert not any(source.read(page(*numbered()), wait=1).believed for _ in range(5))
        assert source.read(page(*numbered()), wait=1).believed

    def test_copies_of_different_age_in_turn_never_become_the_page(self) -> None:
        source = begun()
        versions = []
        for number in range(3):
            edited = numbered()
            edited[2] = replace(edited[2], content=content(f"Rewritten with {number} other words."))
            versions.append(page(*edited))
            source.read(versions[-1])
        for turn in range(12):
            assert not source.read(versions[turn % 2]).believed
        assert source.texts[2] == "Rewritten with 2 other words."

    def test_a_copy_is_known_by_one_update_that_was_replaced(self) -> None:
        """As a whole the page was never seen so."""
        source = begun()
        edited = numbered()
        for place in (2, 4):
            edited[place] = replace(
                edited[place], content=content(f"Rewritten with {place} other words.")
            )
        source.read(page(*edited))
        half = [*edited[:4], *numbered()[4:]]
        assert not source.read(page(*half)).believed

    @pytest.mark.row("2b")
    @pytest.mark.parametrize("text", ["The weather service warned that 780", ""])
    def test_a_page_cut_within_a_record_changes_nothing_and_its_end_is_not_missing(
        self, text: str
    ) -> None:
        source = begun()
        before = source.living
        last = replace(numbered()[4], content=content(text, "Warning"))
        for _ in range(2):
            result = source.read(page(*numbered()[:4], last), wait=1)
            assert (result.believed, result.hold, result.changes) == (False, None, ())
        assert source.read(page(*numbered())).changes == ()
        assert source.living == before

    @pytest.mark.row("2b")
    @pytest.mark.parametrize("authors", [(), ("The Harb",)], ids=["before", "within"])
    def test_a_page_cut_at_a_byline_loses_no_author(self, authors: tuple[str, ...]) -> None:
        signed = [
            replace(one, content=replace(one.content, authors=("Ana",))) for one in numbered()
        ]
        source = begun(*signed)
        last = replace(signed[4], content=replace(numbered()[4].content, authors=authors))
        assert not source.read(page(*signed[:4], last)).believed
        assert all(entry.content.authors == ("Ana",) for entry in source.living)

    @pytest.mark.row("2b")
    def test_a_page_that_was_cut_still_brings_news(self) -> None:
        source = begun()
        last = replace(numbered()[4], content=content("The weather service warned that"))
        news = update(90, "Breaking news comes through.", "n")
        assert kinds(source.read(page(news, *numbered()[:4], last))) == ["added"]
        assert kinds(source.read(page(news, *numbered()))) == []

    def test_html_that_was_closed_before_is_cut_where_it_is_not(self) -> None:
        source = begun()
        new = update(90, "Breaking news comes through, but it is", "n")
        cut = page(*numbered()[:3], new, truncated=True)
        assert (kinds(source.read(cut)), source.read(cut).believed) == ([], False)

    @pytest.mark.row("2b")
    @pytest.mark.parametrize(
        ("above", "last", "news"),
        [
            pytest.param(numbered(ids=False)[:3], update(40, "The coast"), [], id="a known one"),
            pytest.param([update(99, "News.")], update(90, "Snow"), ["added"], id="a new one"),
        ],
    )
    def test_a_text_that_breaks_off_within_a_headline_brings_what_stands_above(
        self, above: list[Update], last: Update, news: list[str]
    ) -> None:
        source = begun(*numbered(ids=False))
        cut = source.read(replace(page(*above, last), strategy="text"))
        assert (kinds(cut), cut.believed) == (news, False)
        assert kinds(source.read(page(*above, *numbered(ids=False)))) == []

    def test_what_ends_early_at_three_reads_over_five_minutes_is_the_page(self) -> None:
        source = begun()
        last = replace(numbered()[7], content=content("The mayor confirmed about"))
        shorter = page(*numbered()[:7], last)
        assert [source.read(shorter).believed for _ in range(3)] == [False, False, True]
        assert "The mayor confirmed about" in source.texts

    def test_poorer_evidence_is_no_edit(self) -> None:
        """The block with its picture has scrolled away; structured data says the same words still."""
        rich = content(
            f"{SENTENCES[0]} All we know.", images=(Image("https://i.example/a-big-wave.jpg"),)
        )
        both = replace(update(10, "", "a"), content=rich, kinds=("blocks", "jsonld"))
        source = begun(update(20, SENTENCES[1], "b"), both)
        poor = replace(both, content=content(SENTENCES[0]), kinds=("jsonld",), evidence="jsonld")
        for _ in range(3):
            assert source.read(page(update(20, SENTENCES[1], "b"), poor)).changes == ()
        edited = replace(poor, content=content("The mayor confirmed about 999 residents."))
        source.read(page(update(20, SENTENCES[1], "b"), edited))
        assert source.living[1].content.text == "The mayor confirmed about 999 residents."
        assert source.living[1].content.images

    def test_evidence_that_comes_back_is_no_older_copy(self) -> None:
        rich = content(f"{SENTENCES[0]} All we know.")
        both = replace(update(10, "", "a"), content=rich, kinds=("blocks", "jsonld"))
        poor = replace(both, content=content(SENTENCES[0]), kinds=("jsonld", "blocks"))
        source = begun(update(20, SENTENCES[1], "b"), both)
        cut = page(update(20, SENTENCES[1], "b"), poor, update(5, "Half a", "z"), truncated=True)
        assert source.read(cut).changes == ()
        source.read(page(update(20, SENTENCES[1], "b"), poor))
        edited = update(20, "All of the 77 words of this one are new.", "b")
        result = source.read(page(edited, both))
        assert (kinds(result), result.believed) == (["edited"], True)

    def test_richer_evidence_of_the_same_words_moves_nothing(self) -> None:
        poor = replace(update(10, SENTENCES[0], "a"), kinds=("jsonld",), evidence="jsonld")
        source = begun(update(20, SENTENCES[1], "b"), poor)
        rich = content(
            f"{SENTENCES[0]} All we know.", images=(Image("https://i.example/a-big-wave.jpg"),)
        )
        both = replace(poor, content=rich, kinds=("blocks", "jsonld"))
        before = source.living[1].updated
        source.read(page(update(20, SENTENCES[1], "b"), both))
        assert source.living[1].content == rich
        assert source.living[1].updated == before

    def test_a_copy_from_before_our_first_read_is_known_by_its_age(self) -> None:
        source = begun()
        older = page(*numbered(7)[1:])
        assert not source.read(older).believed
        assert source.read(page(*numbered())).believed
        assert len(source.living) == 8

    def test_a_copy_whose_latest_edit_is_older_is_ignored(self) -> None:
        source = begun(
            update(20, SENTENCES[1], "b"), update(10, "New words, 7 of them.", "a", modified=40)
        )
        copy = page(update(20, SENTENCES[1], "b"), update(10, SENTENCES[0], "a", modified=30))
        assert not source.read(copy).believed

    def test_an_unchanged_answer_starts_the_count_of_old_copies_anew(self) -> None:
        source = begun()
        old = page(*numbered())
        edited = numbered()
        edited[2] = replace(edited[2], content=content("Rewritten with 77 other words."))
        source.read(without(page(*edited), 4))
        assert [source.read(old).believed, source.read(old).believed] == [False, False]
        source.unchanged()
        assert not source.read(old).believed

    def test_an_old_copy_of_a_held_page_is_still_held(self) -> None:
        source = begun()
        newer = [update(75, "A new one comes on top.", "u8"), *numbered()]
        source.read(page(*newer))
        hold = source.read(page(*self.few())).hold
        result = source.read(page(*numbered()))
        assert not result.believed
        assert result.hold == hold

    def test_reads_between_start_the_count_of_old_copies_anew(self) -> None:
        source = begun()
        old = page(*numbered())
        for number in range(3):
            edited = numbered()
            edited[2] = replace(edited[2], content=content(f"Rewritten with {number} other words."))
            source.read(page(*edited))
            assert not source.read(old).believed
            assert not source.read(old).believed

    def test_two_variants_of_the_same_words_change_nothing(self) -> None:
        source = begun()
        variant = [
            replace(one, content=replace(one.content, html=f"<div>{one.content.html}</div>"))
            for one in numbered()
        ]
        for _ in range(3):
            assert source.read(page(*variant)).changes == ()
            assert source.read(page(*numbered())).changes == ()

    def few(self) -> list[Update]:
        """Three of eight, and a new one."""
        return [update(90, "Breaking news comes through.", "n"), numbered()[0], *numbered()[6:]]

    def test_more_than_half_gone_is_held_and_new_updates_still_come(self) -> None:
        source = begun()
        result = source.read(page(*self.few()))
        assert result.hold is not None
        assert (kinds(result), len(result.hold.data["missing"])) == (["added"], 5)
        assert source.hold == result.hold
        edited = replace(numbered()[7], content=content("An edit is frozen, all 7 words."))
        assert source.read(page(*self.few()[:3], edited), wait=1).changes == ()

    def test_only_what_was_shown_last_counts_for_a_hold(self) -> None:
        source = begun()
        source.read(page(*numbered()[:5]))
        assert source.read(page(numbered()[0], numbered()[4])).hold is not None

    def test_half_of_the_updates_gone_is_believed(self) -> None:
        source = begun()
        assert source.read(without(page(*numbered()), 1, 3, 5, 6)).hold is None
        assert begun().read(without(page(*numbered()), 1, 2, 3, 5, 6)).hold is not None

    def test_what_came_while_a_page_was_held_comes_once(self) -> None:
        source = begun(
            *(replace(one, published=None, stated="none", native_id=None) for one in numbered())
        )
        few = page(update(None, "Goal!"), update(None, SENTENCES[1]))
        assert [len(source.read(few, wait=1).changes) for _ in range(3)] == [1, 0, 0]

    def test_other_evidence_adds_nothing_to_a_held_page(self) -> None:
        source = begun()
        result = source.read(
            page(replace(update(90, "We value your privacy."), evidence="text"), numbered()[7])
        )
        assert result.hold is not None
        assert result.changes == ()

    @pytest.mark.row("11")
    @pytest.mark.parametrize(
        ("waits", "taken"), [((5, 5, 5), True), ((5, 4, 5), False), ((5, 60), False)]
    )
    def test_a_hold_ends_after_three_reads_over_ten_minutes(
        self, waits: tuple[int, ...], taken: bool
    ) -> None:
        source = begun()
        few = page(*self.few())
        for wait in waits:
            result = source.read(few, wait=wait)
        assert (result.hold is None) is taken
        for _ in range(5):
            source.read(few, wait=30)
        assert len(source.living) == 9, "what is absent counts as rolled off, never as removed"

    def test_accept_takes_a_held_page(self) -> None:
        source = begun()
        few = page(*self.few())
        assert source.read(few).hold
        result = source.read(few, accept=True)
        assert (result.hold, source.hold) == (None, None)
        for _ in range(4):
            assert source.read(few).changes == ()
        assert len(source.living) == 9

    def test_a_page_that_recovers_is_taken_as_ever(self) -> None:
        source = begun()
        source.read(page(*self.few()))
        result = source.read(page(self.few()[0], *numbered()))
        assert (result.hold, result.changes) == (None, ())

    def test_a_page_that_recovers_goes_on_missing_what_it_missed_before(self) -> None:
        source = begun()
        less = without(page(*numbered()), 3)
        assert [source.read(less).changes, source.read(replace(less, title="B")).changes] == [
            (),
            (),
        ]
        assert source.read(page(*self.few())).hold
        assert kinds(source.read(page(self.few()[0], *less.updates))) == ["removed"]

    def test_an_unchanged_answer_is_the_page_before_the_hold(self) -> None:
        """The validators of a held page are not kept: so the hold is over, and what was missed is missed once more."""
        source = begun()
        source.read(without(page(*numbered()), 3))
        assert source.read(page(*self.few())).hold
        assert [kinds(source.unchanged()) for _ in range(2)] == [[], ["removed"]]
        assert source.hold is None

    def test_every_second_update_hidden_is_removed_on_the_third_read_and_restored_when_it_is_back(
        self,
    ) -> None:
        """Half of a page may be taken out by its authors; one more, and it is held."""
        source = begun()
        ids = [entry.id for entry in source.living]
        half = without(page(*numbered()), 1, 3, 5)
        assert [kinds(source.read(half)) for _ in range(3)] == [[], [], ["removed"] * 3]
        assert [source.read(page(*numbered())).believed for _ in range(2)] == [False, False]
        assert kinds(source.read(page(*numbered()))) == ["restored"] * 3
        assert [entry.id for entry in source.living] == ids
        assert source.read(without(page(*numbered()), 1, 2, 3, 5, 6)).hold

    def test_what_fell_off_the_end_does_not_make_what_is_missing_less(self) -> None:
        source = begun()
        assert source.read(page(numbered()[0], numbered()[3])).hold is None
        assert begun().read(page(numbered()[0], numbered()[4])).hold, (
            "three missing, two there, three fallen off"
        )

    def test_a_page_on_which_clocks_follow_relative_times_is_no_older_copy(self) -> None:
        """The latest clock is taken out: what is newer says only how long ago it was."""
        source = Folded()
        now = source.now + timedelta(minutes=5)
        minutes = (now - START) // timedelta(minutes=1)

        def shown(age: int, stated: Any = "clock") -> Update:
            return update(minutes - age, SENTENCES[age // 60], stated=stated)

        old = [shown(90), shown(150), shown(210), shown(270)]
        source.read(page(shown(5, "relative"), *old))
        assert source.read(page(shown(5, "relative"), *old[1:])).believed

    @pytest.mark.parametrize(
        "other",
        [
            page(*numbered(), canonical="https://harbour.example/other"),
            page(*numbered(), url="https://harbour.example/", canonical=None),
        ],
    )
    def test_another_page_is_held_until_it_is_accepted(self, other: object) -> None:
        source = begun()
        for _ in range(6):
            assert source.read(other, wait=60).hold is not None  # type: ignore[arg-type]
        assert source.read(other, accept=True).hold is None  # type: ignore[arg-type]
        assert source.read(other).hold is None  # type: ignore[arg-type]

    def test_the_home_page_adds_nothing(self) -> None:
        """Its updates are another's; where half of ours are still there, what is new is ours too."""
        home = "https://harbour.example/"
        source = begun()
        assert (
            source.read(
                page(update(90, "Of another page.", "x"), *numbered()[:4], url=home)
            ).changes
            == ()
        )
        assert kinds(source.read(page(update(90, "Of ours.", "x"), *numbered()[:5], url=home))) == [
            "added"
        ]

    def test_a_hold_tells_since_when_and_how_often(self) -> None:
        source = begun()
        first = source.read(page(*self.few())).hold
        assert first is not None
        again = source.read(page(*self.few()), wait=4).hold
        assert again is not None
        assert (again.since, again.reason, again.data["reads"]) == (first.since, first.reason, 2)
        fewer = source.read(page(*self.few()[:3]), wait=4).hold
        assert fewer is not None
        assert (fewer.since, fewer.data["missing"]) == (first.since, first.data["missing"])
        other = source.read(
            page(*numbered(), canonical="https://harbour.example/other"), wait=4
        ).hold
        assert other is not None
        assert (other.since, other.data["until_accepted"]) == (source.now, True)
        still = source.read(
            page(*numbered(), canonical="https://harbour.example/other"), wait=4
        ).hold
        assert still is not None
        assert (still.since, still.data["reads"]) == (other.since, other.data["reads"] + 1)

    @pytest.mark.parametrize(
        "canonical", [PAGE + "#top", PAGE + "?utm=x", PAGE.replace("https", "http") + "/", None]
    )
    def test_the_same_page_otherwise_written_is_the_same(self, canonical: str | None) -> None:
        assert begun().read(page(*numbered(), canonical=canonical)).hold is None

    def test_a_page_that_has_moved_with_all_it_shows_is_not_held(self) -> None:
        moved = "https://harbour.example/news/live"
        result = begun().read(page(*numbered(), url=moved, canonical=moved))
        assert (result.hold, result.changes) == (None, ())

    def test_the_successor_joins_without_doubling_what_both_show(self) -> None:
        following = "https://harbour.example/live-2"
        source = Folded()
        source.read(page(*numbered(), successor=following, ended=True))
        new = update(100, "The next day begins.", "x1")
        both = [replace(one, native_id=f"x{n}") for n, one in enumerate(numbered()[:2], 2)]
        result = source.read(page(new, *both, url=following, canonical=following))
        assert result.hold is None
        assert kinds(result).count("added") == 1
        for _ in range(4):
            source.read(page(new, *both, url=following, canonical=following))
        assert len(source.living) == 9

    def test_a_page_without_updates_changes_nothing(self) -> None:
        source = begun()
        memory = source.memory
        assert source.read(page()).changes == ()
        assert source.memory == memory

    def test_unchanged_with_nothing_pending_changes_nothing(self) -> None:
        source = begun()
        result = unchanged(source.known(None), source.now)
        assert (result.changes, result.memory) == ((), source.memory)

    def test_the_input_is_left_as_it_was(self) -> None:
        source = begun()
        known = source.known(sought(page(*numbered()), FEED))
        reconcile(known, page(*numbered()[2:]), START + timedelta(days=30))
        assert known == source.known(sought(page(*numbered()), FEED))
