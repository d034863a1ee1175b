"""The parts of reconciling, one by one: words, pictures, ids, the assignment, places, edits of many updates at once."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import pytest
from folding import FEED, Folded, at, content, page, update, without

from feeder.extract.record.counters import steady, steady_headline
from feeder.model import Image, Media, Memory, Update
from feeder.reconcile import digest, sought
from feeder.reconcile.absence import is_turned
from feeder.reconcile.assignment import assign
from feeder.reconcile.edits import differences, find_site_wide, of_substance
from feeder.reconcile.ids import Mint
from feeder.reconcile.last_read import LastRead, WindowItem, last, moment, seconds
from feeder.reconcile.match_context import MINUTE, NEAR
from feeder.reconcile.observed import in_place, once
from feeder.reconcile.words import (
    bare,
    changed_parts,
    pictures,
    recordings,
    similarity,
    tokens,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = (
    "harbour",
    "northern line",
    "river district",
    "coast road",
    "eastern gate",
    "old town",
    "valley",
    "depot",
)


def eight(**more: Any) -> list[Update]:
    """Eight updates ten minutes apart, newest first."""
    return [
        update(10 * n, f"The {WORDS[n]} is open again since {n} o'clock.", f"u{n}", **more)
        for n in range(8)
    ][::-1]


def begun(*updates: Update, **more: Any) -> Folded:
    source = Folded(**more)
    source.read(page(*updates))
    return source


def kinds(result: Any) -> list[str]:
    return [change.kind for change in result.changes]


class TestWords:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("It’s – over… «Yes»!", "itsoveryes"),
            ("A\u00a0b\u00adc", "abc"),
            ("cafe\u0301 OK", "caféok"),
            ("Łódź, 5 < 6", "Łódź56"),
            ("half\ud800", "half"),
        ],
    )
    def test_bare_words_are_letters_and_digits(self, text: str, expected: str) -> None:
        assert bare(text) == expected

    def test_numbers_are_words_with_their_points(self) -> None:
        assert tokens("5,000 boats; 3.5 m² — ﬁne") == ["5,000", "boats", "3.5", "m2", "fine"]

    @pytest.mark.parametrize(
        ("text", "left"),
        [
            ("Posted  12 min ago: water", "Posted : water"),
            ("Text.\n\n3 commentaires · 503 vues", "Text."),
            ("▲ 503 · 💬 3 · Comments (3)", ""),
            ("♥ 503 💬 3 👁 503", ""),
            ("Комментарии: 3 · Просмотры: 503", ""),
            ("Boats are out. 1.2k views", "Boats are out."),
            ("1,2 Tsd.", ""),
            ("Boats are out. [5 replies]", "Boats are out."),
            ("조회수 1.2만", ""),
            ("コメント12件", ""),
            ("评论 12 · 阅读 3000", ""),
            ("5 reacties | 12 keer gedeeld", ""),
        ],
    )
    def test_what_ticks_is_left_out(self, text: str, left: str) -> None:
        assert steady(text) == left

    @pytest.mark.parametrize(
        "text",
        [
            "In the hall 12 people were hurt.",
            "12,345 votes",
            "North gauge: 3.20 m",
            "3.2 m",
            "DAX ▲ 503",
            "He got 12 comments on it.",
            "The firm bought 500 shares.",
        ],
    )
    def test_a_figure_of_the_news_stays(self, text: str) -> None:
        assert steady(text) == text

    @pytest.mark.parametrize(
        ("title", "left"),
        [
            ("Ferries stay in port (3 comments)", "Ferries stay in port"),
            ("Nordbrücke gesperrt (12 Kommentare)", "Nordbrücke gesperrt"),
            ("Ferries stay in port 5 replies", "Ferries stay in port"),
            ("Brücke zu (1,2 Tsd.)", "Brücke zu"),
            ("Sales rise to 1.2M", "Sales rise to 1.2M"),
            ("Firm buys 500 shares", "Firm buys 500 shares"),
        ],
    )
    def test_a_headline_is_read_without_its_count_of_remarks(self, title: str, left: str) -> None:
        assert steady_headline(title) == left

    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            ("", "", 1.0),
            ("a", "", 0.0),
            ("", "a", 0.0),
            ("a b c", "a b c", 1.0),
            ("a b", "a c", 0.5),
            ("a b", "b a", 0.5),
            ("a b c d e f g h", "a b c d e f g h 1 2 3 4 5 6 7 8", 0.9),
            ("a b c d e f g 1 2 3 4 5 6 7 8 x", "a b c d e f g h", 0.9 * 7 / 8),
            ("a b c d e f g h", "a b c d e f g h 1 2 3 4 5 6 7", 16 / 23),
            ("a b c d e f g", "a b c d e f g 1 2 3 4 5 6 7", 14 / 21),
        ],
    )
    def test_how_alike_two_texts_are(self, one: str, other: str, expected: float) -> None:
        assert similarity(one.split(), other.split()) == pytest.approx(expected)

    def test_of_two_lines_only_what_differs_is_looked_at(self) -> None:
        before, after = "one two three " * 20, " four five six" * 20
        assert changed_parts(f"{before}OLD{after}", f"{before}NEWER{after}") == (
            "one two three one two three one two three OLD four five six four five six four five six",
            "one two three one two three one two three NEWER four five six four five six four five six",
        )
        assert changed_parts("A b", "A c") == ("A b", "A c")
        assert changed_parts("Same.", "Same. And more.") == ("Same.", "Same. And more.")


class TestMedia:
    PLAIN = "https://img.example/2022/harbour-wall.jpg"

    @pytest.mark.parametrize(
        "other",
        [
            "https://img.example/2022/harbour-wall.jpg?w=640",
            "https://img.example/2022/harbour-wall.jpg#top",
            "https://img.example/2022/harbour-wall-1200x800.jpg",
            "https://img.example/2022/harbour-wall_w640.jpg",
            "https://img.example/2022/harbour-wall-scaled.jpg",
            "https://img.example/2022/harbour-wall-800w.jpg",
            "https://img.example/2022/harbour-wall@2x.jpg",
            "https://img.example/2022/640/harbour-wall.jpg",
            "https://img.example/2022/w_1280/harbour-wall.jpg",
            "https://img.example/2022/1200x800,50/harbour-wall.jpg",
            "https://img.example/2022/MASTER/harbour-wall.jpg",
            "https://img.example/2022/original/harbour-wall.jpg",
            "https://img.example/2022/thumbnail/harbour-wall.jpg",
        ],
    )
    def test_the_size_of_a_picture_makes_no_other(self, other: str) -> None:
        assert pictures(content("x", images=(Image(other),))) == pictures(
            content("x", images=(Image(self.PLAIN),))
        )

    def test_a_name_of_eight_characters_tells(self) -> None:
        small, large = (
            pictures(content("x", images=(Image(f"https://a.example/{w}/abcd.jpg"),)))
            for w in (640, 1280)
        )
        assert small == large

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (PLAIN, "https://img.example/2022/harbour-gate.jpg"),
            (PLAIN, "https://other.example/2022/harbour-wall.jpg"),
            (PLAIN, "http://img.example/2022/harbour-wall.jpg"),
            (PLAIN, "https://img.example/night/harbour-wall.jpg"),
            ("https://img.example/pic/500.jpg", "https://img.example/pic/600.jpg"),
            ("https://img.example/abc.jpg", "https://img.example/abd.jpg"),
        ],
    )
    def test_other_names_are_other_pictures(self, one: str, other: str) -> None:
        assert pictures(content("x", images=(Image(one),))) != pictures(
            content("x", images=(Image(other),))
        )

    def test_an_update_without_words_is_known_by_what_it_shows(self) -> None:
        def mute(title: str = "", image: str = "a-picture", sound: str = "a") -> str:
            media = (Media(f"https://img.example/{sound}.mp3?session=1", "audio/mpeg"),)
            return digest(
                replace(
                    content("", images=(Image(f"https://img.example/{image}.jpg"),), media=media),
                    title=title,
                )
            )

        assert mute() == mute(image="a-picture-300x200")
        assert len({mute(), mute("A title"), mute(image="other-picture"), mute(sound="b")}) == 4

    def test_a_recording_is_its_address_without_parameters(self) -> None:
        assert recordings(
            content("x", media=(Media("https://a.example/b.mp3?c=1?d", "audio/mpeg"),))
        ) == {"https://a.example/b.mp3"}


class TestIds:
    """They must stay byte for byte, whatever version minted them."""

    def test_of_what_an_id_is_made(self) -> None:
        shown = [
            update(30, "With an id.", "u3"),
            update(20, "Twice, in one minute."),
            update(20, "Twice, in one minute."),
            update(20, "Twice, in one minute."),
            update(None, "Without any time."),
        ]
        words = digest(content("Twice, in one minute."))
        names = [
            f"number 1 {digest(content('Without any time.'))}",
            *(f"at 2022-03-02T13:20:00+00:00 {words}{ordinal}" for ordinal in ("", " #2", " #3")),
            "id u3",
        ]
        assert [entry.id for entry in begun(*shown).entries.values()] == [
            uuid5(UUID(FEED), name).urn for name in names
        ]

    def test_an_id_that_was_minted_apart_is_kept_unless_it_is_taken(self) -> None:
        mint = Mint(FEED, {"urn:uuid:1"}, 7)
        assert mint.again("urn:uuid:2") == "urn:uuid:2"
        assert mint.again("urn:uuid:1") == uuid5(UUID(FEED), "again urn:uuid:1").urn
        assert [mint.number(), mint.number()] == [7, 8]

    def test_what_a_new_entry_says_of_its_time(self) -> None:
        source = Folded()
        now = (source.now - at(0)) / MINUTE + 5
        source.read(
            page(
                replace(update(now, "At this very moment.", "a"), modified=at(now)),
                update(10, "Modified now.", "b", modified=now),
                replace(update(5, "None.", "c"), published=None),
            )
        )
        assert {
            (e.native_id, e.stated, e.published, e.updated) for e in source.entries.values()
        } == {
            ("a", "instant", source.now, source.now),
            ("b", "instant", at(10), source.now),
            ("c", "none", source.now, source.now),
        }

    def test_a_version_has_an_id_of_its_first_and_its_words(self) -> None:
        source = begun(update(10, "Two boats are out.", "a", "Boats"), edits="new")
        first = source.living[0].id
        new = update(10, "3 boats are out.", "b", "Other boats", authors=("Ana Lind",))
        source.read(page(new))
        version = source.living[0]
        assert version.id == uuid5(UUID(FEED), f"version {first} {digest(new.content)}").urn
        assert version.content.html.startswith(
            "<p>A new version of an earlier update: headline, text and authors changed.</p>\n"
        )
        assert (version.stated, version.native_id, version.published) == (
            "instant",
            "b",
            version.updated,
        )
        source.read(
            page(
                replace(
                    new,
                    content=replace(
                        new.content, text="3 boats are out!", html="<p>3!</p>\n<p>.</p>"
                    ),
                )
            )
        )
        again = source.living[0]
        assert (again.id, again.content.html.count("<p>A new version"), again.revision) == (
            version.id,
            1,
            2,
        )
        assert again.content.html.endswith("changed.</p>\n<p>3!</p>\n<p>.</p>")
        source.read(
            page(
                replace(
                    new,
                    content=replace(
                        new.content, text="3 boats are out;", html="<p>3;</p>\n<p>.</p>"
                    ),
                )
            )
        )
        assert source.living[0].content.html == again.content.html.replace("3!", "3;")


class TestAssignment:
    @pytest.mark.parametrize(
        ("scores", "expected"),
        [
            ({}, {}),
            ({(3, 4): 0.9}, {3: 4}),
            ({(0, 0): 0.9, (0, 1): 0.8, (1, 0): 0.85}, {0: 1, 1: 0}),
            ({(0, 0): 0.9, (1, 0): 0.95}, {1: 0}),
            ({(0, 0): 0.9, (1, 1): 0.95, (2, 1): 0.9, (5, 5): 1}, {0: 0, 1: 1, 5: 5}),
            (
                {(0, 0): 0.9, (0, 1): 0.9, (1, 1): 0.9, (2, 1): 0.95, (2, 2): 0.9},
                {0: 0, 1: 1, 2: 2},
            ),
        ],
    )
    def test_the_highest_total_wins(
        self, scores: dict[tuple[int, int], float], expected: dict[int, int]
    ) -> None:
        assert assign(scores) == expected

    @pytest.mark.parametrize("seed", range(40))
    def test_no_other_assignment_is_better(self, seed: int) -> None:
        chance = random.Random(seed)
        scores = {
            (a, b): chance.choice((0.85, 0.9, 1.0, 1.3, 1.7)) for a in range(4) for b in range(4)
        }
        scores = {pair: score for pair, score in scores.items() if chance.random() < 0.7}
        made = assign(scores)
        assert len({*made.values()}) == len(made)
        rights = [*range(4), None, None, None, None]
        best = max(
            sum(scores.get((a, b), 0) for a, b in enumerate(order[:4]))
            for order in permutations(rights, 4)
        )  # type: ignore[arg-type]
        assert sum(scores[pair] for pair in made.items()) == pytest.approx(best)

    @pytest.mark.parametrize(("size", "pairs"), [(24, 24), (25, 24)])
    def test_a_large_tangle_is_untied_greedily(self, size: int, pairs: int) -> None:
        """The best of each is its neighbour's: all together are better off with their own."""
        own = {(n, n): 0.9 for n in range(size)}
        assert len(assign(own | {(n, n + 1): 0.91 for n in range(size - 1)})) == pairs


