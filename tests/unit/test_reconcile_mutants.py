"""The cases of `test_reconcile` notice each of these mistakes: the table would be worth little otherwise."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType, ModuleType


@dataclass(frozen=True)
class Mutant:
    module: str
    right: str
    wrong: str
    case: str  # "TestClass.test_name" of test_reconcile
    args: tuple[Any, ...] = ()


MUTANTS = (
    # the window of absences
    Mutant("absence", "item.absent >= ENOUGH", "item.absent > ENOUGH", "TestAbsence.test_gone_between_neighbours_on_three_reads_is_removed"),
    Mutant("absence", "ENOUGH_READS = 3", "ENOUGH_READS = 2", "TestAbsence.test_gone_between_neighbours_on_three_reads_is_removed"),
    Mutant("absence", "proven=first < last", "proven=first >= 0", "TestAbsence.test_what_falls_off_the_end_stays", (False,)),
    Mutant("absence", "first = min(first", "first = max(first", "TestAbsence.test_gone_between_neighbours_on_three_reads_is_removed"),
    Mutant("absence", "last = max(last", "last = min(last", "TestAbsence.test_gone_between_neighbours_on_three_reads_is_removed"),
    Mutant("absence", "if last >= 0 and not item.gone", "if not item.gone", "TestAbsence.test_what_falls_off_the_end_stays", (False,)),
    Mutant("absence", "if item.proven else item", "if item.gone else item", "TestAbsence.test_an_unchanged_answer_counts_only_what_is_proven_gone"),
    Mutant("observed", "import bisect_right", "import bisect_left as bisect_right", "TestAbsence.test_updates_of_one_minute_are_witnesses"),
    Mutant("observed", "pairs) > sum(", "pairs) < sum(", "TestIdentity.test_the_first_read_adds_all_oldest_first_with_their_own_times"),
    Mutant("__init__", "item.absent >= absence.ENOUGH_READS", "item.absent > absence.ENOUGH_READS", "TestAbsence.test_an_unchanged_answer_is_one_more_read"),
    Mutant("__init__", "if trusted or hold is not None:", "if False:", "TestBadMoments.test_accept_takes_a_held_page"),
    # holds and old copies
    Mutant("holds", ">= OLD_FOR_LONG", "< OLD_FOR_LONG", "TestBadMoments.test_three_reads_within_five_minutes_do_not_make_an_older_copy_the_page"),
    Mutant("holds", "before.state != age.state", "False", "TestBadMoments.test_copies_of_different_age_in_turn_never_become_the_page"),
    Mutant("holds", "if age.superseded:", "if False:", "TestBadMoments.test_a_copy_is_known_by_one_update_that_was_replaced"),
    Mutant("revisions", "or stated > entry.first_seen", "", "TestTime.test_the_time_of_the_build_is_no_correction", (1,)),
    Mutant("revisions", "how.new_rules or how.redated", "how.new_rules", "TestTime.test_the_time_of_the_build_is_no_correction", (5,)),
    Mutant("holds", "copy.reads >= ENOUGH_READS", "copy.reads > ENOUGH_READS", "TestBadMoments.test_an_older_copy_is_ignored_twice_and_then_is_the_page"),
    Mutant("taking", "if one.update.evidence in page.memory.evidence", "if True", "TestBadMoments.test_other_evidence_adds_nothing_to_a_held_page"),
    Mutant("holds", "len(missing) <= compared.kept", "len(missing) < compared.kept", "TestBadMoments.test_half_of_the_updates_gone_is_believed"),
    Mutant("holds", ">= ENOUGH_READS and waited", ">= ENOUGH_READS or waited", "TestBadMoments.test_a_hold_ends_after_three_reads_over_ten_minutes", ((5, 60), False)),
    Mutant("holds", "waited >= LONG_ENOUGH", "waited > LONG_ENOUGH", "TestBadMoments.test_a_hold_ends_after_three_reads_over_ten_minutes", ((5, 5, 5), True)),
    Mutant("holds", "age.newest < memory.newest", "age.newest > memory.newest", "TestBadMoments.test_a_copy_from_before_our_first_read_is_known_by_its_age"),
    Mutant("holds", "age.touched < memory.touched", "age.touched > memory.touched", "TestBadMoments.test_a_copy_whose_latest_edit_is_older_is_ignored"),
    Mutant("holds", "in memory.states[:-1]", "in memory.states[:0]", "TestBadMoments.test_a_copy_that_shows_what_has_gone_since_is_ignored"),
    Mutant("holds", ">= memory.newest for time", "< memory.newest for time", "TestAbsence.test_a_page_that_starts_anew_each_morning_removes_and_holds_nothing"),
    # times
    Mutant("edits", "entry.updated < stated <= now", "entry.updated < stated", "TestEdits.test_updated_is_the_pages_own_time_where_it_moved_on", (20_000, None)),
    Mutant("edits", "return max(entry.updated, now)", "return now", "TestEdits.test_updated_never_goes_back_when_the_clock_does"),
    Mutant("edits", "return max(entry.updated, now)", "return min(entry.updated, now)", "TestEdits.test_a_new_picture_is_of_substance_and_a_lost_one_is_not"),
    Mutant("ids", "min(update.published or now, now)", "update.published or now", "TestTime.test_a_time_in_the_future_is_clamped_and_stays_so"),
    Mutant("ids", "updated=max(published, modified)", "updated=modified", "TestIdentity.test_an_edit_before_the_first_sight_is_told"),
    Mutant("ids", "updated=max(published, modified)", "updated=published", "TestIdentity.test_an_edit_before_the_first_sight_is_told"),
    Mutant("revisions", "item.at == seconds(stated)", "item.at != seconds(stated)", "TestTime.test_a_time_that_we_have_corrected_stays"),
    Mutant("revisions", 'how_stated == "instant"', "True", "TestTime.test_what_the_page_states_vaguely_never_moves", ("day",)),
    Mutant("revisions", "abs(shift) < _A_SLIP", "True", "TestTime.test_a_clock_is_corrected_by_minutes_alone", (41, False)),
    Mutant("revisions", "    if one.key is None:\n        return False\n    return one.key ==", "    return one.key is None or one.key ==", "TestTime.test_without_an_id_of_its_own_nothing_is_corrected"),
    # edits
    Mutant("edits", ">= SUBSTANTIAL_SHARE", "> SUBSTANTIAL_SHARE", "TestEdits.test_an_edit_of_substance_moves_updated", ("Boats are out at sea.", "Boats are out at night.")),
    Mutant("edits", "_SITE_WIDE = 5", "_SITE_WIDE = 500", "TestEdits.test_the_sites_own_words_added_everywhere_move_nothing"),
    Mutant("edits", "if not (old.derived and new.derived)", "if True", "TestEdits.test_a_headline_is_of_substance_but_a_derived_one_never_is"),
    # identity
    Mutant("matching", "if not is_telling(one):\n        return False", "if False:\n        return False", "TestIdentity.test_the_same_words_at_another_time_are_another_update"),
    Mutant("matching", "return wrong > 1 and", "return False and", "TestIdentity.test_ids_that_are_mere_places_are_no_evidence"),
    Mutant("ids", "if minted in self._taken", "if False", "TestIdentity.test_the_same_words_twice_in_one_minute_are_two_updates"),
    Mutant("taking", "in reversed(list(page.pairs()))", "in page.pairs()", "TestIdentity.test_two_updates_of_one_minute_keep_the_order_of_the_page"),
)  # fmt: skip


@pytest.mark.parametrize(
    "mutant", MUTANTS, ids=lambda mutant: f"{mutant.module}:{mutant.wrong[:30]}"
)
def test_the_mistake_is_noticed(mutant: Mutant) -> None:
    with (
        _world(mutant) as cases,
        pytest.raises((AssertionError, LookupError, TypeError, ValueError)),
    ):
        _run(cases, mutant)


def test_without_a_mistake_the_cases_pass() -> None:
    with _world(None) as cases:
        for mutant in MUTANTS:
            if None not in mutant.args:
                _run(cases, mutant)


def _run(cases: ModuleType, mutant: Mutant) -> None:
    group, _, name = mutant.case.partition(".")
    getattr(getattr(cases, group)(), name)(*mutant.args)


@contextmanager
def _world(mutant: Mutant | None) -> Iterator[ModuleType]:
    """The room imported anew, with the mistake in it, and the cases that use it; then everything as it was."""
    import feeder

    mine = ("feeder.reconcile", "folding", "test_reconcile")
    before = {
        name: module
        for name, module in sys.modules.items()
        if name.startswith(mine) and name != __name__
    }
    room = feeder.reconcile  # type: ignore[attr-defined]
    finder = _Finder(mutant)
    for name in before:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield importlib.import_module("test_reconcile")
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.startswith(mine) and name != __name__]:
            del sys.modules[name]
        sys.modules.update(before)
        feeder.reconcile = room  # type: ignore[attr-defined]


class _Finder(MetaPathFinder):
    def __init__(self, mutant: Mutant | None) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        mutant = self._mutant
        if fullname in {"test_reconcile", "folding"}:  # as they stand: pytest would rewrite them
            return PathFinder.find_spec(fullname, path)
        if mutant is None or fullname != f"feeder.reconcile.{mutant.module}".removesuffix(
            ".__init__"
        ):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        assert spec is not None
        assert spec.origin is not None
        spec.loader = _Loader(fullname, spec.origin, mutant)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, mutant: Mutant) -> None:
        super().__init__(fullname, path)
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType | None:
        source = Path(self.path).read_text(encoding="utf-8")
        assert source.count(self._mutant.right) >= 1, (
            "the mutant speaks of code that is no longer there"
        )
        return compile(source.replace(self._mutant.right, self._mutant.wrong, 1), self.path, "exec")
