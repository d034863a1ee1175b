"""The HTTP API as a program uses it: real parts, asked through the application itself."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import threading
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from loopback import page, site, status
from lxml import html
from schemathesis.checks import not_a_server_error
from typer.testing import CliRunner

from feeder.cli import app
from feeder.config import parse
from feeder.errors import ReadError
from feeder.notify.messages import told
from feeder.operations.oneshot import extract_here
from feeder.publish.publisher import Publisher
from feeder.read.fetcher import Fetcher
from feeder.refresh import Works
from feeder.runtime.daemon import Daemon
from feeder.store import Store
from feeder.web import application
from feeder.web.secret import revoke, secret_of
from feeder.web.token_check import MOST_GUESSES, WINDOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from loopback import Asked

TOKEN = "a-token-of-the-tests"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
BASIC = {"Authorization": f"Basic {base64.b64encode(f'anyone:{TOKEN}'.encode()).decode()}"}
FILE = '[[source]]\nname = "harbour"\npath = "live.txt"\nevery = "1d"\n'

# The contract (design, interface): every call, and whether it changes anything.
CALLS = {
    ("GET", "/healthz"): False,
    ("GET", "/metrics"): False,
    ("GET", "/api/machines"): False,
    ("GET", "/api/sources"): False,
    ("GET", "/api/sources/{name}"): False,
    ("GET", "/api/sources/{name}/updates"): False,
    ("GET", "/api/updates/{key}"): False,
    ("POST", "/api/sources/{name}/refresh"): True,
    ("POST", "/api/sources/{name}/accept"): True,
    ("POST", "/api/refresh"): True,
    ("POST", "/api/preview"): True,
    ("POST", "/api/sources"): True,
    ("DELETE", "/api/sources/{name}"): True,
    ("PATCH", "/api/sources/{name}"): True,
    ("POST", "/api/sources/{name}/rename"): True,
    ("POST", "/api/sources/{name}/rebuild"): True,
    ("POST", "/api/import"): True,
    ("POST", "/api/sources/{name}/preview"): True,
    ("DELETE", "/api/updates/{key}"): True,
}
SAMPLE = {"{name}": "harbour", "{key}": "00000000-0000-5000-8000-000000000000"}


def concrete(path: str) -> str:
    for place, value in SAMPLE.items():
        path = path.replace(place, value)
    return path


def text(count: int, without: range = range(0)) -> str:
    """A live page with so many updates, the newest first."""
    shown = [n for n in range(count, 0, -1) if n not in without]
    ages = {n: timedelta(minutes=10 * (20 - n)) for n in shown}
    times = {n: f"{datetime.now(UTC) - age:%b %d, %Y, %H:%M} UTC" for n, age in ages.items()}
    updates = [f"{times[n]}\n\nGauge reading number {n}\n\nBody {n}." for n in shown]
    return "Harbour flood updates\n\n" + "\n\n".join(updates) + "\n"


@asynccontextmanager
async def daemon(
    folder: Path, toml: str = FILE, top: str = "", serve: str = ""
) -> AsyncIterator[Daemon]:
    """A daemon that serves, and reads when asked: its clock stands still."""
    base = "" if "base_url" in top else 'base_url = "http://127.0.0.1:8000"\n'
    fetch = '[fetch]\nallow_private = true\nhost_interval = "0s"\ntimeout = "5s"\n'
    parsed = parse(f"{base}{top}\n[serve]\n{serve}\n{fetch}{toml}".encode(), folder / "config.toml")
    with Store.open(parsed.store) as store:
        store.sync(parsed.source, parsed.fingerprint, datetime.now(UTC))
        async with Fetcher(parsed.fetch, store.hosts, resolve=nowhere) as fetcher:
            yield Daemon(
                Works(parsed, store, fetcher, extract_here, Publisher(parsed, store)), TOKEN
            )


async def nowhere(host: str, _: int) -> Sequence[str]:
    raise ReadError(f"{host}: no names are resolved here")


@asynccontextmanager
async def client(
    running: Daemon, base: str = "http://127.0.0.1:8000"
) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(running))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=base) as made:
        yield made


def asked(
    folder: Path, questions: Callable[[httpx.AsyncClient], Awaitable[None]], **how: str
) -> None:
    async def ask() -> None:
        async with daemon(folder, **how) as running, client(running) as here:
            await questions(here)

    asyncio.run(ask())


def problem(response: httpx.Response, code: int) -> str:
    """The detail, in a body as RFC 9457 has it."""
    assert response.status_code == code, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    said = response.json()
    assert said["status"] == code
    assert {"title", "detail"} <= set(said)
    return str(said["detail"])


# ------------------------------------------------------------------------------------- who may what


@pytest.mark.row("59")
def test_the_calls_are_those_of_the_contract(tmp_path: Path) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        paths = (await here.get("/openapi.json")).json()["paths"]
        calls = {
            (method.upper(), path): "security" in what
            for path, one in paths.items()
            for method, what in one.items()
        }
        assert calls == CALLS

    asked(tmp_path, questions)


@pytest.mark.row("59")
def test_nothing_is_changed_without_the_token_from_loopback_neither(tmp_path: Path) -> None:
    """Every path is asked with every method: what is not in the contract is refused, or needs the token."""
    paths = [
        *{path for _, path in CALLS},
        "/feeds/harbour.atom",
        "/feeds/",
        "/events",
        "/hub",
        "/",
        "/nope",
    ]

    async def questions(here: httpx.AsyncClient) -> None:
        for path in paths:
            for method in ("POST", "DELETE", "PUT", "PATCH"):
                for headers in (
                    {},
                    {"Authorization": "Bearer wrong"},
                    {"Authorization": TOKEN},
                    {"Cookie": TOKEN},
                ):
                    body = {"url": "https://example.org"}
                    said = await here.request(method, concrete(path), headers=headers, json=body)
                    assert said.status_code in (
                        {401} if CALLS.get((method, path)) else {404, 405}
                    ), (method, path)
        for method, path in (call for call, changes in CALLS.items() if changes):
            said = await here.request(method, concrete(path), json={"url": "https://example.org"})
            assert said.headers["www-authenticate"] == "Bearer"
            assert "Authorization: Bearer" in problem(said, 401)
        assert [one["last_read"] for one in (await here.get("/api/sources")).json()] == [None]

    asked(tmp_path, questions)


@pytest.mark.row("52", "59")
@pytest.mark.parametrize(
    "field", ["path", "request", "origin", "allow_private", "respect_robots", "select", "id", "x"]
)
def test_fields_that_are_not_for_strangers_are_refused(tmp_path: Path, field: str) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        for call in ("/api/sources", "/api/preview"):
            said = await here.post(
                call, headers=BEARER, json={"url": "https://example.org", field: "live.txt"}
            )
            assert problem(said, 422) == f"{field} is not a known key"
            assert said.json()["errors"][0]["pointer"] == f"/{field}"
        assert len((await here.get("/api/sources")).json()) == 1

    asked(tmp_path, questions)


@pytest.mark.row("59")
@pytest.mark.parametrize(
    ("host", "code"),
    [("127.0.0.1:8000", 200), ("localhost", 200), ("[::1]:8000", 200), ("LOCALHOST:1", 200), ("evil.example", 421),
     ("127.0.0.1.evil.example", 421), ("", 421), ("127.0.0.1@evil.example", 421), ("[::1", 421)],
)  # fmt: skip
def test_only_hosts_that_are_ours_are_answered_for(tmp_path: Path, host: str, code: int) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        for path in ("/api/sources", "/healthz", "/feeds/feeds.opml"):
            said = await here.get(path, headers={"Host": host})
            assert said.status_code in ({code, 404} if code == 200 else {code}), path

    asked(tmp_path, questions)


def test_the_public_host_is_ours_too(tmp_path: Path) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        for host, code in (
            ("feeds.example", 200),
            ("feeds.example:443", 200),
            ("127.0.0.1", 200),
            ("x.example", 421),
        ):
            assert (await here.get("/healthz", headers={"Host": host})).status_code == code

    asked(tmp_path, questions, top='base_url = "https://feeds.example"\n')


def test_further_names_are_those_that_the_configuration_gives(tmp_path: Path) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        for host, code in (("pi.lan:8000", 200), ("PROBE", 200), ("lan", 421)):
            assert (await here.get("/healthz", headers={"Host": host})).status_code == code

    asked(tmp_path, questions, serve='hosts = ["pi.lan", "probe"]\n')


@pytest.mark.row("75")
@pytest.mark.parametrize("hosts", [[], ["127.0.0.1"] * 2, ["127.0.0.1", "evil.example"]])
def test_a_request_names_one_host(tmp_path: Path, hosts: list[str]) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        request = here.build_request("GET", "/feeds/")
        del request.headers["host"]
        request.headers = httpx.Headers(
            [*request.headers.multi_items(), *(("host", host) for host in hosts)]
        )
        problem(await here.send(request), 400)

    asked(tmp_path, questions)


@pytest.mark.parametrize("prefix", ["", "/live"])
def test_the_root_is_the_page_for_people(tmp_path: Path, prefix: str) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        for asked_for in ("/", f"{prefix}/", prefix or "/"):
            said = await here.get(asked_for)
            assert said.status_code == 200
            assert f'href="{prefix}/sources/harbour"' in said.text

    asked(tmp_path, questions, top=f'base_url = "http://127.0.0.1:8000{prefix}"\n')


@pytest.mark.row("74")
def test_guessed_tokens_are_braked_wherever_they_are_asked_for(tmp_path: Path) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        for n in range(MOST_GUESSES):
            call = ("POST", "/api/refresh") if n % 2 else ("GET", "/api/sources")
            said = await here.request(*call, headers={"Authorization": f"Bearer wrong-{n}"})
            problem(said, 401)
        said = await here.post("/api/refresh", headers=BEARER)
        problem(said, 429)
        assert 0 < int(said.headers["retry-after"]) <= WINDOW
        assert (await here.get("/healthz")).status_code in {200, 503}

    asked(tmp_path, questions, serve='read = "token"\n')


@pytest.mark.row("74")
def test_behind_a_proxy_a_guesser_brakes_nobody_else(tmp_path: Path) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        guesser, owner = (
            {"X-Forwarded-For": f"10.0.0.1, {one}"} for one in ("192.0.2.7", "192.0.2.8")
        )
        for n in range(MOST_GUESSES):
            await here.post(
                "/api/refresh", headers={"Authorization": f"Bearer wrong-{n}", **guesser}
            )
        problem(await here.post("/api/refresh", headers=BEARER | guesser), 429)
        assert (await here.post("/api/refresh", headers=BEARER | owner)).status_code == 202

    asked(tmp_path, questions)


def test_a_body_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 100

    async def questions(here: httpx.AsyncClient) -> None:
        problem(await here.post("/api/sources", content=b" " * (1 << 20) + b"{}"), 413)
        problem(await here.post("/api/sources", content=endless()), 411)

    asked(tmp_path, questions)


@pytest.mark.row("59")
@pytest.mark.parametrize("headers", [BEARER, BASIC], ids=["bearer", "basic"])
def test_a_closed_installation_lets_only_the_token_read(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    reads = [concrete(path) for method, path in CALLS if method == "GET" and path != "/healthz"]

    async def questions(here: httpx.AsyncClient) -> None:
        await here.post("/api/sources/harbour/refresh", headers=BEARER)
        for path in [
            *reads,
            "/openapi.json",
            "/feeds/harbour.atom",
            "/feeds/",
            "/feeds/status.atom",
            "/nope",
        ]:
            for wrong in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic wrong"}):
                said = await here.get(path, headers=wrong)
                assert problem(said, 401), path
                assert (
                    said.headers["www-authenticate"]
                    == 'Basic realm="feeder", charset="UTF-8", Bearer'
                )
            assert (await here.get(path, headers=headers)).status_code in {200, 404}, path
        assert (await here.get("/healthz")).status_code == 200
        assert (await here.get("/feeds/harbour.atom", headers=headers)).status_code == 200

    (tmp_path / "live.txt").write_text(text(3), encoding="utf-8")
    asked(tmp_path, questions, serve='read = "token"')


def test_a_secret_address_opens_one_feed_until_it_is_revoked(tmp_path: Path) -> None:
    async def questions() -> None:
        async with daemon(tmp_path, serve='read = "token"') as running, client(running) as here:
            await here.post("/api/sources/harbour/refresh", headers=BEARER)
            store = running.works.store
            own = f"/feeds/~{secret_of(store, 'harbour')}"
            assert secret_of(store, "harbour") == own.partition("~")[2]  # it stays
            for form in ("atom", "rss", "json"):
                usual = await here.get(
                    f"/feeds/harbour.{form}", headers={**BEARER, "Accept-Encoding": "identity"}
                )
                said = await here.get(f"{own}/harbour.{form}")
                assert said.status_code == 200
                assert int(said.headers["content-length"]) == len(said.content)
                assert said.headers["cache-control"].startswith("private")
                # Its links lead to where it is served; nothing else of it differs.
                assert f"{own}/harbour.{form}" in said.text
                assert "/feeds/harbour" not in said.text + said.headers["link"]
                assert said.text.replace(own, "/feeds") == usual.text
                again = await here.get(
                    f"{own}/harbour.{form}", headers={"If-None-Match": said.headers["etag"]}
                )
                assert (again.status_code, again.content) == (304, b"")
                assert (await here.head(f"{own}/harbour.{form}")).status_code == 200
            for closed in (
                f"{own}/status.atom",
                f"{own}/feeds.opml",
                f"{own}/",
                f"{own}x/harbour.atom",
                "/feeds/~/harbour.atom",
            ):
                problem(await here.get(closed), 404)
            store.rename("harbour", "quay")
            assert (
                await here.get(f"{own}/harbour.atom")
            ).status_code == 200  # its files are there yet
            (tmp_path / "feeds" / "harbour.atom").unlink()
            moved = await here.get(f"{own}/harbour.atom")
            assert (moved.status_code, moved.headers["location"].endswith(f"{own}/quay.atom")) == (
                301,
                True,
            )
            revoke(store, "quay")
            problem(await here.get(f"{own}/harbour.rss"), 404)
            assert secret_of(store, "quay") not in own

    (tmp_path / "live.txt").write_text(text(3), encoding="utf-8")
    asyncio.run(questions())


def test_a_base_address_that_changes_while_the_daemon_runs_is_answered_at(tmp_path: Path) -> None:
    async def questions() -> list[int]:
        async with daemon(tmp_path, top='base_url = "http://127.0.0.1:8000/old"\n') as running:
            transport = httpx.ASGITransport(application(running))
            new = running.works.settings.model_copy(
                update={"base_url": "http://127.0.0.1:8000/new"}
            )
            running.works = replace(running.works, settings=new)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:8000"
            ) as here:
                return [
                    (await here.get(f"{path}/api/sources")).status_code
                    for path in ("/new", "/old", "")
                ]

    assert asyncio.run(questions()) == [200, 404, 200]


@pytest.mark.parametrize("prefix", ["", "/live"])
def test_the_path_of_the_base_address_is_a_prefix(tmp_path: Path, prefix: str) -> None:
    """Behind a proxy that passes it on as well as behind one that takes it away."""

    async def questions(here: httpx.AsyncClient) -> None:
        await here.post(f"{prefix}/api/sources/harbour/refresh", headers=BEARER)
        (one,) = (await here.get(f"{prefix}/api/sources")).json()
        assert one["feeds"][0] == "http://127.0.0.1:8000/live/feeds/harbour.atom"
        feed = await here.get(f"{prefix}/feeds/harbour.atom")
        assert 'rel="self"' in feed.headers["link"]
        assert "http://127.0.0.1:8000/live/feeds/harbour.atom" in feed.text
        assert (await here.get("/livelier/api/sources")).status_code == 404

    (tmp_path / "live.txt").write_text(text(3), encoding="utf-8")
    asked(tmp_path, questions, top='base_url = "http://127.0.0.1:8000/live"\n')


# -------------------------------------------------------------------------------- what is not there


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        for method, path in CALLS:
            if "{name}" in path:
                body = {"name": "other"} if path.endswith("/rename") else {}
                said = await here.request(
                    method, path.replace("{name}", "nope"), headers=BEARER, json=body
                )
                assert problem(said, 404) == "No page is followed under the name nope."
        key = SAMPLE["{key}"]
        assert problem(await here.get(f"/api/updates/{key}"), 404) == f"there is no update {key}"
        problem(await here.get("/api/updates/1"), 422)
        problem(await here.get("/nope"), 404)
        problem(await here.put("/api/sources"), 405)
        problem(await here.get("/api/sources/harbour/updates?limit=0"), 422)
        for since in ("yesterday", "5", "2026", "2026-13-01T00:00:00Z"):
            problem(await here.get(f"/api/sources/harbour/updates?since={since}"), 422)
        problem(await here.post("/api/sources", headers=BEARER, content=b"{"), 422)

    asked(tmp_path, questions)


# ---------------------------------------------------------------------------------------- refreshes


def test_a_refresh_tells_what_came_of_it(tmp_path: Path) -> None:
    live = tmp_path / "live.txt"

    async def questions(here: httpx.AsyncClient) -> None:
        async def refreshed(verb: str = "refresh") -> dict[str, Any]:
            said = await here.post(f"/api/sources/harbour/{verb}", headers=BEARER)
            assert said.status_code == 200, said.text
            return {key: value for key, value in said.json().items() if value not in (0, "", None)}

        state = [(await refreshed())["outcome"]]
        live.write_text(text(9), encoding="utf-8")
        assert await refreshed() == {"source": "harbour", "outcome": "changed", "added": 9}
        assert await refreshed() == {"source": "harbour", "outcome": "unchanged"}
        live.write_text(
            text(10).replace("Body 5.", "The bridge is shut until Monday."), encoding="utf-8"
        )
        assert await refreshed() == {
            "source": "harbour",
            "outcome": "changed",
            "added": 1,
            "edited": 1,
        }
        live.write_text(text(10, without=range(2, 9)), encoding="utf-8")
        held = await refreshed()
        assert held["outcome"] == "held"
        assert "feeder accept harbour" in held["reason"]
        assert (await here.get("/api/sources/harbour")).json()["state"] == "held"
        assert (await refreshed("accept"))["outcome"] in {"changed", "unchanged"}
        assert (await here.get("/api/sources/harbour")).json()["state"] in {"live", "quiet"}
        live.unlink()
        failed = await refreshed()
        assert (failed["outcome"], state) == ("failed", ["failed"])
        assert "live.txt" in failed["reason"]
        one = (await here.get("/api/sources/harbour")).json()
        assert (one["state"], one["reason"], one["failures"]) == ("failing", failed["reason"], 1)
        assert one["entries"] == 10

    asked(tmp_path, questions)


def test_a_page_that_is_whole_again_ends_its_hold(tmp_path: Path) -> None:
    live = tmp_path / "live.txt"
    whole = text(10)

    async def questions(here: httpx.AsyncClient) -> None:
        states = []
        for shown in (whole, text(10, without=range(2, 9)), whole, whole, whole):
            live.write_text(shown, encoding="utf-8")
            await here.post("/api/sources/harbour/refresh", headers=BEARER)
            states.append((await here.get("/api/sources/harbour")).json()["state"])
        assert (states[:2], states[-1]) == (["live", "held"], "live")
        assert (await here.get("/api/sources/harbour")).json()["entries"] == 10

    asked(tmp_path, questions)


@pytest.mark.row("10")
def test_a_host_that_asked_for_silence_is_left_alone(tmp_path: Path) -> None:
    with site() as there:
        there.serve("/live", status(429, retry_after="600"))
        toml = f'[[source]]\nname = "harbour"\nurl = "{there.url("/live")}"\n'

        async def questions(here: httpx.AsyncClient) -> None:
            first, second = [
                (await here.post("/api/sources/harbour/refresh", headers=BEARER)).json()
                for _ in "12"
            ]
            assert (first["outcome"], second["outcome"]) == ("failed", "deferred")
            assert second["until"] is not None
            assert (await here.get("/api/sources/harbour")).json()["state"] == "blocked"

        asked(tmp_path, questions, toml=toml)
        assert len(there.of("/live")) == 1


@pytest.mark.row("28")
def test_refreshes_at_once_share_one_read(tmp_path: Path) -> None:
    begun, going = threading.Event(), threading.Event()

    async def slowly(request: Asked, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await asyncio.to_thread(going.wait, 20)
        await page(text(3).encode(), content_type="text/plain")(request, writer)

    with site() as there:
        there.serve("/live", slowly)
        toml = f'[[source]]\nname = "harbour"\nurl = "{there.url("/live")}"\n'

        async def questions(here: httpx.AsyncClient) -> None:
            calls = [
                asyncio.create_task(here.post("/api/sources/harbour/refresh", headers=BEARER))
                for _ in range(20)
            ]
            await asyncio.to_thread(begun.wait, 20)
            going.set()
            said = [(await call).json() for call in calls]
            assert said == [said[0]] * 20
            assert (said[0]["outcome"], said[0]["added"]) == ("changed", 3)

        asked(tmp_path, questions, toml=toml)
        assert len(there.of("/live")) == 1


# -------------------------------------------------------------------------------- follow, look, ask


def test_a_source_is_followed_read_and_given_up(tmp_path: Path) -> None:
    with site() as there:
        there.serve("/live", page(text(3).encode(), content_type="text/plain"))

        async def questions(here: httpx.AsyncClient) -> None:
            url = "https://pages.example/live"
            said = await here.post("/api/sources", headers=BEARER, json={"url": url, "every": "5m"})
            assert said.status_code == 201, said.text
            assert (
                said.headers["location"] == "http://127.0.0.1:8000/api/sources/pages-example-live"
            )
            assert (said.json()["name"], said.json()["origin"]) == ("pages-example-live", "api")
            assert (await here.get(said.headers["location"])).json() == said.json()
            again = {"url": url, "name": "harbour"}
            assert "already" in problem(
                await here.post("/api/sources", headers=BEARER, json=again), 409
            )
            for wrong in (
                {"url": "file:///etc/passwd"},
                {"url": url, "name": "Not A Name"},
                {"url": url, "every": "x"},
            ):
                problem(await here.post("/api/sources", headers=BEARER, json=wrong), 422)
            refused = await here.delete("/api/sources/harbour", headers=BEARER)
            assert "feeder remove harbour" in problem(refused, 409)
            assert (
                await here.delete("/api/sources/pages-example-live", headers=BEARER)
            ).status_code == 204
            problem(await here.get("/api/sources/pages-example-live"), 404)

        asked(tmp_path, questions)


@pytest.mark.row("50")
def test_a_method_that_a_path_does_not_take_is_told_all_that_it_takes(tmp_path: Path) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        for path, allowed in (
            ("/api/sources", "GET, HEAD, POST"),
            ("/api/sources/harbour", "DELETE, GET, HEAD, PATCH"),
            ("/api/refresh", "POST"),
            ("/healthz", "GET, HEAD"),
            ("/metrics", "GET, HEAD"),
            ("/openapi.json", "GET, HEAD"),
        ):
            said = await here.put(path, headers=BEARER)
            assert allowed in problem(said, 405)
            assert said.headers["allow"] == allowed

    asked(tmp_path, questions)


@pytest.mark.parametrize(
    "path", ["/api/sources", "/api/sources/harbour/updates", "/healthz", "/openapi.json", "/docs"]
)
def test_what_can_be_read_has_a_head(tmp_path: Path, path: str) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        whole, head = await here.get(path), await here.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == whole.headers["content-length"]
        assert (await here.head("/api/sources/none")).status_code == 404
        assert (await here.head("/api/refresh")).headers["allow"] == "POST"

    asked(tmp_path, questions)


def test_the_page_of_the_api_shows_every_call_and_asks_nobody_else(tmp_path: Path) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        shown: Any = html.document_fromstring((await here.get("/docs")).content)
        calls = [" ".join(h.text_content().split()) for h in shown.xpath("//h3")]
        assert set(calls) == {f"{method} {path}" for method, path in CALLS}
        assert "/openapi.json" in shown.xpath("//a/@href")
        fetched = shown.xpath("//script/@src | //link/@href | //img/@src")
        assert fetched
        assert all(address.startswith("/static/") for address in fetched)
        assert "must match" in shown.text_content()

    asked(tmp_path, questions)


def test_an_import_takes_what_can_be_followed_and_says_what_cannot(tmp_path: Path) -> None:
    listed = (
        b'https://pages.example/live "~High tide"\nhttps://pages.example/live\nftp://old.example\n'
    )

    async def questions(here: httpx.AsyncClient) -> None:
        said = (await here.post("/api/import", headers=BEARER, content=listed)).json()
        assert (said["added"], said["known"]) == (["pages-example-live"], 1)
        (sentence,) = said["problems"]
        assert sentence.startswith("the list:3: ")
        assert (await here.get("/api/sources/pages-example-live")).json()["title"] == "High tide"
        again = (await here.post("/api/import", headers=BEARER, content=listed)).json()
        assert (again["added"], again["known"]) == ([], 2)
        opml = b"<opml><body><outline xmlUrl='https://pages.example/ebb'/></body></opml>"
        said = (await here.post("/api/import", headers=BEARER, content=opml)).json()
        assert said["added"] == ["pages-example-ebb"]
        broken = await here.post("/api/import", headers=BEARER, content=b"<opml>")
        assert "not OPML" in problem(broken, 422)

    asked(tmp_path, questions)


def test_a_source_that_was_added_is_adjusted_and_renamed(tmp_path: Path) -> None:
    url = "http://pages.example/live"

    async def questions(here: httpx.AsyncClient) -> None:
        body = {"url": url, "name": "tide", "timezone": "Europe/Berlin"}
        await here.post("/api/sources", headers=BEARER, json=body)
        said = await here.patch("/api/sources/tide", headers=BEARER, json={"title": "High tide"})
        assert (said.json()["title"], said.json()["timezone"]) == ("High tide", "Europe/Berlin")
        for wrong in ({"title": 1}, {"keep": 0}, {"timezone": "Nowhere"}, {"url": url}):
            problem(await here.patch("/api/sources/tide", headers=BEARER, json=wrong), 422)
        new = {"name": "ebb"}
        renamed = await here.post("/api/sources/tide/rename", headers=BEARER, json=new)
        assert (renamed.status_code, renamed.json()["name"]) == (200, "ebb")
        assert (await here.get(renamed.headers["location"])).json()["title"] == "High tide"
        assert (await here.get("/feeds/tide.atom")).status_code == 301
        taken = {"name": "harbour"}
        problem(await here.post("/api/sources/ebb/rename", headers=BEARER, json=taken), 409)

    asked(tmp_path, questions)


def test_what_a_file_declares_is_not_changed_here(tmp_path: Path) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        for method, path, body in (
            ("PATCH", "/api/sources/harbour", {"title": "Quay"}),
            ("POST", "/api/sources/harbour/rename", {"name": "quay"}),
            ("DELETE", "/api/sources/harbour", {}),
        ):
            said = await here.request(method, path, headers=BEARER, json=body)
            assert "configuration file" in problem(said, 409)
        assert (await here.get("/api/sources/harbour")).json()["title"] == "harbour"

    asked(tmp_path, questions)


def test_a_rebuild_says_what_it_would_correct(tmp_path: Path) -> None:
    (tmp_path / "live.txt").write_text(text(3), encoding="utf-8")

    async def questions(here: httpx.AsyncClient) -> None:
        await here.post("/api/sources/harbour/refresh", headers=BEARER)
        said = await here.post("/api/sources/harbour/rebuild?dry_run=true", headers=BEARER)
        assert said.json() == {"pages": 1, "problems": [], "changes": []}

    asked(tmp_path, questions)


def test_a_private_address_from_the_api_is_never_read(tmp_path: Path) -> None:
    """`allow_private` is for those who write the file."""
    with site() as there:
        there.serve("/live", page(text(3).encode()))

        async def questions(here: httpx.AsyncClient) -> None:
            said = await here.post("/api/preview", headers=BEARER, json={"url": there.url("/live")})
            assert "private" in problem(said, 502)
            follow = {"url": there.url("/live"), "name": "inside"}
            assert (await here.post("/api/sources", headers=BEARER, json=follow)).status_code == 201
            said = await here.post("/api/sources/inside/refresh", headers=BEARER)
            assert said.json()["outcome"] == "failed"
            assert "private" in said.json()["reason"]

        asked(tmp_path, questions)
        assert there.asked == []


def test_entries_and_their_revisions_are_told(tmp_path: Path) -> None:
    live = tmp_path / "live.txt"

    async def questions(here: httpx.AsyncClient) -> None:
        for body in ("Body 2.", "The gate was opened by two engineers."):
            live.write_text(text(3).replace("Body 2.", body), encoding="utf-8")
            await here.post("/api/sources/harbour/refresh", headers=BEARER)
        newest = (await here.get("/api/sources/harbour/updates?limit=2")).json()["updates"]
        assert [one["title"] for one in newest] == [
            "Gauge reading number 3",
            "Gauge reading number 2",
        ]
        key = newest[1]["id"].removeprefix("urn:uuid:")
        found = (await here.get(f"/api/updates/{key}")).json()
        assert found["source"] == "harbour"
        assert found["update"] == newest[1]
        assert [one["change"] for one in found["revisions"]] == ["added", "edited"]
        then = {"at": found["revisions"][0]["at"]}
        before = (await here.get(f"/api/updates/{key}", params=then)).json()
        assert [one["change"] for one in before["revisions"]] == ["added"]
        assert before["update"] == before["revisions"][0]["update"]
        past = (await here.get("/api/sources/harbour/updates", params=then)).json()["updates"]
        assert before["update"] in past
        assert newest[1] not in past
        problem(await here.get(f"/api/updates/{key}?at=2020-01-01T00:00:00Z"), 404)
        problem(await here.get("/api/sources/harbour/updates?at=5"), 422)
        since = newest[0]["first_seen"]
        assert (await here.get("/api/sources/harbour/updates", params={"since": since})).json() == {
            "updates": []
        }

    asked(tmp_path, questions)


def test_an_update_has_the_same_names_wherever_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "live.txt").write_text(text(2), encoding="utf-8")
    (tmp_path / "config.toml").write_text(FILE, encoding="utf-8")
    told_by: dict[str, dict[str, Any]] = {}

    def printed(*command: str) -> Any:
        done = CliRunner().invoke(app, ["--config", str(tmp_path / "config.toml"), *command])
        return json.loads(done.stdout)

    async def questions(here: httpx.AsyncClient) -> None:
        await here.post("/api/sources/harbour/refresh", headers=BEARER)
        told_by["api"] = (await here.get("/api/sources/harbour/updates")).json()["updates"][0]
        one = (await here.get(f"/api/updates/{told_by['api']['id'][9:]}")).json()
        told_by["one"], told_by["revision"] = one["update"], one["revisions"][0]["update"]
        assert one == printed("history", "harbour", told_by["api"]["id"], "--json")

    asked(tmp_path, questions)
    told_by["history"] = printed("history", "harbour", "--json")[0]
    assert list(told_by.values()) == [told_by["api"]] * 4
    names = set(told_by["api"])
    [seen, _] = printed("preview", str(tmp_path / "live.txt"), "--json")["updates"]
    assert set(seen) - names == {"modified", "group"}  # of the page; an entry has neither
    same = set(seen) & names - {"url"}  # a page's address is completed when it is followed
    assert {key: told_by["api"][key] for key in same} == {key: seen[key] for key in same}
    with Store.open(f"sqlite:///{tmp_path / 'feeder.db'}") as store:
        [first] = store.revisions(told_by["api"]["id"])
    assert set(told(first)) - names == {"change", "what"}  # of webhooks and /events


def test_the_index_says_how_each_feed_is_doing(tmp_path: Path) -> None:
    (tmp_path / "live.txt").write_text(text(3), encoding="utf-8")
    broken = '[[source]]\nname = "broken"\npath = "missing.txt"\n'

    async def questions(here: httpx.AsyncClient) -> None:
        for name in ("harbour", "broken"):
            await here.post(f"/api/sources/{name}/refresh", headers=BEARER)
        first, again = await here.get("/feeds/"), await here.get("/feeds/")
        assert first.content == again.content
        page = html.document_fromstring(first.content)
        harbour, missing = (
            " ".join(page.xpath(f"string(//li[@id={name!r}])").split())
            for name in ("harbour", "broken")
        )
        newest = datetime.now(UTC) - timedelta(minutes=10 * 17)
        assert f"Live · 3 entries · last update {newest:%Y-%m-%d}" in harbour
        assert "Failing: nothing is published yet" in missing
        own = page.xpath("//li[@id='harbour']/h2/a/@href")
        assert own == ["harbour"]
        assert (await here.get("/feeds/harbour")).status_code == 200
        assert page.xpath("//li[@id='broken']//a[contains(@href, '.atom')]") == []

    asked(tmp_path, questions, toml=FILE + broken)


MISTAKEN = [
    # the method, the path, the body, and what is said of it
    ("POST", "preview", b"{", "the body is not JSON: "),
    ("POST", "preview", b"[]", "the body must be an object, not []"),
    ("POST", "preview", b"{}", "url is missing"),
    ("POST", "preview", b'{"url": 5}', "url must be text in quotes, not 5"),
    (
        "POST",
        "preview",
        b'{"url": "e.example"}',
        'url must be an address that begins with "http://"',
    ),
    (
        "POST",
        "preview",
        b'{"url": "https://e.example", "timezone": "Mars"}',
        "timezone must be an IANA time zone such as \"America/New_York\", not 'Mars'",
    ),
    (
        "POST",
        "sources",
        b'{"url": "https://e.example", "every": "soon"}',
        'every must be "adaptive"',
    ),
    (
        "POST",
        "sources",
        b'{"url": "https://e.example", "name": "A"}',
        "name must be 1 to 64 of the",
    ),
    (
        "POST",
        "sources",
        b'{"url": "https://e.example", "keep": 0}',
        "keep must be 1 or more, not 0",
    ),
    (
        "POST",
        "sources",
        b'{"url": "https://e.example", "date_order": "dym"}',
        "date_order must be '', 'dmy', 'mdy' or 'ymd', not 'dym'",
    ),
    (
        "POST",
        "sources",
        b'{"url": "https://e.example", "language": "german"}',
        'language must be a language tag such as "de" or "pt-BR", not',
    ),
    (
        "GET",
        "sources/harbour/updates?since=noon",
        b"",
        "since must be an instant as RFC 3339 has it",
    ),
    ("GET", "sources/harbour/updates?limit=many", b"", "limit must be a whole number, not 'many'"),
    ("GET", "updates/x", b"", "key must be a UUID, not 'x'"),
]


def test_a_mistake_in_a_request_is_told_in_words_of_ours(tmp_path: Path) -> None:
    async def questions(here: httpx.AsyncClient) -> None:
        for method, path, body, words in MISTAKEN:
            headers = {**BEARER, "Content-Type": "application/json"}
            said = await here.request(method, f"/api/{path}", headers=headers, content=body)
            assert problem(said, 422).startswith(words), path

    asked(tmp_path, questions)


def test_the_figures_are_prometheus_text(tmp_path: Path) -> None:
    (tmp_path / "live.txt").write_text(text(3), encoding="utf-8")

    async def questions(here: httpx.AsyncClient) -> None:
        await here.post("/api/sources/harbour/refresh", headers=BEARER)
        figures = (await here.get("/metrics")).text
        assert 'feeder_reads_total{outcome="changed"} 1.0' in figures
        assert 'feeder_changes_total{kind="added"} 3.0' in figures
        assert "feeder_sources{" in figures

    asked(tmp_path, questions)


# ---------------------------------------------------------------------------------- anything at all


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A daemon's application at a real address, in a thread of its own."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as bound:

        async def serve() -> None:
            async with daemon(folder) as running:
                running.schedule.ticked += (
                    3600  # nothing ticks here, and a busy machine may take long over it
                )
                server = uvicorn.Server(
                    uvicorn.Config(application(running), lifespan="off", log_config=None)
                )
                task = asyncio.create_task(server.serve([bound]))
                await asyncio.to_thread(stop.wait)
                server.should_exit = True
                await task

        thread = threading.Thread(target=asyncio.run, args=(serve(),))
        thread.start()
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def test_every_call_answers_as_it_says_whatever_it_is_asked(
    tmp_path: Path, names_asked_for: list[str]
) -> None:
    """Statuses, media types, headers and shapes are those of /openapi.json; nothing makes it fail.

    All checks are made, and no call may answer with a server error but /api/preview with 502: that
    is its answer about a page that cannot be read, and no page can be read here.
    """
    (tmp_path / "live.txt").write_text(text(3), encoding="utf-8")
    with served(tmp_path) as base:
        schema = schemathesis.openapi.from_url(f"{base}/openapi.json")
        for found in schema.get_all_operations():

            @given(case=found.ok().as_strategy())
            @settings(
                max_examples=8,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=HealthCheck,
            )
            def ask(case: schemathesis.Case) -> None:
                answer = case.call(headers=BEARER)
                is_foreign = (case.path, answer.status_code) == ("/api/preview", 502)
                case.validate_response(
                    answer,
                    headers=BEARER,
                    transport_kwargs={"headers": dict(BEARER)},
                    excluded_checks=[not_a_server_error] if is_foreign else [],
                )

            ask()
    names_asked_for.clear()


def test_a_daemon_previews_a_source_and_forgets_an_update(tmp_path: Path) -> None:
    live = tmp_path / "live.txt"
    live.write_text(text(3), encoding="utf-8")

    async def questions(here: httpx.AsyncClient) -> None:
        await here.post("/api/sources/harbour/refresh", headers=BEARER)
        seen = await here.post("/api/sources/harbour/preview", headers=BEARER, json={})
        assert len(seen.json()["updates"]) == 3
        known = (await here.get("/api/sources/harbour/updates")).json()["updates"]
        gone = known[0]["id"].removeprefix("urn:uuid:")
        erased = await here.delete(f"/api/updates/{gone}", headers=BEARER)
        assert (erased.status_code, erased.content) == (204, b"")
        title = known[0]["title"] if "title" in known[0] else known[0]["content"]["title"]
        assert title not in (await here.get("/feeds/harbour.atom")).text
        nobody = SAMPLE["{key}"]
        problem(await here.delete(f"/api/updates/{nobody}", headers=BEARER), 404)
        problem(await here.post("/api/sources/nobody/preview", headers=BEARER, json={}), 404)

    asked(tmp_path, questions)
