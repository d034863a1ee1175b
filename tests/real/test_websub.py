"""Push against the hub and the subscriber of Flask-WebSub: what others wrote and ours understand each other."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import flask
import httpx
import pytest
from flask_websub.hub import Hub, SQLite3HubStorage
from flask_websub.subscriber import (
    SQLite3SubscriberStorage,
    SQLite3TempSubscriberStorage,
    Subscriber,
    discover,
)
from running import PATIENCE, Daemon, Page, free_port, until
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PUSH = """
[push]
hubs = {hubs}
[[source]]
name = "harbour"
path = "live.txt"
every = "1s"
"""


class AtOnce:
    """The task queue that Flask-WebSub's hub asks for, without the queue: a task is done when it is asked for."""

    def task(self, **_: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def keep(work: Callable[..., Any]) -> Callable[..., Any]:
            bound = partial(work, self) if work.__name__.startswith("make_request") else work
            done = partial(bound)
            done.delay = bound  # type: ignore[attr-defined]
            return done

        return keep


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


class Others:
    """Flask-WebSub's hub and subscriber, at a loopback address that stays the same when they stop and come back."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.got: queue.Queue[bytes] = queue.Queue()
        self.heard: queue.Queue[str] = queue.Queue()
        self.hub = Hub(
            SQLite3HubStorage(str(folder / "their-hub.db")),
            AtOnce(),
            PUBLISH_SUPPORTED=True,
            REQUEST_TIMEOUT=PATIENCE,  # three seconds else: too few for a machine that is busy
        )
        self.subscriber = Subscriber(
            SQLite3SubscriberStorage(str(folder / "their-subscriber.db")),
            SQLite3TempSubscriberStorage(str(folder / "their-requests.db")),
        )
        self.subscriber.add_listener(lambda topic, callback, body: self.got.put(body))
        self.subscriber.add_success_handler(lambda topic, callback, mode: self.heard.put(mode))
        self.subscriber.add_error_handler(lambda topic, callback, reason: self.heard.put(reason))
        self.app = flask.Flask("others")
        self.app.config.update(
            PUBLISH_SUPPORTED=True, SERVER_NAME=f"127.0.0.1:{self.port}", HUB_MIN_LEASE_SECONDS=60
        )
        self.app.register_blueprint(self.subscriber.build_blueprint(url_prefix="/callbacks"))
        self.app.register_blueprint(self.hub.build_blueprint(url_prefix="/their-hub"))

    @property
    def hub_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/their-hub"

    @contextmanager
    def up(self) -> Iterator[None]:
        server = make_server("127.0.0.1", self.port, self.app, threaded=True, request_handler=Quiet)
        thread = threading.Thread(target=partial(server.serve_forever, 0.02))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def subscribe(self, **request: str) -> str:
        with self.app.app_context():
            return str(self.subscriber.subscribe(**request))

    def receive(self, words: str) -> bytes:
        """What is delivered, up to the delivery that holds these words."""
        while True:
            body = self.got.get(timeout=PATIENCE)
            if words.encode() in body:
                return body


@pytest.fixture
def others(tmp_path: Path) -> Others:
    return Others(tmp_path)


def topic(daemon: Daemon) -> str:
    return f"{daemon.base}/feeds/harbour.atom"


def test_their_subscriber_finds_our_hub_confirms_gets_each_change_renews_and_leaves(
    daemon: Daemon, page: Page, others: Others
) -> None:
    daemon.configure(PUSH.format(hubs='["self"]'))
    daemon.start()
    until(lambda: daemon.get("/feeds/harbour.atom").is_success, "no feed")
    with others.up():
        found = discover(topic(daemon))
        assert found == {"hub_url": f"{daemon.base}/hub", "topic_url": topic(daemon)}
        callback = others.subscribe(**found)
        assert others.heard.get(timeout=PATIENCE) == "subscribe"
        page.add("Gate two is shut")
        assert others.receive("Gate two") == daemon.get("/feeds/harbour.atom").content
        with others.app.app_context():
            others.subscriber.renew(callback)
        assert others.heard.get(timeout=PATIENCE) == "subscribe"
        daemon.kill()
        page.add("Gate three is shut")
        daemon.start()
        others.receive("Gate three")
        with others.app.app_context():
            others.subscriber.unsubscribe(callback)
        assert others.heard.get(timeout=PATIENCE) == "unsubscribe"
    assert daemon.stop() == 0


def test_their_subscriber_accepts_our_signature_and_no_other(
    daemon: Daemon, page: Page, others: Others
) -> None:
    """Their `subscribe` gives a secret to https hubs alone, so here it is handed over by hand."""
    daemon.configure(PUSH.format(hubs='["self"]'))
    daemon.start()
    until(lambda: daemon.get("/feeds/harbour.atom").is_success, "no feed")
    hub = f"{daemon.base}/hub"
    with others.up():
        for name, theirs, ours in (("right", "s3cret", "s3cret"), ("wrong", "s3cret", "other")):
            request = {
                "mode": "subscribe",
                "topic_url": topic(daemon),
                "hub_url": hub,
                "lease_seconds": None,
            }
            others.subscriber.temp_storage[name] = {**request, "secret": theirs, "timeout": 600}
            form = {
                "hub.mode": "subscribe",
                "hub.topic": topic(daemon),
                "hub.callback": f"http://127.0.0.1:{others.port}/callbacks/{name}",
                "hub.secret": ours,
            }
            assert httpx.post(hub, data=form, trust_env=False, verify=False).status_code == 202
            assert others.heard.get(timeout=PATIENCE) == "subscribe"
        calls: queue.Queue[str] = queue.Queue()
        others.subscriber.add_listener(lambda topic, callback, body: calls.put(callback))
        page.add("Gate two is shut")
        assert calls.get(timeout=PATIENCE) == "right"
        page.add("Gate three is shut")
        assert calls.get(timeout=PATIENCE) == "right"
        assert calls.empty(), "they refuse what is signed with another secret"


@pytest.mark.row("29")
def test_their_hub_takes_our_ping_and_one_that_was_down_gets_it_after_our_restart(
    daemon: Daemon, page: Page, others: Others
) -> None:
    daemon.configure(PUSH.format(hubs=f'["{others.hub_url}"]'))
    daemon.start()
    until(lambda: daemon.get("/feeds/harbour.atom").is_success, "no feed")
    with others.up():
        others.subscribe(**discover(topic(daemon)))
        assert others.heard.get(timeout=PATIENCE) == "subscribe"
        page.add("Gate two is shut")
        others.receive("Gate two")
    page.add("Gate three is shut")
    until(lambda: b"Gate three" in daemon.get("/feeds/harbour.atom").content, "no third update")
    daemon.kill()
    daemon.start()
    with others.up():
        assert others.receive("Gate three").count(b"<entry") == 4
