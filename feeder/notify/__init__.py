"""The world is told: hubs, webhooks, and the subscribers of the built-in hub."""

from feeder.notify.means import Place
from feeder.notify.news import News, advertised, messages, told, topics
from feeder.notify.teller import Teller, announce, anything, notify, recover, retire, secret, standing, tell_of

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
    "standing",
    "tell_of",
    "told",
    "topics",
]
