"""Each protection is taken out of the source, and a test of its own notices: without this table nobody knew that it would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from unprotected import Kennel, Mutation, kennel

if TYPE_CHECKING:
    from collections.abc import Iterator

MUTATIONS = {
    "no fsync of a file": Mutation(
        "feeder.publish.files", "os.fsync(one.handle)", "pass",
        "tests/faults/test_power_cuts.py::test_row_25_a_file_is_on_disk_before_it_takes_its_place_and_its_folder_after",
    ),
    "no fsync of the folder": Mutation(
        "feeder.publish.files", "    for folder in {one.path.parent for one in aside}:\n        _sync_folder(folder)", "",
        "tests/faults/test_power_cuts.py::test_row_25_a_file_is_on_disk_before_it_takes_its_place_and_its_folder_after",
    ),
    "a file is written in its place": Mutation(
        "feeder.publish.files", "os.replace(one.aside, one.path)", "one.path.write_bytes(Path(one.aside).read_bytes())",
        "tests/unit/test_publish_files.py::test_who_is_reading_a_file_gets_the_rest_of_it_although_it_is_replaced",
    ),
    "half a gzip": Mutation(
        "feeder.publish.files", "packer.compress(data) + packer.flush()", "packer.compress(data)",
        "tests/unit/test_publish_files.py::test_three_formats_each_with_its_gzip",
    ),
    "missed ticks are made up": Mutation(
        "feeder.runtime.clock", "else now + self.interval", "else previous_fire_time + self.interval",
        "tests/unit/test_clock.py::test_a_pulse_never_lists_what_was_missed",
    ),
    "what waits keeps its instant when the clock is set": Mutation(
        "feeder.store.outbox", "    if by < timedelta():\n", "    if False:\n",
        "tests/unit/test_notify.py::test_what_could_not_be_told_waits_no_longer_when_the_clock_is_set_back",
    ),
    "a commit is not waited for": Mutation(
        "feeder.store.engine", 'True: "PRAGMA synchronous = FULL"', 'True: "PRAGMA synchronous = OFF"',
        "tests/faults/test_power_cuts.py::test_row_25_a_commit_is_on_disk_when_it_ends",
    ),
    "no transaction": Mutation(
        "feeder.store.engine", '_SYNCHRONOUS[durable], "BEGIN IMMEDIATE")', "_SYNCHRONOUS[durable])",
        "tests/faults/test_store_faults.py::test_a_commit_that_fails_in_the_middle_is_as_if_it_had_never_been",
    ),
    "no lock of the store": Mutation(
        "feeder.store.lock", "fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)", "pass",
        "tests/faults/test_ids_again.py::test_a_store_that_a_daemon_holds_is_not_replaced",
    ),
    "marks that were refused are dropped": Mutation(
        "feeder.store.marks", "self._states = taken | self._states", "pass",
        "tests/unit/test_marks.py::test_what_the_store_refuses_waits_and_what_came_since_counts",
    ),
    "hubs are told before the files are in place": Mutation(
        "feeder.pipeline.keep", "    try:\n        publisher.publish_source(",
        "    store.release(source.id)\n    try:\n        publisher.publish_source(",
        "tests/faults/test_power_cuts.py::test_row_29_a_hub_is_not_told_before_the_files_are_in_place",
    ),
    "the guard looks at no address": Mutation(
        "feeder.read.guard", 'if how == "never" or', "if False and",
        "tests/unit/test_guard.py::test_one_address_inside_refuses_the_whole_name",
    ),
    "the guard looks at the first hop only": Mutation(
        "feeder.read.guard",
        "        addresses = await checked(host, port, private=self._private, resolve=self._resolve)",
        "        first, self._private = self._private is not None, None\n"
        "        addresses = await checked(host, port, private=True) if first else (host,)",
        "tests/faults/test_security_rows.py::test_each_hop_of_a_redirect_is_checked",
    ),
    "the checked address is not the one connected to": Mutation(
        "feeder.read.guard", "connect_tcp(last, port, timeout)", "connect_tcp(host, port, timeout)",
        "tests/unit/test_guard.py::test_a_name_that_changes_its_address_between_check_and_use_is_asked_once_only",
    ),
    "any certificate will do": Mutation(
        "feeder.read.fetcher", "create_ssl_context(trust_env=False)", "create_ssl_context(verify=False, trust_env=False)",
        "tests/faults/test_connections.py::test_row_1_tls_fails_closed",
    ),
    "headers of a source go to any origin": Mutation(
        "feeder.read.fetcher", "if here.origin == request.origin:", "if True:",
        "tests/faults/test_private_sources.py::test_what_is_private_goes_to_the_sources_own_origin_only",
    ),
    "unpacked without limit": Mutation(
        "feeder.read.decode", "if size > _SMALL and size > packed * _RATIO:", "if False:",
        "tests/faults/test_whole_answers.py::test_a_small_page_that_unpacks_to_a_large_one_is_refused_by_its_ratio",
    ),
    "removed after one read": Mutation(
        "feeder.reconcile.absence", "ENOUGH_READS = 3", "ENOUGH_READS = 1",
        "tests/unit/test_refresh.py::test_an_update_gone_from_between_its_neighbours_leaves_after_three_reads",
    ),
    "an older copy is believed": Mutation(
        "feeder.reconcile.holds", "    if age.newest is not None and memory.newest is not None and",
        "    if True:\n        return False\n    if age.newest is not None and memory.newest is not None and",
        "tests/faults/test_rows.py::test_row_13_an_older_copy_is_ignored_and_never_goes_back_and_forth",
    ),
    "a page that lost its updates is believed": Mutation(
        "feeder.reconcile.holds", "if len(missing) <= compared.kept:", "if True:",
        "tests/faults/test_rows.py::test_row_11_what_is_gone_is_held_back_and_what_is_new_comes_through",
    ),
    "no tombstone": Mutation(
        "feeder.render", 'return xml.deleted_entry((entry.id, removed)), b"",', 'return b"", b"",',
        "tests/unit/test_refresh.py::test_an_update_gone_from_between_its_neighbours_leaves_after_three_reads",
    ),
    "no monotonic heart": Mutation(
        "feeder.runtime.clock", "if abs(offset - before) > JUMP:", "if False:",
        "tests/faults/test_clock_rows.py::test_row_27_a_clock_that_is_set_is_noticed_at_the_next_look",
    ),
    "a head without limit": Mutation(
        "feeder.web.server", "if self._head_bytes > HEAD_BYTES:", "if False:",
        "tests/unit/test_server.py::test_a_head_without_end_is_refused",
    ),
    "any host name is ours": Mutation(
        "feeder.web.access", "elif not _is_ours(hosts[0], base, settings.serve):", "elif False:",
        "tests/unit/test_api.py::test_only_hosts_that_are_ours_are_answered_for",
    ),
    "tokens may be guessed": Mutation(
        "feeder.web.token_check", "self._remember(client, [*wrong, _Guess(now, hash(authorization))])", "pass",
        "tests/unit/test_token_check.py::test_who_guesses_too_often_waits_even_with_the_right_token",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def runs() -> Iterator[Kennel]:
    with kennel() as made:
        yield made


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_it_is_noticed_when_it_is_taken_out(runs: Kennel, mutation: Mutation) -> None:
    assert runs.run(mutation) == 1


def test_without_a_mutation_a_test_passes_there(runs: Kennel) -> None:
    whole = Mutation("", "", "", "tests/unit/test_marks.py")
    assert runs.run(whole) == 0