class TestPlaces:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ([], []),
            ([3, 2, 1], [0, 1, 2]),
            ([2, 2, 2], [0, 1, 2]),
            ([1, 3, 2, 2], [1, 2, 3]),
            ([None, 1, 3, None, 2], [0, 2, 3, 4]),
            ([9, 3, 8, 7, 7, 12, 1], [0, 2, 3, 4, 6]),
        ],
    )
    def test_the_longest_run_that_never_rises(
        self, values: list[float | None], expected: list[int]
    ) -> None:
        assert in_place(values) == expected

    def test_of_what_is_remembered_only_the_latest_stays(self) -> None:
        assert last(["a", "b", "a", "c"], 2) == ("a", "c")
        assert (moment(seconds(at(5))), seconds(at(5) + timedelta(milliseconds=999))) == (
            at(5),
            seconds(at(5)),
        )

    def test_without_times_the_removed_is_told_from_the_moved(self) -> None:
        source = begun(*(replace(one, published=None, stated="none") for one in eight()))
        moved = [replace(one, published=None, stated="none") for one in eight()]
        moved = [
            moved[6],
            *moved[:2],
            *moved[3:6],
            moved[7],
        ]  # one has come to the top, another is gone
        results = [kinds(source.read(page(*moved))) for _ in range(3)]
        assert results == [[], [], ["removed"]]
        assert len(source.living) == 7

    def test_what_is_moved_to_the_top_proves_nothing_gone(self) -> None:
        """All that stood above it then would stand below it now."""
        plain = [replace(one, published=None, stated="none") for one in eight()]
        source = begun(*plain)
        for _ in range(4):
            source.read(page(plain[7], *plain[2:7]))
        assert len(source.living) == 8

    def test_a_page_with_times_is_never_taken_for_turned(self) -> None:
        memory = LastRead(window=(WindowItem("a"), WindowItem("b")))
        entries = begun(*eight()).living[:2]
        memory = LastRead(window=tuple(WindowItem(entry.id) for entry in entries))
        shown, _ = once(page(*eight()[:2]))
        plain, _ = once(page(*(replace(one, published=None, stated="none") for one in eight()[:2])))
        assert not is_turned(memory, shown, entries[::-1])
        assert is_turned(memory, plain, entries[::-1])
        assert not is_turned(memory, plain, entries)

    @pytest.mark.parametrize("stranger", [25, 15])
    def test_what_is_missed_keeps_its_place_among_strangers(self, stranger: float) -> None:
        """One that is newer stands above it, one that is older below: it is proven gone between that and another."""
        top, missed, bottom = (
            update(30, "The first of all.", "a"),
            update(20, "Missed.", "x"),
            update(10, "Last.", "b"),
        )
        other = update(stranger, "A stranger comes between them.", "n")
        source = begun(top, missed, bottom)
        source.read(page(update(40, "Newer still.", "z"), top, other, bottom))
        left = [other, bottom] if stranger > 20 else [top, other]
        for minutes in (41, 42):
            source.read(page(update(minutes, f"Newest at {minutes}.", f"z{minutes}"), *left))
        assert next(entry for entry in source.entries.values() if entry.native_id == "x").removed

    @pytest.mark.parametrize(("where", "known"), [(-1, True), (0, False)])
    def test_without_times_what_fell_off_comes_back_at_the_end_alone(
        self, where: int, known: bool
    ) -> None:
        plain = [replace(one, published=None, stated="none", native_id=None) for one in eight()]
        source = begun(*plain)
        source.read(page(*plain[:7]))
        left = [*plain[:3], *plain[4:7]]
        left.insert(len(left) if where else 0, plain[7])
        source.read(page(*left))
        assert len(source.entries) == 8 + (not known)


