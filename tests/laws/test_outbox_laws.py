"""Whatever fails, and whenever it is killed: everything is told, in order, to everybody."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.config import SourceSettings
from feeder.errors import ReadError
from feeder.notify.delivery import FeedLocation
from feeder.notify.notifier import notify, recover
from feeder.read.fetcher import Answer
from feeder.store import Message, Store, outbox

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TARGETS = ("https://a.example/", "https://b.example/")
PLACE = FeedLocation("https://feeds.example/feeds/", "https://feeds.example/hub", Path("nowhere"))


class World:
    """Stands for the network: answers as it is told, and remembers what reached whom.

    0: it cannot be reached. "killed": we are, before it is told; "late": we are, when it has been
    told.
    """

    def __init__(self, answers: list[int | str]) -> None:
        self.answers = deque(answers)
        self.told: dict[str, list[int]] = {target: [] for target in TARGETS}

    async def post(self, url: str, body: bytes, **_: object) -> Answer:
        answer = self.answers.popleft() if self.answers else 204
        if answer in {204, "late"}:
            self.told[url].append(json.loads(body)["n"])
        if isinstance(answer, str):
            raise asyncio.CancelledError
        if answer == 0:
            raise ReadError("it cannot be reached")
        return Answer(answer, url, {}, b"")


STEPS = st.lists(
    st.sampled_from(["put a", "put b", "put ab", "tell", "restart", "wait"]), max_size=20
)
ANSWERS = st.lists(st.sampled_from([204, 204, 500, 0, "killed", "late"]), max_size=20)


@pytest.mark.row("29")
@given(steps=STEPS, answers=ANSWERS)
@settings(max_examples=20, deadline=None)
def test_all_is_told_in_order_whatever_fails_and_again_only_what_was_cut_short(
    steps: list[str], answers: list[int | str]
) -> None:
    world, now = World(answers), NOON
    put: dict[str, list[int]] = {target: [] for target in TARGETS}
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(f"sqlite:///{folder}/feeder.db") as store,
    ):
        source = store.add(
            SourceSettings(name="harbour", url="https://pages.example/"), "api", NOON
        ).id
        for number, step in enumerate([*steps, *["wait", "restart", "tell"] * (len(answers) + 1)]):
            match step.split():
                case ["put", names]:
                    chosen = [target for target in TARGETS if target[8] in names]
                    _put(store, source, chosen, number, now)
                    for target in chosen:
                        put[target].append(number)
                case ["tell"]:
                    with suppress(asyncio.CancelledError):
                        asyncio.run(notify(store, world, PLACE, lambda: now))  # type: ignore[arg-type]  # noqa: B023
                case ["restart"]:
                    recover(store, now)
                case _:
                    now += timedelta(hours=3)
            if (
                step == "tell"
                and not world.answers
                and _waiting(store) == 0
                and number > len(steps)
            ):
                break
        assert _waiting(store) == 0
    assert {
        target: [number for number, _ in groupby(told)] for target, told in world.told.items()
    } == put


def _put(store: Store, source: int, targets: list[str], number: int, now: datetime) -> None:
    body = json.dumps({"n": number}).encode()
    with store.database.writing() as connection:
        outbox.put(
            connection,
            source,
            [Message("webhook", target, "harbour", body, now) for target in targets],
        )
    store.release(source)


def _waiting(store: Store) -> int:
    with store.database.reading() as connection:
        return sum(target.waiting for target in outbox.targets_status(connection))
