"""Several readers on one store in PostgreSQL: each source is one's at a time, and no claim outlives its reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, text
from storing import NOW, commit, entry, settings

from feeder.config import SourceSettings
from feeder.errors import StoreError
from feeder.store import Store, claims, machines
from feeder.store.machines import Machine
from feeder.store.schema import hosts
from feeder.store.sources import Sources

if TYPE_CHECKING:
    from pathlib import Path

    from feeder.config import Source
    from feeder.model import SourceState

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
NONE = timedelta(0)
pytestmark = pytest.mark.parametrize("store", ["postgresql"], indirect=True)


def take(
    store: Store, claim: str = "one", interval: timedelta = NONE, most: int = 100
) -> list[int]:
    with store.database.writing() as connection:
        return [one.source_id for one in claims.take(connection, claim, most, interval)]


def begin(
    store: Store, claim: str, *ids: int, reader: str = "r"
) -> list[tuple[Source, SourceState]]:
    with store.database.writing() as connection:
        return claims.begin(connection, Sources(), claim, reader, ids)


def run_out(store: Store) -> None:
    """As if the claims of now had been made an hour ago."""
    with store.database.writing() as connection:
        connection.execute(text("UPDATE standings SET next_due = 1 WHERE claimed_by IS NOT NULL"))


def due_again(store: Store) -> None:
    with store.database.writing() as connection:
        connection.execute(text("UPDATE standings SET next_due = 1"))


def on_host(store: Store, count: int, host: str = "example.org") -> list[int]:
    return [
        store.add(settings(f"{host[0]}{n}", f"https://{host}/{n}"), "api", NOW).id
        for n in range(count)
    ]


def test_what_one_has_claimed_no_other_gets_until_the_claim_runs_out(store: Store) -> None:
    ids = on_host(store, 3)
    assert take(store, most=2) == ids[:2]
    assert take(store, "two") == ids[2:]
    assert take(store, "three") == []
    run_out(store)
    assert sorted(take(store, "three")) == ids


def test_a_claim_is_begun_once(store: Store) -> None:
    (key,) = on_host(store, 1)
    take(store)
    assert begin(store, "another", key) == []
    ((found, state),) = begin(store, "one", key, reader="alpha")
    assert (found.id, state.claim) == (key, "one@alpha")
    assert begin(store, "one", key, reader="beta") == []


def test_a_claim_that_ran_out_in_the_queue_is_not_begun(store: Store) -> None:
    (key,) = on_host(store, 1)
    take(store)
    run_out(store)
    assert begin(store, "one", key) == []


def test_nothing_is_kept_of_what_was_read_under_a_claim_that_ran_out(store: Store) -> None:
    (key,) = on_host(store, 1)
    take(store)
    ((_, state),) = begin(store, "one", key)
    run_out(store)
    after = replace(state, state="live", next_due=NOW)
    assert not store.commit(commit(key, entry(1), source_state=after))
    store.mark([(key, after)])
    found = store.source(key)
    assert found
    assert found[1].state == "new"
    assert store.entries(key) == []


def test_nothing_is_kept_of_what_was_read_under_a_claim_that_another_has_now(store: Store) -> None:
    (key,) = on_host(store, 1)
    take(store)
    ((_, state),) = begin(store, "one", key)
    run_out(store)
    take(store, "two")
    ((_, again),) = begin(store, "two", key)
    assert not store.commit(
        commit(key, entry(1), source_state=replace(state, state="live", since=NOW))
    )
    assert store.commit(commit(key, entry(1), source_state=replace(again, state="live", since=NOW)))
    assert len(store.entries(key)) == 1


def test_a_claim_ends_when_what_was_read_is_stored(store: Store) -> None:
    first, second = on_host(store, 2)
    take(store)
    held = {
        found.id: replace(state, state="live", since=NOW)
        for found, state in begin(store, "one", first, second)
    }
    store.mark([(first, held[first])])
    assert store.commit(commit(second, entry(1), source_state=held[second]))
    with store.database.writing() as connection:
        claimed = {key: state.claim for key, state in held.items()}
        assert claims.lost(connection, claimed) == {first, second}
    assert not store.commit(commit(second, entry(2), source_state=held[second])), "stored twice"


def test_a_claim_that_is_renewed_lasts_and_one_that_ran_out_stays_so(store: Store) -> None:
    first, second = on_host(store, 2)
    take(store)
    begin(store, "one", first, second)
    with store.database.writing() as connection:
        connection.execute(
            text("UPDATE standings SET next_due = 1 WHERE source_id = :key"), {"key": first}
        )
        claims.renew(connection, {first: "one@r", second: "one@r"})
        assert claims.lost(connection, {first: "one@r", second: "one@r"}) == {first}


def test_reads_of_a_host_begin_an_interval_apart_whoever_schedules_them(store: Store) -> None:
    ids = on_host(store, 3)
    other = on_host(store, 1, "other.example")
    assert take(store, "one", 60 * SECOND) == [ids[0], *other]
    turns = [found[1].next_due for found in map(store.source, ids[1:]) if found]
    assert [round((turn - turns[0]) / SECOND) for turn in turns if turns[0] and turn] == [0, 60]
    due_again(store)
    assert take(store, "two", 60 * SECOND) == [], "its turn has not come"


def test_a_host_that_asked_for_silence_is_asked_by_nobody(store: Store) -> None:
    on_host(store, 2)
    far = "UPDATE hosts SET until = (extract(epoch FROM clock_timestamp()) + 600) * 1000000"
    with store.database.writing() as connection:
        connection.execute(text("INSERT INTO hosts (host) VALUES ('example.org')"))
        connection.execute(text(far))
    assert take(store) == []
    assert take(store, interval=SECOND) == []


@pytest.mark.row("27")
def test_a_host_waits_for_no_time_that_is_of_a_clock_set_back_since(store: Store) -> None:
    ids = on_host(store, 2)
    with store.database.writing() as connection:
        now = claims.clock(connection)
        row = {"host": "example.org", "until": now + 365 * DAY, "next_turn": now + DAY / 24}
        connection.execute(insert(hosts).values(row))
    assert take(store, interval=SECOND) == [], "they wait for their turns of now"
    turns = [found[1].next_due for found in map(store.source, ids) if found]
    assert [round((turn - now) / SECOND) for turn in turns if turn] == [1, 2]


def test_files_wait_for_no_host(store: Store) -> None:
    ids = [
        store.add(SourceSettings(name=f"f{n}", path=f"/p{n}.txt"), "api", NOW).id for n in range(3)
    ]
    assert take(store, interval=60 * SECOND) == ids


def test_what_is_asked_for_takes_a_source_from_whoever_was_about_to_read_it(store: Store) -> None:
    (key,) = on_host(store, 1)
    take(store)
    with store.database.writing() as connection:
        claim, fresh = claims.ask(connection, key, accept=False)
        assert fresh
        assert claims.ask(connection, key, accept=False) == (claim, False), "others join"
    assert begin(store, "one", key) == []
    assert begin(store, claim, key)
    with store.database.writing() as connection:
        assert claims.answered(connection, key) == (claim, None)
        claims.answer(connection, key, claim, "{}")
        assert claims.answered(connection, key) == (claim, "{}")
        assert claims.ask(connection, key, accept=False)[1], "what is done is not joined"


def test_machines_are_told_until_they_leave_and_one_that_died_until_it_is_back(
    store: Store,
) -> None:
    with store.database.writing() as connection:
        then = claims.clock(connection)
        one = Machine("a/1", "a", "run", "1.0", "a:/c.toml", then, then)
        two = replace(one, name="b/1", host="b", kind="worker")
        for machine in (one, two):
            machines.arrive(connection, machine)
        assert [m.name for m in machines.every(connection) if not m.is_gone(then)] == ["a/1", "b/1"]
        connection.execute(text("UPDATE machines SET heartbeat = heartbeat - 60000000"))
        assert all(m.is_gone(then) for m in machines.every(connection))
        machines.arrive(connection, replace(one, name="a/2"))
        assert [m.name for m in machines.every(connection)] == ["a/2", "b/1"]
        machines.leave(connection, "a/2")
        assert [m.name for m in machines.every(connection)] == ["b/1"]


def test_who_wants_the_store_alone_is_kept_away_by_those_who_share_it(
    store: Store, tmp_path: Path
) -> None:
    url = store.database.engine.url.render_as_string(hide_password=False)
    with Store.open(url) as second, Store.open(url) as third:
        with (
            store.lock(tmp_path, shared=True),
            second.lock(tmp_path, shared=True),
            pytest.raises(StoreError, match="in use by another feeder"),
        ):
            third.lock(tmp_path).__enter__()
        with third.lock(tmp_path), pytest.raises(StoreError, match="in use by another feeder"):
            store.lock(tmp_path, shared=True).__enter__()