class TestEditsOfMany:
    def test_headlines_that_are_all_changed_otherwise_are_their_authors(self) -> None:
        def headed(words: Sequence[str]) -> list[Update]:
            return [
                replace(one, content=content(one.content.text, f"{w} news"))
                for one, w in zip(eight(), words, strict=True)
            ]

        source = begun(*headed(WORDS))
        source.read(page(*headed(WORDS[::-1])))
        assert all(entry.updated == source.now for entry in source.living)

    def test_a_count_that_the_site_adds_to_each_is_the_sites(self) -> None:
        source = begun(*eight())
        counted = [
            replace(one, content=content(f"{one.content.text} Seen by {n + 10} people"))
            for n, one in enumerate(eight())
        ]
        assert kinds(source.read(page(*counted))) == ["edited"] * 8
        assert all(entry.updated == entry.published for entry in source.living)

    @pytest.mark.parametrize(
        ("changed", "substance"), [("two", False), ("two ten", False), ("two six ten", True)]
    )
    def test_a_fifth_of_the_words_is_of_substance(self, changed: str, substance: bool) -> None:
        old = new = "one two three four five six seven eight nine ten eleven twelve"
        for word in changed.split():
            new = new.replace(word, word[::-1])
        assert of_substance(content(old), content(new), ("text",)) is substance

    def test_a_headline_that_is_stated_at_last_is_told_and_moves_nothing(self) -> None:
        old, new = content("A text."), content("A text.", "A headline")
        assert (differences(old, new), of_substance(old, new, ("headline",))) == (
            ("headline",),
            False,
        )

    def test_an_edit_that_states_the_time_of_the_last_one_counts_from_its_sight(self) -> None:
        source = begun(replace(eight()[0], modified=at(90)), *eight()[1:])
        edited = replace(
            eight()[0], modified=at(90), content=content("Wholly other words, 77 of them.")
        )
        source.read(page(edited, *eight()[1:]))
        assert source.living[0].updated == source.now

    @pytest.mark.parametrize(
        ("edited", "shown", "wide"), [(5, 15, True), (5, 16, False), (4, 8, False), (6, 16, True)]
    )
    def test_how_many_make_an_edit_the_sites(self, edited: int, shown: int, wide: bool) -> None:
        pairs = [
            (content(f"Report {n}."), content(f"Report {n}. Share this.")) for n in range(edited)
        ]
        assert bool(find_site_wide(pairs, shown)) is wide
        other = [(old, content(f"{new.text} {n}{'a' * n}")) for n, (old, new) in enumerate(pairs)]
        assert not find_site_wide(other, shown)

    @pytest.mark.parametrize(
        ("count", "shares"),
        [(4, True), (3, False)],
    )
    def test_a_time_that_more_than_three_state_is_the_pages(self, count: int, shares: bool) -> None:
        source = begun(*eight())
        now = [
            replace(one, published=at(75) if n < count else one.published)
            for n, one in enumerate(eight())
        ]
        result = source.read(page(*now))
        assert kinds(result) == ([] if shares else ["retimed"] * 3)

    def test_an_edit_under_new_rules_moves_nothing(self) -> None:
        source = begun(*eight())
        source.rules = "2"
        edited = eight()
        edited[3] = replace(edited[3], content=content("Wholly other words, 77 of them."))
        assert kinds(source.read(page(*edited))) == ["edited"]
        assert all(entry.updated == entry.published for entry in source.living)

    def test_what_of_an_edit_is_told(self) -> None:
        old = content("A text.", "A headline", authors=("Ana",), categories=("Sea",))
        new = content(
            "Another text, 5.", "Another headline", authors=("ANA", "Bo"), categories=("Land",)
        )
        assert differences(old, new) == ("headline", "text", "authors", "categories")
        assert differences(old, replace(old, authors=("ANA",), html="<div>A text.</div>")) == ()
        assert not of_substance(old, replace(old, authors=("Bo",)), ("authors",))
        assert not of_substance(old, replace(old, title="A, headline"), ("headline",))


