"""The outbox and how it is drained: at least once, in order, with back-off."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from feeder.config import Fetch, SourceSettings
from feeder.model import Change, Content, Entry, SourceState
from feeder.notify.delivery import FeedLocation, pause
from feeder.notify.messages import News, advertised, messages
from feeder.notify.notifier import (
    Teller,
    announce,
    anything,
    follow_clock,
    notify,
    recover,
    signing_key,
)
from feeder.notify.outbox_drain import MOST_AGE, MOST_REFUSALS
from feeder.notify.targets import targets_status
from feeder.notify.topics import topics
from feeder.read.fetcher import Fetcher
from feeder.store import Message, Store, outbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Receiver

    from feeder.model import ChangeKind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEEDS = "https://feeds.example/feeds/"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/feeder.db") as opened:
        for name in ("harbour", "market"):
            opened.add(SourceSettings(name=name, url=f"https://pages.example/{name}"), "api", NOON)
        yield opened


def put(store: Store, *what: Message, source: str = "harbour", release: bool = True) -> None:
    source_id = store.source(source)[0].id
    with store.database.writing() as connection:
        outbox.put(connection, source_id, what)
    if release:
        store.release(source_id)


def tell(store: Store, now: datetime = NOON, *, allow_private: bool = True) -> int:
    """One drain at an instant; how many were told."""

    async def once() -> int:
        settings = Fetch(allow_private=allow_private, host_interval="0s", timeout="5s")
        async with Fetcher(settings) as fetcher:
            return await notify(
                store,
                fetcher,
                FeedLocation(FEEDS, "https://feeds.example/hub", Path("nowhere")),
                lambda: now,
            )

    return asyncio.run(once())


def source_state(store: Store) -> dict[str, outbox.Target]:
    with store.database.reading() as connection:
        return {target.target: target for target in outbox.targets_status(connection)}


def ping(target: str, name: str = "harbour", created: datetime = NOON) -> Message:
    return Message("websub", target, f"{FEEDS}{name}.atom", b"", created)


def call(target: str, number: int, created: datetime = NOON) -> Message:
    return Message("webhook", target, "harbour", json.dumps({"n": number}).encode(), created)


def change(number: int, kind: ChangeKind = "added", title: str = "A ferry sank") -> Change:
    content = Content(title=title, text="text", html="<p>text</p>", authors=("Ann Ax",))
    entry = Entry(
        id=f"urn:uuid:00000000-0000-5000-8000-{number:012}",
        number=number,
        published=NOON,
        updated=NOON,
        first_seen=NOON,
        content=content,
        digest=str(number),
        url=f"https://pages.example/harbour#{number}",
    )
    return Change(kind, NOON, entry, ("text",) if kind == "edited" else ())


def news(**values: Any) -> News:
    return News(
        **{"source": "harbour", "page": "https://pages.example/harbour", "feeds": FEEDS, "at": NOON}
        | values
    )


# ------------------------------------------------------------------------------------- what is told


def test_each_change_pings_every_hub_for_every_format_and_the_feeds_that_change_with_it() -> None:
    told = messages(
        news(changes=[change(1), change(2)], also=["everything"]),
        ["https://hub.example/", "self"],
        [],
    )
    assert [(message.target, message.topic) for message in told] == [
        (hub, topic)
        for hub in ("https://hub.example/", "self")
        for name in ("harbour", "everything")
        for topic in topics(FEEDS, name)
    ]


def test_a_webhook_is_told_who_changed_and_how() -> None:
    told = messages(news(changes=[change(1), change(2, "edited")]), [], ["https://hook.example/"])
    assert len(told) == 1
    payload = json.loads(told[0].payload)
    assert [(row["change"], row["id"][-1], row["what"]) for row in payload.pop("changes")] == [
        ("added", "1", []),
        ("edited", "2", ["text"]),
    ]
    assert payload == {
        "event": "changes",
        "source": "harbour",
        "page": "https://pages.example/harbour",
        "feed": f"{FEEDS}harbour.atom",
        "at": "2026-03-02T12:00:00Z",
        "first": False,
        "total": 2,
    }


def test_a_change_of_state_is_told_to_webhooks_alone() -> None:
    told = messages(
        news(state="failing", was="live", reason="it answered 500"),
        ["self"],
        ["https://hook.example/"],
    )
    payload = json.loads(told[0].payload)
    assert (len(told), payload["event"], payload["was"], payload["state"], payload["reason"]) == (
        1, "state", "live", "failing", "it answered 500",
    )  # fmt: skip
    assert not told[0].held, "it waits for no file"


def test_nothing_to_tell_is_no_message() -> None:
    assert messages(news(), ["self"], ["https://hook.example/"]) == ()


def test_the_first_read_of_a_page_with_many_updates_is_one_push_for_each_receiver() -> None:
    first = news(changes=[change(n) for n in range(1, 1301)], first=True, state="live", was="new")
    told = messages(first, ["self"], ["https://hook.example/"])
    payload = json.loads(told[-1].payload)
    assert [message.kind for message in told] == ["websub"] * 3 + ["webhook"]
    assert (payload["first"], payload["total"], len(payload["changes"])) == (True, 1300, 500)
    assert (payload["was"], payload["state"]) == ("new", "live")
    assert payload["changes"][-1]["id"].endswith("1300")


def test_later_a_long_list_of_changes_goes_out_whole_in_several_messages() -> None:
    told = messages(
        news(changes=[change(n) for n in range(1, 1301)]), [], ["https://hook.example/"]
    )
    ids = [row["id"] for message in told for row in json.loads(message.payload)["changes"]]
    assert (len(told), len(ids), ids) == (3, 1300, sorted(ids))


def test_self_is_advertised_by_the_built_in_hubs_address() -> None:
    assert advertised(["self", "https://hub.example/"], "https://feeds.example/hub") == (
        "https://feeds.example/hub",
        "https://hub.example/",
    )


# ----------------------------------------------------------------------------------- how it is told


def test_a_ping_says_publish_with_url_and_topic(store: Store, receiver: Receiver) -> None:
    put(store, ping(receiver.url))
    assert tell(store) == 1
    topic = [f"{FEEDS}harbour.atom"]
    assert receiver.forms() == [{"hub.mode": ["publish"], "hub.url": topic, "hub.topic": topic}]
    assert receiver.got[0][0]["content-type"] == "application/x-www-form-urlencoded"


def test_waiting_pings_of_one_topic_are_one(store: Store, receiver: Receiver) -> None:
    put(store, ping(receiver.url), ping(receiver.url, "market"), ping(receiver.url))
    assert tell(store) == 2
    assert [form["hub.topic"] for form in receiver.forms()] == [
        [f"{FEEDS}market.atom"],
        [f"{FEEDS}harbour.atom"],
    ]
    assert not anything(store, NOON)


def test_a_hub_that_is_down_for_long_has_one_ping_waiting_for_each_topic(store: Store) -> None:
    for _ in range(10):
        put(store, ping("http://127.0.0.1:1/"), ping("http://127.0.0.1:1/", "market"))
        tell(store)
    assert source_state(store)["http://127.0.0.1:1/"].waiting == 2


def test_webhooks_keep_their_order_and_are_signed_with_the_stores_secret(
    store: Store, receiver: Receiver
) -> None:
    put(store, *(call(receiver.url, number) for number in range(250)))
    assert tell(store) == 250
    assert [payload["n"] for payload in receiver.payloads()] == list(range(250))
    for headers, body in receiver.got:
        expected = hmac.new(signing_key(store).encode(), body, hashlib.sha256).hexdigest()
        assert headers["x-hub-signature-256"] == f"sha256={expected}"
    assert len({headers["x-feeder-delivery"] for headers, _ in receiver.got}) == 250


@pytest.mark.row("29")
def test_nothing_goes_before_the_files_are_in_place(store: Store, receiver: Receiver) -> None:
    put(store, ping(receiver.url), release=False)
    assert (anything(store, NOON), tell(store), receiver.got) == (False, 0, [])
    store.release(store.source("harbour")[0].id)
    assert (anything(store, NOON), tell(store)) == (True, 1)


@pytest.mark.row("29")
def test_a_receiver_that_is_down_gets_all_in_order_when_it_is_back_and_after_a_restart(
    store: Store, receiver: Receiver, tmp_path: Path
) -> None:
    """Row 29 of docs/reliability.md."""
    receiver.answers = [(204, {}), (503, {}), (500, {}), (204, {})]
    put(store, *(call(receiver.url, number) for number in range(3)))
    assert tell(store) == 1
    assert tell(store) == 0, "it is left alone until its time comes"
    first = source_state(store)[receiver.url]
    assert (first.waiting, first.failures, first.error) == (2, 1, "it answered 503")
    assert NOON + timedelta(seconds=0.5) <= first.next_try <= NOON + timedelta(seconds=1)
    put(store, call(receiver.url, 3))
    with Store.open(f"sqlite:///{tmp_path}/feeder.db") as again:
        recover(again, first.next_try - timedelta(milliseconds=1))
        assert not anything(again, first.next_try - timedelta(milliseconds=1)), (
            "a restart is no reason to press"
        )
        assert tell(again, first.next_try) == 0
        second = source_state(again)[receiver.url]
        assert (second.failures, second.next_try >= first.next_try + timedelta(seconds=1)) == (
            2,
            True,
        )
        assert tell(again, second.next_try) == 3
        assert source_state(again)[receiver.url].failures == 0
    assert [payload["n"] for payload in receiver.payloads()] == [0, 1, 1, 1, 2, 3]


def test_one_receiver_that_is_down_does_not_hold_up_another(
    store: Store, receiver: Receiver
) -> None:
    put(store, ping("http://127.0.0.1:1/"), ping(receiver.url))
    assert tell(store) == 1
    assert source_state(store)["http://127.0.0.1:1/"].failures == 1


def test_retry_after_is_kept_to(store: Store, receiver: Receiver) -> None:
    receiver.answers = [(429, {"retry-after": "600"}), (204, {})]
    put(store, ping(receiver.url))
    tell(store)
    assert source_state(store)[receiver.url].next_try >= NOON + timedelta(minutes=9)


def test_a_message_that_is_refused_again_and_again_is_given_up_and_the_next_one_has_its_turn(
    store: Store, receiver: Receiver
) -> None:
    receiver.answers = [*[(400, {})] * MOST_REFUSALS, (204, {})]
    put(store, call(receiver.url, 1), call(receiver.url, 2))
    now = NOON
    for _ in range(MOST_REFUSALS):
        tell(store, now)
        now = source_state(store)[receiver.url].next_try
    assert source_state(store)[receiver.url].dropped == 1
    assert tell(store, now) == 1
    assert [payload["n"] for payload in receiver.payloads()] == [1] * MOST_REFUSALS + [2]


def test_what_could_not_be_told_for_days_is_given_up_and_counted(
    store: Store, receiver: Receiver
) -> None:
    receiver.answers = [(500, {})]
    put(store, call(receiver.url, 1), call(receiver.url, 2), call(receiver.url, 3, NOON + MOST_AGE))
    tell(store, NOON + MOST_AGE + timedelta(seconds=1))
    target = source_state(store)[receiver.url]
    assert (target.waiting, target.dropped) == (1, 2)


DAY = timedelta(days=1)


@pytest.mark.row("27")
@pytest.mark.parametrize("back", [timedelta(hours=1), 400 * DAY])
def test_what_could_not_be_told_waits_no_longer_when_the_clock_is_set_back(
    store: Store, receiver: Receiver, back: timedelta
) -> None:
    receiver.answers = [(500, {}), (204, {})]
    put(store, ping(receiver.url))
    tell(store)
    again = source_state(store)[receiver.url].next_try
    follow_clock(store, -back)
    assert source_state(store)[receiver.url].next_try == again - back
    assert tell(store, again - back) == 1


@pytest.mark.row("27")
def test_a_clock_that_is_set_forward_makes_no_message_old(store: Store, receiver: Receiver) -> None:
    receiver.answers = [(500, {}), (204, {})]
    put(store, call(receiver.url, 1))
    follow_clock(store, 14 * DAY)
    assert tell(store, NOON + 14 * DAY) == 0
    assert source_state(store)[receiver.url].dropped == 0
    assert tell(store, NOON + 15 * DAY) == 1


@pytest.mark.row("27")
def test_who_waits_since_a_clock_that_was_set_back_between_two_runs_is_tried_at_the_start(
    store: Store, receiver: Receiver
) -> None:
    receiver.answers = [(500, {}), (204, {})]
    put(store, ping(receiver.url))
    tell(store)
    recover(store, NOON)
    assert tell(store, NOON) == 0, "who is down is not asked for each start"
    recover(store, NOON - 400 * DAY)
    assert tell(store, NOON - 400 * DAY) == 1


@pytest.mark.row("27")
def test_what_could_not_be_told_is_told_where_sources_are_read_again_because_the_clock_was_set_back(
    store: Store, receiver: Receiver
) -> None:
    """As at a start; what is being sent just now is not sent twice."""
    receiver.answers = [(500, {}), (204, {})]
    put(store, ping(receiver.url))
    tell(store)
    before = NOON - timedelta(hours=1)
    read = SourceState(last_read=NOON, next_due=NOON + DAY)
    store.mark([(store.source("market")[0].id, read)])
    assert store.set_back(NOON) == 0
    assert tell(store, before) == 0
    assert store.set_back(before) == 1
    with store.database.writing() as connection:
        assert outbox.claim(connection, receiver.url, before, NOON)
    assert store.set_back(before - timedelta(hours=1)) == 1
    assert tell(store, before) == 0
    recover(store, before)
    assert tell(store, before) == 1


def test_redirects_are_not_followed(store: Store, receiver: Receiver) -> None:
    receiver.answers = [(307, {"location": receiver.url + "elsewhere"})]
    put(store, call(receiver.url, 1))
    assert tell(store) == 0
    assert (len(receiver.got), source_state(store)[receiver.url].error) == (1, "it answered 307")


@pytest.mark.row("50")
def test_a_private_address_is_not_told_anything_unless_private_addresses_are_allowed(
    store: Store, receiver: Receiver
) -> None:
    put(store, call(receiver.url, 1))
    assert (tell(store, allow_private=False), receiver.got) == (0, [])
    assert source_state(store)[receiver.url].waiting == 1


def test_two_drains_at_once_tell_everything_once_and_in_order(
    store: Store, receiver: Receiver
) -> None:
    put(store, *(call(receiver.url, number) for number in range(20)))

    async def both() -> list[int]:
        place = FeedLocation(FEEDS, "https://feeds.example/hub", Path("nowhere"))
        async with Fetcher(Fetch(allow_private=True, host_interval="0s")) as fetcher:
            return await asyncio.gather(
                *(notify(store, fetcher, place, lambda: NOON) for _ in range(4))
            )

    assert sum(asyncio.run(both())) == 20
    assert [payload["n"] for payload in receiver.payloads()] == list(range(20))


@pytest.mark.row("29")
@pytest.mark.parametrize("failures", [0, 2])
def test_what_a_killed_process_had_claimed_is_taken_up_at_the_next_start(
    store: Store, receiver: Receiver, failures: int
) -> None:
    receiver.answers = [*[(500, {})] * failures, (204, {})]
    put(store, ping(receiver.url))
    now = NOON
    for _ in range(failures):
        tell(store, now)
        now = source_state(store)[receiver.url].next_try
    with store.database.writing() as connection:
        assert outbox.claim(connection, receiver.url, now, now + timedelta(minutes=2))
    assert tell(store, now) == 0
    recover(store, now)
    assert tell(store, now) == 1


def test_what_is_forgotten_is_not_told_by_what_still_waits(
    store: Store, receiver: Receiver
) -> None:
    put(
        store, *messages(news(changes=[change(1, title="A secret"), change(2)]), [], [receiver.url])
    )
    with store.database.writing() as connection:
        outbox.forget(connection, change(1).entry.id)
    tell(store)
    told = receiver.payloads()[0]["changes"]
    assert b"A secret" not in receiver.got[0][1]
    assert [(row["id"], row["title"], row["authors"]) for row in told] == [
        (change(1).entry.id, "", []),
        (change(2).entry.id, "A ferry sank", ["Ann Ax"]),
    ]


def test_an_address_that_is_no_longer_configured_is_told_nothing_more(
    store: Store, receiver: Receiver
) -> None:
    put(store, ping(receiver.url), ping("https://old.example/"))
    with store.database.writing() as connection:
        outbox.retire(connection, [receiver.url])
    assert list(source_state(store)) == [receiver.url]
    assert tell(store) == 1


@pytest.mark.parametrize(
    ("failures", "least", "most"),
    [(0, 1, 2), (1, 2, 4), (5, 32, 64), (12, 3600, 7200), (10_000, 3600, 7200)],
)
def test_pauses_double_up_to_a_limit_and_vary(failures: int, least: float, most: float) -> None:
    pauses = {
        pause(failures, timedelta(seconds=2), timedelta(hours=2)).total_seconds() for _ in range(50)
    }
    assert least <= min(pauses) < max(pauses) <= most


def test_a_teller_begins_what_is_due_without_waiting_for_who_is_slow(
    store: Store, receiver: Receiver
) -> None:
    silent = socket.create_server(("127.0.0.1", 0))  # takes connections and never says anything
    stalled = f"http://127.0.0.1:{silent.getsockname()[1]}/"

    async def play() -> None:
        place = FeedLocation(FEEDS, "https://feeds.example/hub", Path("nowhere"))
        async with Fetcher(Fetch(allow_private=True, host_interval="0s")) as fetcher:
            teller = Teller(store, fetcher, lambda: place, lambda: NOON)
            put(store, ping(stalled))
            await teller.tell()
            while anything(store, NOON):
                await teller.tell()
            put(store, ping(receiver.url))
            await teller.tell()
            while not receiver.got:
                await asyncio.wait(teller._rounds, timeout=0.02)
            await teller.stop(0)
        assert (len(receiver.got), source_state(store)[stalled].waiting) == (1, 1)

    with silent:
        asyncio.run(play())


def test_status_shows_nothing_secret_of_an_address(store: Store) -> None:
    put(store, ping("https://hub.example/push?key=s3cret"))
    shown = targets_status(store)
    assert [(target.target, target.waiting) for target in shown] == [
        ("https://hub.example/push", 1)
    ]


def test_a_store_that_cannot_be_read_is_said_and_telling_goes_on_when_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "feeder.db"
    with Store.open(f"sqlite:///{file}") as store:
        store.add(SourceSettings(name="harbour", url="https://pages.example/harbour"), "api", NOON)
        put(store, ping("http://127.0.0.1:1/"))
        store.database.engine.dispose()
        whole = file.read_bytes()

        async def play() -> None:
            async with Fetcher(Fetch(allow_private=True, host_interval="0s")) as fetcher:
                teller = Teller(
                    store, fetcher, lambda: FeedLocation(FEEDS, "", Path("nowhere")), lambda: NOON
                )
                file.write_bytes(b"no database" * 1000)
                await teller.tell()
                store.database.engine.dispose()
                file.write_bytes(whole)
                await teller.tell()
                await teller.stop(10)

        asyncio.run(play())
        assert "damaged" in caplog.text
        assert source_state(store)["http://127.0.0.1:1/"].failures == 1


def test_a_feed_that_is_published_apart_from_a_refresh_is_announced_too(
    store: Store, receiver: Receiver
) -> None:
    found = store.source("harbour")
    assert found
    addresses = topics(FEEDS, "harbour-digest")
    announce(store, found[0].id, addresses, [receiver.url], NOON)
    announce(store, found[0].id, addresses, [], NOON)
    assert tell(store) == 3
    assert [form["hub.topic"] for form in receiver.forms()] == [[address] for address in addresses]
