"""The built-in hub: who may subscribe, that they meant it, and what they are sent (https://www.w3.org/TR/websub/)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from feeder.config import Fetch, SourceSettings
from feeder.notify import subscribers
from feeder.notify.delivery import FeedLocation, Means
from feeder.notify.notifier import anything, notify, recover
from feeder.notify.subscribers import MOST_DELIVERIES, MOST_QUESTIONS, confirm_now, question
from feeder.read.fetcher import Fetcher
from feeder.store import Message, Store, hub_subscriptions, outbox
from feeder.web.hub import MOST_OF_A_HOST, MOST_WAITING_OF_A_HOST, Hub, app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Receiver

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEEDS = "https://feeds.example/feeds/"
HUB = "https://feeds.example/hub"
TOPIC = f"{FEEDS}harbour.atom"
DAY = 86_400


@dataclass
class House:
    """A store, its published files and its hub, at an instant that the test sets."""

    store: Store
    folder: Path
    now: datetime = NOON
    woken: int = 0
    peer: str = "127.0.0.1"  # who asks

    @property
    def place(self) -> FeedLocation:
        return FeedLocation(FEEDS, HUB, self.folder)

    def wake(self) -> None:
        self.woken += 1

    def ask(self, method: str = "POST", **request: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            here = app(
                Hub(self.store, lambda: self.place, self.wake, self.confirm, lambda: self.now)
            )
            transport = httpx.ASGITransport(here, client=(self.peer, 50_000))
            async with httpx.AsyncClient(transport=transport, base_url=HUB) as client:
                return await client.request(method, "", **request)

        return asyncio.run(once())

    async def confirm(self, intent: hub_subscriptions.Intent) -> bool:
        settings = Fetch(allow_private=True, host_interval="0s", timeout="5s")
        async with Fetcher(settings, now=lambda: self.now) as fetcher:
            means = Means(self.store, fetcher, self.place, lambda: self.now)
            return await confirm_now(means, intent)

    def subscribe(self, callback: str, **more: str) -> httpx.Response:
        form = {"hub.mode": "subscribe", "hub.callback": callback, "hub.topic": TOPIC} | {
            f"hub.{name}": value for name, value in more.items()
        }
        return self.ask(data=form)

    def tell(self, *, allow_private: bool = True) -> int:
        async def once() -> int:
            settings = Fetch(allow_private=allow_private, host_interval="0s", timeout="5s")
            async with Fetcher(settings, now=lambda: self.now) as fetcher:
                return await notify(self.store, fetcher, self.place, lambda: self.now)

        return asyncio.run(once())

    def publish(self, text: str) -> int:
        """The file says something new, and whoever has to be told is told."""
        (self.folder / "harbour.atom").write_text(text)
        source = self.store.source("harbour")
        assert source
        with self.store.database.writing() as connection:
            outbox.put(connection, source[0].id, [Message("websub", "self", TOPIC, b"", self.now)])
        self.store.release(source[0].id)
        return self.tell()

    def subscriptions(self) -> int:
        with self.store.database.reading() as connection:
            return hub_subscriptions.crowd(connection, "").subscriptions


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "feeds"
    folder.mkdir()
    (folder / "harbour.atom").write_text("<feed/>")
    (tmp_path / "secret.atom").write_text("private")
    with Store.open(f"sqlite:///{tmp_path}/feeder.db") as store:
        store.add(SourceSettings(name="harbour", url="https://pages.example/harbour"), "api", NOON)
        yield House(store, folder)


# -------------------------------------------------------------------------------- what may be asked


FORM = {"hub.mode": "subscribe", "hub.callback": "https://reader.example/cb", "hub.topic": TOPIC}


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"hub.mode": "publish"}, 400, "hub.mode"),
        ({"hub.mode": ""}, 400, "hub.mode"),
        ({"hub.callback": ""}, 400, "hub.callback"),
        ({"hub.callback": "ftp://reader.example/"}, 400, "hub.callback"),
        ({"hub.callback": "file:///etc/passwd"}, 400, "hub.callback"),
        ({"hub.callback": "https://user:word@reader.example/"}, 400, "hub.callback"),
        ({"hub.callback": "https://reader.example/#part"}, 400, "hub.callback"),
        ({"hub.callback": "http://a\\@b/"}, 400, "hub.callback"),
        ({"hub.callback": "http://reader.example/\r\nX: y"}, 400, "hub.callback"),
        ({"hub.callback": f"http://reader.example/{'x' * 2000}"}, 400, "hub.callback"),
        ({"hub.topic": ""}, 404, "hub.topic"),
        ({"hub.topic": "https://elsewhere.example/feeds/harbour.atom"}, 404, "hub.topic"),
        ({"hub.topic": f"{FEEDS}other.atom"}, 404, "hub.topic"),
        ({"hub.topic": f"{FEEDS}../secret.atom"}, 404, "hub.topic"),
        ({"hub.topic": f"{FEEDS}harbour.atom.gz"}, 404, "hub.topic"),
        ({"hub.topic": f"{FEEDS}harbour.atom\n"}, 404, "hub.topic"),
        ({"hub.topic": "x" * 3000}, 400, "hub.topic"),
        ({"hub.lease_seconds": "ten"}, 400, "hub.lease_seconds"),
        ({"hub.lease_seconds": "-1"}, 400, "hub.lease_seconds"),
        ({"hub.lease_seconds": "0"}, 400, "hub.lease_seconds"),
        ({"hub.secret": "x" * 200}, 400, "hub.secret"),
        ({"hub.secret": "é" * 100}, 400, "hub.secret"),
    ],
)
def test_a_request_with_a_mistake_is_refused_with_the_reason(
    house: House, change: dict[str, str], status: int, word: str
) -> None:
    answer = house.ask(data=FORM | change)
    assert (answer.status_code, word in answer.text, house.woken, anything(house.store, NOON)) == (
        status, True, 0, False,
    )  # fmt: skip
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"json": FORM}, 415),
        (
            {
                "content": b"x" * 20_000,
                "headers": {"content-type": "application/x-www-form-urlencoded"},
            },
            413,
        ),
        (
            {
                "content": b"hub.mode=%ff",
                "headers": {"content-type": "application/x-www-form-urlencoded"},
            },
            400,
        ),
        (
            {
                "content": b"hub.mode=a&hub.mode=b",
                "headers": {"content-type": "application/x-www-form-urlencoded"},
            },
            400,
        ),
    ],
)
def test_only_a_form_of_sane_size_is_taken(
    house: House, request_: dict[str, Any], status: int
) -> None:
    assert house.ask(**request_).status_code == status


def test_a_good_request_is_accepted_kept_and_wakes_the_notifier(house: House) -> None:
    assert (house.ask(data=FORM).status_code, house.woken, anything(house.store, NOON)) == (
        202,
        1,
        True,
    )
    assert house.subscriptions() == 0, "not before the subscriber confirmed it"


def test_while_the_store_is_out_of_order_a_subscriber_is_asked_to_come_back(
    house: House, tmp_path: Path
) -> None:
    house.store.database.engine.dispose()
    (tmp_path / "feeder.db").write_bytes(b"no database" * 1000)
    answer = house.ask(data=FORM)
    assert (answer.status_code, answer.headers["retry-after"], house.woken) == (503, "60", 0)


def test_get_says_what_this_is_and_other_methods_are_refused(house: House) -> None:
    assert (house.ask("GET").status_code, "WebSub" in house.ask("GET").text) == (200, True)
    assert (house.ask("HEAD").status_code, house.ask("HEAD").text) == (200, "")
    assert (house.ask("DELETE").status_code, house.ask("DELETE").headers["allow"]) == (
        405,
        "GET, HEAD, POST",
    )


def test_requests_of_one_host_that_nobody_confirms_come_to_an_end(house: House) -> None:
    answers = [
        house.subscribe(f"https://reader.example/{number}").status_code
        for number in range(MOST_WAITING_OF_A_HOST + 1)
    ]
    assert answers == [202] * MOST_WAITING_OF_A_HOST + [429]
    assert house.subscribe("https://other.example/").status_code == 202
    assert house.subscribe("https://reader.example/x").headers["retry-after"] == "60"


def test_one_host_has_no_more_than_its_share_but_may_always_renew(house: House) -> None:
    with house.store.database.writing() as connection:
        for number in range(MOST_OF_A_HOST):
            intent = hub_subscriptions.Intent(
                "subscribe", f"https://reader.example/{number}", TOPIC, "reader.example", lease=DAY
            )
            hub_subscriptions.confirm(connection, intent, NOON + timedelta(days=1))
    assert house.subscribe("https://reader.example/new").status_code == 429
    assert house.subscribe("https://reader.example/7").status_code == 202


# ------------------------------------------------------------------------------- that they meant it


@pytest.mark.parametrize(
    ("asked", "granted"),
    [("", 10 * DAY), ("1", 300), ("3600", 3600), ("999999999", 30 * DAY), ("9" * 12, 30 * DAY)],
)
def test_the_subscriber_is_asked_whether_it_meant_it_and_told_its_lease(
    house: House, receiver: Receiver, asked: str, granted: int
) -> None:
    house.subscribe(f"{receiver.url}cb?mine=1&x=a%20b", lease_seconds=asked)
    assert (house.tell(), house.subscriptions()) == (1, 1)
    challenge = receiver.asked[0].pop("hub.challenge")
    assert len(challenge) > 30
    assert receiver.asked == [
        {
            "mine": "1",
            "x": "a b",
            "hub.mode": "subscribe",
            "hub.topic": TOPIC,
            "hub.lease_seconds": str(granted),
        }
    ]
    house.now += timedelta(seconds=granted - 1)
    assert (house.publish("<feed>1</feed>"), len(receiver.got)) == (2, 1)
    house.now += timedelta(seconds=1)
    assert (house.publish("<feed>2</feed>"), len(receiver.got), house.subscriptions()) == (1, 1, 0)


def test_the_callbacks_own_query_is_kept_as_it_was_written() -> None:
    intent = hub_subscriptions.Intent(
        "unsubscribe", "https://r.example/cb?a=%2F&b", TOPIC, "r.example"
    )
    assert question(intent, "c").startswith(
        "https://r.example/cb?a=%2F&b&hub.mode=unsubscribe&hub.topic=https%3A%2F%2F"
    )


@pytest.mark.parametrize(
    "answer", [(404, {}), (200, {}), (302, {"location": "/?hub.challenge=x"}), (500, {})]
)
def test_who_does_not_echo_the_challenge_is_not_subscribed(
    house: House, receiver: Receiver, answer: tuple[int, dict[str, str]]
) -> None:
    receiver.echo, receiver.answers = False, [answer, (404, {})]
    house.subscribe(receiver.url)
    assert (
        house.tell(),
        house.subscriptions(),
        anything(house.store, NOON + timedelta(days=1)),
    ) == (0, 0, False)


def test_who_asks_to_be_verified_at_once_is_told_what_came_of_it(
    house: House, receiver: Receiver
) -> None:
    said = house.subscribe(receiver.url, verify="sync")
    assert (said.status_code, said.content, house.subscriptions()) == (204, b"", 1)
    assert len(receiver.asked) == 1
    receiver.echo, receiver.answers = False, [(404, {})]
    assert house.subscribe(f"{receiver.url}other", verify="sync").status_code == 409
    assert house.subscribe("http://127.0.0.1:9999/", verify="sync").status_code == 409
    assert (house.subscriptions(), house.woken) == (1, 0)
    assert not anything(house.store, NOON + timedelta(days=1)), "nothing is left to be asked"


def test_who_cannot_be_reached_is_asked_again_and_then_no_more(house: House) -> None:
    house.subscribe("http://127.0.0.1:9999/")
    for _ in range(MOST_QUESTIONS):
        assert anything(house.store, house.now)
        house.tell()
        house.now += timedelta(hours=1)
    assert not anything(house.store, house.now)


@pytest.mark.row("50")
def test_a_callback_at_a_private_address_is_never_asked_unless_private_addresses_are_allowed(
    house: House, receiver: Receiver
) -> None:
    house.subscribe(receiver.url)
    assert (house.tell(allow_private=False), receiver.asked) == (0, [])


@pytest.mark.row("50")
@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("203.0.114.7", {}),
        ("2001:4860::7", {}),
        ("::ffff:203.0.114.7", {}),
        ("a-socket", {}),
        ("127.0.0.1", {"forwarded": "for=203.0.114.7"}),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}),
        ("127.0.0.1", {"x-forwarded-proto": "https"}),
        ("127.0.0.1", {"x-real-ip": "203.0.114.7"}),
        ("127.0.0.1", {"via": "1.1 proxy"}),
        ("127.0.0.1", {"origin": "https://page.example"}),
        ("127.0.0.1", {"sec-fetch-site": "cross-site"}),
    ],
)
def test_a_stranger_or_a_page_in_a_browser_never_has_us_ask_a_private_address(
    house: House, receiver: Receiver, peer: str, headers: dict[str, str]
) -> None:
    house.peer = peer
    assert house.ask(data=FORM | {"hub.callback": receiver.url}, headers=headers).status_code == 202
    assert (house.tell(allow_private=True), receiver.asked, house.subscriptions()) == (0, [], 0)


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.1.2.3", "::ffff:192.168.0.9"])
def test_a_program_inside_may_subscribe_at_a_private_address_where_the_file_allows_any(
    house: House, receiver: Receiver, peer: str
) -> None:
    house.peer = peer
    house.subscribe(receiver.url)
    assert (house.tell(), house.subscriptions()) == (1, 1)
    assert (house.publish("<feed>1</feed>"), len(receiver.got)) == (2, 1)


def test_a_stranger_changes_nothing_of_a_subscription_inside(
    house: House, receiver: Receiver
) -> None:
    house.subscribe(receiver.url)
    house.tell()
    house.peer = "203.0.114.7"
    house.subscribe(receiver.url, secret="theirs")
    house.ask(data=FORM | {"hub.mode": "unsubscribe", "hub.callback": receiver.url})
    assert (house.tell(), len(receiver.asked), house.subscriptions()) == (0, 1, 1)


def test_a_delivery_leads_inside_only_for_who_asked_inside(
    house: House, receiver: Receiver
) -> None:
    with house.store.database.writing() as connection:
        outside = hub_subscriptions.Intent("subscribe", receiver.url, TOPIC, "127.0.0.1", lease=DAY)
        hub_subscriptions.confirm(connection, outside, NOON + timedelta(days=1))
    assert (house.publish("<feed>1</feed>"), receiver.got) == (1, [])


def test_who_unsubscribes_confirms_that_too_and_is_sent_nothing_more(
    house: House, receiver: Receiver
) -> None:
    house.subscribe(receiver.url)
    house.tell()
    form = {"hub.mode": "unsubscribe", "hub.callback": receiver.url, "hub.topic": TOPIC}
    receiver.echo = False
    house.ask(data=form)
    house.tell()
    assert house.subscriptions() == 1, "a stranger cannot end it"
    receiver.echo = True
    house.ask(data=form)
    house.tell()
    assert house.subscriptions() == 0
    assert receiver.asked[-1].keys() == {"hub.mode", "hub.topic", "hub.challenge"}
    assert (house.publish("<feed>1</feed>"), receiver.got) == (1, [])


def test_a_renewal_takes_the_new_lease_and_the_new_secret(house: House, receiver: Receiver) -> None:
    house.subscribe(receiver.url, lease_seconds="3600")
    house.tell()
    house.now += timedelta(minutes=50)
    house.subscribe(receiver.url, lease_seconds="3600", secret="new")
    house.tell()
    house.now += timedelta(minutes=50)
    house.publish("<feed>1</feed>")
    assert house.subscriptions() == 1
    assert (
        receiver.got[0][0]["x-hub-signature"]
        == "sha256=" + hmac.new(b"new", b"<feed>1</feed>", hashlib.sha256).hexdigest()
    )


def test_a_feed_that_is_gone_before_the_subscriber_was_asked_is_denied(
    house: House, receiver: Receiver
) -> None:
    house.subscribe(receiver.url)
    (house.folder / "harbour.atom").unlink()
    house.tell()
    assert receiver.asked == [
        {"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "no such feed"}
    ]
    assert not anything(house.store, NOON + timedelta(days=1))


# ------------------------------------------------------------------------------------- what is sent


def test_a_subscriber_is_sent_the_whole_feed_as_it_is_then_signed_with_its_secret(
    house: House, receiver: Receiver
) -> None:
    house.subscribe(receiver.url, secret="s3cret")
    house.tell()
    house.publish("<feed>één</feed>")
    headers, body = receiver.got[0]
    assert body == "<feed>één</feed>".encode()
    assert headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert headers["link"] == f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"'
    assert (
        headers["x-hub-signature"]
        == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    )


def test_without_a_secret_there_is_no_signature(house: House, receiver: Receiver) -> None:
    house.subscribe(receiver.url)
    house.tell()
    house.publish("<feed>1</feed>")
    assert "x-hub-signature" not in receiver.got[0][0]


def test_a_subscriber_that_was_down_gets_the_newest_once_it_is_back_after_a_restart_too(
    house: House, receiver: Receiver, tmp_path: Path
) -> None:
    house.subscribe(receiver.url)
    house.tell()
    receiver.answers = [(500, {}), (204, {})]
    house.publish("<feed>1</feed>")
    assert house.publish("<feed>2</feed>") == 1, "it is left alone until its time comes"
    with Store.open(f"sqlite:///{tmp_path}/feeder.db") as again:
        recover(again, house.now)
        later = House(again, house.folder, house.now + timedelta(minutes=1))
        assert later.tell() == 1
        assert (later.tell(), anything(again, later.now + timedelta(days=1))) == (0, False)
    assert [body for _, body in receiver.got] == [b"<feed>1</feed>", b"<feed>2</feed>"]


def test_a_change_while_a_delivery_is_under_way_is_delivered_after_it(
    house: House, receiver: Receiver
) -> None:
    house.subscribe(receiver.url)
    house.tell()
    with house.store.database.writing() as connection:
        hub_subscriptions.want(connection, TOPIC, NOON)
        (delivery,) = hub_subscriptions.take_deliveries(
            connection, NOON, NOON + timedelta(minutes=15), 10
        )
        hub_subscriptions.want(connection, TOPIC, NOON)
        hub_subscriptions.delivered(connection, delivery, NOON)
    assert (house.tell(), len(receiver.got)) == (1, 1)


def test_410_ends_the_subscription(house: House, receiver: Receiver) -> None:
    house.subscribe(receiver.url)
    house.tell()
    receiver.answers = [(410, {})]
    house.publish("<feed>1</feed>")
    assert house.subscriptions() == 0


def test_a_subscriber_that_stays_down_is_given_up_for_this_change_and_offered_the_next(
    house: House, receiver: Receiver
) -> None:
    house.subscribe(receiver.url)
    house.tell()
    receiver.answers = [*[(500, {})] * MOST_DELIVERIES, (204, {})]
    house.publish("<feed>1</feed>")
    for _ in range(MOST_DELIVERIES + 3):
        house.now += timedelta(hours=2)
        house.tell()
    assert (len(receiver.got), house.subscriptions()) == (MOST_DELIVERIES, 1)
    house.publish("<feed>2</feed>")
    assert receiver.got[-1][1] == b"<feed>2</feed>"


def test_a_feed_that_is_published_no_more_ends_its_subscriptions_and_says_so(
    house: House, receiver: Receiver
) -> None:
    house.subscribe(receiver.url)
    house.tell()
    house.publish("<feed>1</feed>")
    with house.store.database.writing() as connection:
        hub_subscriptions.want(connection, TOPIC, NOON)
    (house.folder / "harbour.atom").unlink()
    for _ in range(MOST_DELIVERIES + 2):
        house.tell()
        house.now += timedelta(hours=2)
    assert receiver.asked[-1] == {
        "hub.mode": "denied",
        "hub.topic": TOPIC,
        "hub.reason": "the feed is no longer published",
    }
    assert (house.subscriptions(), len(receiver.got)) == (0, 1)


@pytest.mark.row("24", "29")
@pytest.mark.parametrize("failures", [0, 1, 2])
def test_what_a_killed_process_was_sending_is_sent_at_the_next_start(
    house: House, receiver: Receiver, failures: int
) -> None:
    """Also to one that had failed before; but who is in back-off is left alone at a start."""
    house.subscribe(receiver.url)
    house.tell()
    receiver.answers = [*[(500, {})] * failures, (204, {})]
    house.publish("<feed>1</feed>" if failures else "")
    for _ in range(failures - 1):
        house.now += timedelta(minutes=1)
        house.tell()
    recover(house.store, house.now)
    assert house.tell() == 0
    house.now += timedelta(minutes=1)
    with house.store.database.writing() as connection:
        hub_subscriptions.want(connection, TOPIC, house.now)
        until = house.now + timedelta(minutes=15)
        assert hub_subscriptions.take_deliveries(connection, house.now, until, 10)
    assert house.tell() == 0
    recover(house.store, house.now)
    assert house.tell() == 1


def test_who_answered_last_time_is_sent_a_change_before_who_did_not(house: House) -> None:
    """So that many that are down, each of which takes its time, do not keep the others waiting."""
    late = house.now + timedelta(days=1)
    with house.store.database.writing() as connection:
        for number in range(3):
            intent = hub_subscriptions.Intent(
                "subscribe", f"https://{number}.example/", TOPIC, f"{number}.example"
            )
            hub_subscriptions.confirm(connection, intent, late)
        hub_subscriptions.want(connection, TOPIC, house.now)
        first, *_ = hub_subscriptions.take_deliveries(connection, house.now, house.now, 10)
        hub_subscriptions.undelivered(connection, first, house.now)
        order = [
            one.id
            for one in hub_subscriptions.take_deliveries(
                connection, house.now + timedelta(seconds=1), late, 10
            )
        ]
    assert order[-1] == first.id


def test_many_who_do_not_answer_give_way_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are through while all of the slow ones are still waited for."""
    monkeypatch.setattr(subscribers, "PATIENCE", 0.01)

    async def serve() -> list[bool]:
        gate, answer = subscribers._Gate(), asyncio.Event()

        async def slow() -> bool:
            return await answer.wait()

        async def quick() -> bool:
            return True

        waiting = [
            asyncio.create_task(gate.through(f"slow-{n}", slow))
            for n in range(2 * subscribers.AT_ONCE)
        ]
        await asyncio.sleep(0)
        quickly = await asyncio.gather(*(gate.through(f"quick-{n}", quick) for n in range(40)))
        assert not any(one.done() for one in waiting)
        answer.set()
        assert all(await asyncio.gather(*waiting))
        assert not gate._all.locked()
        return quickly

    assert asyncio.run(serve()) == [True] * 40