class TestUnderOtherIds:
    def renamed(self) -> list[Update]:
        return [replace(one, native_id=f"post-{n}") for n, one in enumerate(eight())]

    def test_a_time_that_is_corrected_with_a_redesign_is_taken(self) -> None:
        """Most of the updates that have other ids have their times still: then the page means it."""
        source = begun(*eight())
        later = self.renamed()
        later[3] = replace(later[3], published=at(41))
        assert kinds(source.read(page(*later))) == ["retimed"]
        assert at(41) in {entry.published for entry in source.living}

    def test_a_redesign_that_dates_all_anew_moves_no_time(self) -> None:
        source = begun(*eight())
        later = [replace(one, published=one.published + MINUTE) for one in self.renamed()]  # type: ignore[operator]
        assert [set(kinds(source.read(page(*later)))) for _ in range(2)] == [set(), {"touched"}]

    def test_ids_that_differ_at_every_read_store_nothing(self) -> None:
        source = begun(*eight())
        for turn in range(4):
            again = [replace(one, native_id=f"{turn}-{n}") for n, one in enumerate(eight())]
            assert source.read(page(*again)).changes == ()

    def test_an_edit_is_found_by_the_id_that_was_shown_once(self) -> None:
        source = begun(*eight())
        source.read(page(*self.renamed()))
        edited = self.renamed()
        edited[3] = replace(edited[3], content=content("Wholly other words, 77 of them."))
        assert sorted(set(kinds(source.read(page(*edited))))) == ["edited", "touched"]
        assert len(source.entries) == 8

    def test_what_is_pinned_with_an_edit_is_known_to_be(self) -> None:
        source = begun(*eight())
        pinned = eight()
        pinned[3] = replace(
            pinned[3], pinned=True, content=content("Wholly other words, 77 of them.")
        )
        source.read(page(*pinned))
        assert [entry.native_id for entry in source.living if entry.pinned] == ["u4"]
        unpinned = replace(pinned[3], pinned=False)
        assert kinds(source.read(page(*pinned[:3], unpinned, *pinned[4:]))) == []

    def test_with_edits_off_the_words_of_now_find_it_again(self) -> None:
        source = begun(*eight(), edits="off")
        edited = eight()
        edited[3] = replace(edited[3], content=content("Wholly other words, 77 of them."))
        source.read(page(*edited))
        plain = [replace(one, native_id=None, published=None, stated="none") for one in edited]
        source.memory = Memory()
        source.read(page(*plain))
        assert len(source.entries) == 8


