"""What hubs and webhooks hear of a source, from its first read on."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from loopback import answer, site
from running import PATIENCE, Daemon, Page

from feeder.notify.notifier import signing_key
from feeder.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.row("31")
def test_one_push_for_the_first_read_of_300_updates_then_one_for_each_change_and_each_new_state(
    daemon: Daemon, page: Page
) -> None:
    for number in range(298):
        page.texts.append(f"Gate {number} is shut")
    page.add("The last gate is shut")
    with site() as there:
        there.serve("/hub", answer(204))
        there.serve("/hook", answer(500), answer(204))
        daemon.configure(
            f'[push]\nhubs = ["{there.url("/hub")}"]\nwebhooks = ["{there.url("/hook")}"]\n'
            '[[source]]\nname = "harbour"\npath = "live.txt"\n'
        )

        def refresh() -> tuple[list[str], list[dict[str, object]]]:
            """The topics that the hub heard of, and what the webhook was told, at this refresh."""
            there.asked.clear()
            daemon.run("refresh").wait(PATIENCE)
            with Store.open(f"sqlite:///{daemon.folder}/feeder.db") as store:
                secret = signing_key(store).encode()
            for asked in there.of("/hook"):
                expected = hmac.new(secret, asked.body, hashlib.sha256).hexdigest()
                assert asked.headers["x-hub-signature-256"] == f"sha256={expected}"
            pings = [parse_qs(asked.body.decode()) for asked in there.of("/hub")]
            return [ping["hub.topic"][0] for ping in pings], [
                json.loads(asked.body) for asked in there.of("/hook")
            ]

        topics = [f"{daemon.base}/feeds/harbour.{form}" for form in ("atom", "rss", "json")]
        states = f"{daemon.base}/feeds/status.atom"
        pings, calls = refresh()
        assert pings == [*topics, states]
        assert [(call["first"], call["total"], call["was"]) for call in calls] == [
            (True, 301, "new")
        ]

        assert daemon.run("status").wait(PATIENCE) == 0
        assert (
            f"Push to {there.url('/hook')} fails: it answered 500; 1 message waiting" in daemon.log
        )

        page.texts[-1] = "The last gate is open"
        page.add("The crews go home")
        pings, calls = refresh()
        assert pings == [*topics, states], "what came since the last read makes a quiet page live"
        assert calls[0]["first"] is True, "what failed comes again, and first"
        changed = [call for call in calls[1:] if "changes" in call]
        assert [sorted(one["change"] for one in call["changes"]) for call in changed] == [  # type: ignore[attr-defined]
            ["added", "edited"]
        ]

        page.file.unlink()
        pings, calls = refresh()
        assert pings == [states]
        assert [(call["event"], call["was"], call["state"]) for call in calls] == [
            ("state", "live", "failing")
        ]
        assert calls[0]["reason"]
        assert refresh() == ([], []), "a state is told once"


def test_a_listener_gets_each_change_as_it_happens_and_what_it_missed_while_we_were_down(
    daemon: Daemon, page: Page
) -> None:
    daemon.configure('[[source]]\nname = "harbour"\npath = "live.txt"\nevery = "1s"\n')
    daemon.start()
    with daemon.stream("/events?source=harbour", {"Last-Event-ID": "0"}) as lines:
        first = [_event(lines), _event(lines)]
        page.add("Gate one is shut")
        third = _event(lines)
    daemon.kill()
    page.add("Gate two is shut")
    daemon.start()
    with daemon.stream("/events?source=harbour", {"Last-Event-ID": third["id"]}) as lines:
        fourth = _event(lines)
    titles = [json.loads(event["data"])["title"] for event in (*first, third, fourth)]
    assert titles == page.texts
    assert daemon.stop() == 0
    assert "Traceback" not in daemon.log


def _event(lines: Iterator[str]) -> dict[str, str]:
    """The next event with data."""
    event: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            event[name] = value
        elif "data" in event:
            return event
        else:
            event = {}
    raise AssertionError("the stream ended")
