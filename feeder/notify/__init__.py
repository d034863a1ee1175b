"""The world is told: hubs, webhooks, and the subscribers of the built-in hub."""

from feeder.notify.delivery import Place
from feeder.notify.messages import News, advertised, messages, told, topics
from feeder.notify.notifier import (
    Teller,
    announce,
    anything,
    notify,
    recover,
    retire,
    secret,
    targets_status,
    tell_of,
)

__all__ = [
    "News",
    "Place",
    "Teller",
    "advertised",
    "announce",
    "anything",
    "messages",
    "notify",
    "recover",
    "retire",
    "secret",
    "targets_status",
    "tell_of",
    "told",
    "topics",
]