class TestLikeness:
    """Whether an update without an id is the entry of before, by what else speaks for it."""

    ABOVE, BELOW = update(60, "The bridge is closed."), update(1, "The port is open.")
    HEAD = "A headline long enough"
    BODY = "Crews at the harbour say that they had seen many boats come in since dawn"

    def found(self, old: Update, new: Update, *, removed: bool = False) -> bool:
        source = begun(self.ABOVE, old, self.BELOW)
        if removed:
            for title in ("1", "2", "3"):
                source.read(page(self.ABOVE, self.BELOW, title=title))
            source.memory = Memory()
        before = len(source.entries)
        source.read(page(self.ABOVE, new, self.BELOW))
        return len(source.entries) == before

    @pytest.mark.parametrize(
        ("minutes", "title", "text", "known"),
        [
            (
                30,
                HEAD,
                "Nothing of this was ever written there.",
                True,
            ),  # time, headline and both neighbours
            (30, "Quite another headline", "Nothing of this was ever written there.", False),
            (
                30,
                "Quite another headline",
                "Crews at the harbour say nothing of this was ever written there.",
                True,
            ),
            (
                30,
                "Quite another headline",
                "Crews at the sea were never where the others of them have gone",
                False,
            ),
            (40, HEAD, BODY.replace("many", "no"), True),
            (
                40,
                HEAD,
                "Crews at the harbour say that nothing of this kind ever was written by one",
                False,
            ),
            (40, "Quite another headline", BODY, True),
            (40, HEAD, f"{BODY}, all 7 of them", False),  # it counts something else at another time
        ],
    )
    def test_time_headline_opening_and_neighbours(
        self, minutes: float, title: str, text: str, known: bool
    ) -> None:
        assert (
            self.found(update(30, self.BODY, title=self.HEAD), update(minutes, text, title=title))
            is known
        )

    def test_few_words_at_another_time_are_the_same_only_between_the_same(self) -> None:
        assert self.found(update(30, "Goal!"), update(32, "Goal!"))
        source = begun(self.ABOVE, update(30, "Goal!"), self.BELOW)
        source.read(page(update(58, "Goal!"), self.ABOVE, self.BELOW, update(0, "Later.")))
        assert len(source.entries) == 5

    @pytest.mark.parametrize(
        ("age", "apart", "known"), [(1, 11, True), (1, 13, False), (60, 47, True), (60, 49, False)]
    )
    def test_relative_times_far_apart_tell_the_same_words_from_each_other(
        self, age: float, apart: float, known: bool
    ) -> None:
        words = "That is all for today; thank you for reading along."
        source = Folded()
        source.now = at(60 * (100 - age + age))
        source.read(page(update(60 * (100 - age - apart), words, stated="relative")))
        source.memory, source.now = Memory(), at(60 * 100)
        source.read(page(update(60 * (100 - age), words, stated="relative")), wait=0)
        assert (len(source.entries) == 1) is known

    def test_an_id_that_has_passed_to_the_words_of_another_entry_is_not_believed(self) -> None:
        """The update that had it is gone from the page; the one that has it now is known."""
        source = begun(*eight())
        passed = [*eight()[:3], replace(eight()[3], native_id="u3"), *eight()[5:]]
        assert [kinds(source.read(page(*passed))) for _ in range(2)] == [[], ["touched"]]
        assert [entry.content for entry in source.living] == [one.content for one in eight()]

    def test_the_same_words_again_under_another_id_are_another_update_where_ids_hold(self) -> None:
        source = begun(*eight())
        for title in ("1", "2", "3"):
            source.read(page(*eight()[:4], *eight()[5:], title=title))
        again = replace(eight()[4], native_id="again", published=at(38))
        source.read(page(*eight()[:4], again, *eight()[5:]))
        assert [entry.native_id for entry in source.entries.values() if entry.removed] == ["u3"]
        assert len(source.entries) == 9


