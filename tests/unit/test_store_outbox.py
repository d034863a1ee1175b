"""What is kept of those who are told, in both databases; how is in test_notify and test_hub."""

from __future__ import annotations

from datetime import timedelta

from storing import MINUTE, NOW, source

from feeder.store import Latency, Message, Store, editions, hub_subscriptions, outbox
from feeder.store.outbox import Failure

HOOK, PUSH = "https://hook.example/", "https://hub.example/"
TOPIC = "https://feeds.example/feeds/harbour.atom"


def test_a_message_from_its_commit_until_it_is_told(store: Store) -> None:
    harbour = source(store)
    calls = [Message("webhook", HOOK, "harbour", b'{"n": %d}' % number, NOW) for number in range(3)]
    with store.database.writing() as connection:
        outbox.put(connection, harbour, [*calls, *[Message("websub", PUSH, TOPIC, b"", NOW)] * 2])
        assert outbox.due(connection, NOW) == ()
    store.release(harbour)
    with store.database.writing() as connection:
        assert sorted(outbox.due(connection, NOW)) == [HOOK, PUSH]
        assert outbox.claim(connection, HOOK, NOW, NOW + MINUTE)
        assert not outbox.claim(connection, HOOK, NOW, NOW + MINUTE)
        first, second, third = outbox.parcels(connection, HOOK)
        assert [parcel.message.payload for parcel in (first, second, third)] == [
            call.payload for call in calls
        ]
        outbox.told(connection, first, NOW + timedelta(seconds=2.5), NOW + MINUTE)
        outbox.failed(connection, second, Failure("it is down", NOW + MINUTE, 1))
        outbox.failed(connection, third, Failure("it says no", NOW + MINUTE, 2, dropped=True))
        outbox.recover(connection, NOW)
        assert outbox.due(connection, NOW) == (PUSH,), (
            "what failed waits for its time, over a restart too"
        )
        assert [
            (one.target, one.waiting, one.dropped) for one in outbox.targets_status(connection)
        ] == [
            (HOOK, 1, 1),
            (PUSH, 1, 0),
        ]
        assert outbox.expire(connection, HOOK, NOW + MINUTE) == 1
        outbox.retire(connection, [])
        assert outbox.targets_status(connection) == ()
    assert store.latencies() == {harbour: Latency(told=(2.5,))}


def test_what_was_told_of_a_source_that_is_gone_is_not_measured(store: Store) -> None:
    harbour = source(store)
    with store.database.writing() as connection:
        outbox.put(
            connection, harbour, [Message("webhook", HOOK, "harbour", b"{}", NOW, held=False)]
        )
        (parcel,) = outbox.parcels(connection, HOOK)
    assert store.retire("harbour", NOW, purge=True)
    with store.database.writing() as connection:
        outbox.told(connection, parcel, NOW, NOW + MINUTE)
    assert store.latencies() == {}


def test_a_restart_frees_what_was_held_for_files_that_are_in_place(store: Store) -> None:
    harbour = source(store)
    with store.database.writing() as connection:
        outbox.put(connection, harbour, [Message("websub", PUSH, TOPIC, b"", NOW)])
        outbox.recover(connection, NOW)
        if store.shared:  # where the files are is known for each machine
            editions.show(connection, "here:feeds", 0)
        assert outbox.due(connection, NOW) == (PUSH,)


def test_the_secret_of_webhooks_is_made_once(store: Store) -> None:
    with store.database.writing() as connection:
        made = outbox.signing_key(connection)
    with store.database.writing() as connection:
        assert outbox.signing_key(connection) == made
    assert len(made) > 40


def test_a_subscription_from_its_request_to_its_end(store: Store) -> None:
    asked = hub_subscriptions.Intent(
        "subscribe", "https://r.example/cb", TOPIC, "r.example", lease=600, secret="secret"
    )
    with store.database.writing() as connection:
        hub_subscriptions.ask(connection, asked, NOW - MINUTE)
        hub_subscriptions.ask(connection, asked, NOW)
        assert hub_subscriptions.anything(connection, NOW)
        (intent,) = hub_subscriptions.take_intents(connection, NOW, NOW + MINUTE, 10)
        assert hub_subscriptions.take_intents(connection, NOW, NOW + MINUTE, 10) == ()
        hub_subscriptions.confirm(connection, intent, NOW + 10 * MINUTE)
        assert hub_subscriptions.crowd(connection, "r.example") == hub_subscriptions.Crowd(
            1, 1, 0, 0
        )
        assert hub_subscriptions.subscribed(connection, asked.callback, TOPIC)
        assert not hub_subscriptions.anything(connection, NOW)

        hub_subscriptions.want(connection, TOPIC, NOW)
        hub_subscriptions.want(connection, "https://feeds.example/feeds/other.atom", NOW)
        (delivery,) = hub_subscriptions.take_deliveries(connection, NOW, NOW + MINUTE, 10)
        assert (delivery.secret, delivery.wanted) == ("secret", 1)
        hub_subscriptions.undelivered(connection, delivery, NOW + MINUTE)
        assert hub_subscriptions.take_deliveries(connection, NOW, NOW + MINUTE, 10) == ()
        (delivery,) = hub_subscriptions.take_deliveries(
            connection, NOW + MINUTE, NOW + 2 * MINUTE, 10
        )
        hub_subscriptions.want(connection, TOPIC, NOW + MINUTE)
        hub_subscriptions.delivered(connection, delivery, NOW + MINUTE)
        (delivery,) = hub_subscriptions.take_deliveries(
            connection, NOW + MINUTE, NOW + 2 * MINUTE, 10
        )
        assert (delivery.wanted, delivery.failures) == (2, 0)
        hub_subscriptions.delivered(connection, delivery, NOW + MINUTE)
        assert not hub_subscriptions.anything(connection, NOW + timedelta(days=1))
        assert hub_subscriptions.expire(connection, NOW + 10 * MINUTE) == 1
        assert hub_subscriptions.crowd(connection, "r.example").subscriptions == 0
