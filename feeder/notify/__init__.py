"""The world is told: hubs, webhooks, and the subscribers of the built-in hub."""

from feeder.notify.delivery import FeedLocation
from feeder.notify.messages import News, advertised, messages, told, topics
from feeder.notify.notifier import (
    Teller,
    announce,
    anything,
    follow_clock,
    notify,
    recover,
    retire,
    signing_key,
    targets_status,
    tell_of,
)

__all__ = [
    "FeedLocation",
    "News",
    "Teller",
    "advertised",
    "announce",
    "anything",
    "follow_clock",
    "messages",
    "notify",
    "recover",
    "retire",
    "signing_key",
    "targets_status",
    "tell_of",
    "told",
    "topics",
]
