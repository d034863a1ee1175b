"""The world is told: hubs, webhooks, and the subscribers of the built-in hub."""

from feeder.notify.news import News, advertised, messages, topics

__all__ = ["News", "advertised", "messages", "topics"]
