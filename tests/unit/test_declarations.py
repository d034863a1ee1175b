"""The files of two machines on one store in PostgreSQL: neither takes from the other what it declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from storing import MINUTE, NOW, settings

from feeder.store import Store, claims, machines
from feeder.store.declarations import differing
from feeder.store.machines import Machine

if TYPE_CHECKING:
    from feeder.config import SourceSettings
    from feeder.store.records import Synced

pytestmark = pytest.mark.parametrize("store", ["postgresql"], indirect=True)


@dataclass
class Host:
    """A machine with a file."""

    store: Store
    name: str

    def __post_init__(self) -> None:
        with self.store.database.writing() as connection:
            now = claims.clock(connection)
            machines.arrive(
                connection, Machine(self.name, self.name, "run", "1", self.name, now, now)
            )

    def declare(self, *sources: SourceSettings) -> Synced:
        return self.store.sync(sources, repr(sources), NOW, self.name)

    def die(self) -> None:
        with self.store.database.writing() as connection:
            connection.execute(
                text("UPDATE machines SET heartbeat = 1 WHERE name = :name"), {"name": self.name}
            )


def followed(store: Store) -> dict[str, object]:
    return {source.name: source.settings.every for source, _ in store.sources()}


def told(store: Store) -> list[tuple[str, str, str]]:
    with store.database.reading() as connection:
        return differing(connection)


@pytest.fixture
def one(store: Store) -> Host:
    return Host(store, "a:/one.toml")


@pytest.fixture
def two(store: Store) -> Host:
    return Host(store, "b:/two.toml")


def test_a_file_retires_only_what_it_has_declared_itself(
    store: Store, one: Host, two: Host
) -> None:
    assert one.declare(settings("quay")).added == ("quay",)
    assert two.declare(settings("gate")).added == ("gate",)
    assert set(followed(store)) == {"gate", "quay"}
    assert two.declare().retired == ("gate",)
    assert set(followed(store)) == {"quay"}


def test_what_two_files_declare_is_followed_until_neither_does(
    store: Store, one: Host, two: Host
) -> None:
    one.declare(settings("quay"))
    assert two.declare(settings("quay")).added == ()
    assert one.declare().retired == ()
    assert set(followed(store)) == {"quay"}
    assert two.declare().retired == ("quay",)
    assert followed(store) == {}
    assert one.declare(settings("quay")).added == ("quay",)


def test_of_two_declarations_that_differ_the_first_holds_and_the_other_is_told(
    store: Store, one: Host, two: Host
) -> None:
    one.declare(settings("quay", every=MINUTE))
    for _ in range(2):
        assert two.declare(settings("quay", every=2 * MINUTE)).differing == (("quay", one.name),)
        assert one.declare(settings("quay", every=MINUTE)).changed == ()
    assert followed(store) == {"quay": MINUTE}
    assert told(store) == [("quay", two.name, one.name)]


def test_the_one_that_holds_may_change_and_what_agrees_is_told_no_longer(
    store: Store, one: Host, two: Host
) -> None:
    one.declare(settings("quay", every=MINUTE))
    two.declare(settings("quay", every=2 * MINUTE))
    assert one.declare(settings("quay", every=2 * MINUTE)).changed == ("quay",)
    assert told(store) == []


def test_where_the_file_that_holds_leaves_a_source_out_the_other_holds(
    store: Store, one: Host, two: Host
) -> None:
    one.declare(settings("quay", every=MINUTE))
    two.declare(settings("quay", every=2 * MINUTE))
    one.declare()
    assert followed(store) == {"quay": 2 * MINUTE}
    assert one.declare(settings("quay", every=MINUTE)).differing == (("quay", two.name),)


def test_a_file_whose_machine_is_gone_holds_nothing_any_more(
    store: Store, one: Host, two: Host
) -> None:
    one.declare(settings("quay", every=MINUTE))
    two.declare(settings("quay", every=2 * MINUTE))
    one.die()
    assert two.declare(settings("quay", every=2 * MINUTE)).changed == ("quay",)
    assert one.declare(settings("quay", every=MINUTE)).differing == (("quay", two.name),)


def test_one_page_under_two_names_is_not_renamed_to_and_fro(
    store: Store, one: Host, two: Host
) -> None:
    one.declare(settings("quay", "https://example.org/live"))
    assert two.declare(settings("pier", "https://example.org/live")).differing == (
        ("pier", one.name),
    )
    assert set(followed(store)) == {"quay"}