class TestHolds:
    @pytest.mark.parametrize(
        "canonical", ["https://www.harbour.example/live", "http://harbour.example/live/?a=1#b"]
    )
    def test_the_same_page_under_another_spelling_of_its_address_is_the_same(
        self, canonical: str
    ) -> None:
        result = begun(*eight()).read(page(*eight(), canonical=canonical))
        assert result.hold is None

    def test_warnings_are_told_of_a_page_that_is_not_taken_too(self) -> None:
        twice = [replace(one, native_id="u7") for one in eight()[:2]]
        source = begun(*eight())
        assert source.read(page(*twice, eight()[7])).notes
        source.read(page(update(99, "Newer.", "n"), *eight()))
        result = source.read(page(*twice, *eight()[2:]))
        assert (result.believed, len(result.notes)) == (False, 1)

    def test_a_hold_between_old_copies_starts_their_count_anew(self) -> None:
        newer = [update(75, "A new one comes on top.", "u8"), *eight()]
        source = begun(*eight())
        source.read(page(*newer))
        assert not source.read(page(*eight())).believed
        assert source.read(page(*newer[:2], newer[8])).hold
        assert [source.read(page(*eight())).believed for _ in range(3)] == [False, False, True]

    def test_what_is_missing_for_a_while_only_does_not_prolong_a_hold(self) -> None:
        source = begun(*eight())
        more = page(eight()[0], *eight()[6:])
        assert source.read(more).hold
        assert source.read(page(eight()[0], eight()[7])).hold
        assert source.read(more).hold is None

    def test_one_that_is_left_at_the_end_witnesses_that_all_others_are_missing(self) -> None:
        plain = [replace(one, published=None, stated="none") for one in eight()]
        result = begun(*plain).read(page(plain[7]))
        assert result.hold
        assert (len(result.hold.data["missing"]), result.hold.data["shown"]) == (7, 1)
        assert result.hold.reason.startswith("7 of the 8 updates of the last read are missing")

    def test_what_came_while_a_page_was_held_is_remembered(self) -> None:
        source = begun(*eight())
        source.read(page(update(90, "Breaking news.", "n"), eight()[0], eight()[7]))
        assert source.hold
        new = next(entry for entry in source.living if entry.native_id == "n")
        assert new.id in source.memory.names
        source.read(
            page(replace(update(90, "Breaking news.", "n"), native_id="m"), eight()[0], eight()[7])
        )
        assert len(source.living) == 9

    def test_a_page_that_states_the_same_latest_edit_is_no_older_copy(self) -> None:
        edited = [*eight()[:4], replace(eight()[4], modified=at(72)), *eight()[5:]]
        source = begun(*edited)
        less = [
            *edited[:2],
            replace(edited[2], content=content("Other words of the 2nd.")),
            *edited[3:],
        ]
        assert source.read(page(*less)).believed

    def test_what_a_snapshot_can_touch_reaches_as_far_as_matching_does(self) -> None:
        wanted = sought(
            page(update(30, "A.", "a"), update(10, "B."), update(None, "C.", "c")), FEED
        )
        assert (wanted.earliest, wanted.latest) == (at(10) - NEAR, at(30) + NEAR)
        assert (wanted.native_ids, len(wanted.digests)) == ({"a", "c"}, 3)
        assert sought(page(update(None, "C.")), FEED).earliest is None

    def test_a_page_is_read_through_where_one_is_hidden_at_a_time(self) -> None:
        """Each is back before its third read: none was ever gone."""
        source = begun(*eight())
        for hidden in (1, 2, 3, 4, 5, 1, 3):
            for _ in range(2):
                source.read(without(page(*eight()), hidden))
        assert len(source.living) == 8
