"""What ships for running feeder for years: the proxies' files with and without a prefix, the unit, the image."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from running import PATIENCE, Daemon, Page, free_port, until

from feeder.config import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Receiver

TOP = Path(__file__).parents[2]
DEPLOY = TOP / "deploy"
SOURCE = '[[source]]\nname = "harbour"\npath = "live.txt"\nevery = "1h"\n[push]\nhubs = ["self"]\n'
NGINX = """
daemon off;
pid {folder}/pid;
error_log {folder}/errors;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder};
    proxy_temp_path {folder};
    fastcgi_temp_path {folder};
    uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    {site}
}}
"""


def with_nginx(folder: Path, prefix: str, port: int, behind: str) -> list[str]:
    """The command that runs nginx on `port` with our file, before the daemon at `behind`."""
    name = "nginx-prefix.conf" if prefix else "nginx.conf"
    text = (DEPLOY / name).read_text(encoding="utf-8").replace("127.0.0.1:8000", behind)
    if prefix:
        text = f"server {{ listen 127.0.0.1:{port}; {text} }}"
    else:  # certificates are the administrator's
        text = re.sub(r"(?m)^\s*(listen \[::\].*|ssl_.*)\n", "", text)
        text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port}")
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, site=text), encoding="utf-8")
    return ["nginx", "-e", str(folder / "errors"), "-c", str(file)]


def with_caddy(folder: Path, prefix: str, port: int, behind: str) -> list[str]:
    """The command that runs Caddy on `port` with our file, before the daemon at `behind`."""
    name = "Caddyfile.prefix" if prefix else "Caddyfile"
    text = (DEPLOY / name).read_text(encoding="utf-8").replace("127.0.0.1:8000", behind)
    text = re.sub(r"(?m)^(feeds|www)\.example\.org", f"http://127.0.0.1:{port}", text)
    file = folder / "Caddyfile"
    file.write_text("{\n\tadmin off\n\tgrace_period 1s\n}\n" + text, encoding="utf-8")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]


PROXIES = {"nginx": with_nginx, "caddy": with_caddy}


@dataclass(frozen=True)
class Behind:
    """A daemon that serves `harbour` behind a proxy, and its public address."""

    daemon: Daemon
    page: Page
    public: str


@pytest.fixture(
    scope="module",
    params=[(name, prefix) for name in PROXIES for prefix in ("", "/live")],
    ids=lambda pair: f"{pair[0]}-{pair[1]}",
)
def behind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Behind]:
    name, prefix = request.param
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    daemon = Daemon(tmp_path_factory.mktemp(name))
    page = Page(daemon.folder / "live.txt")
    try:
        with proxied(name, daemon, prefix) as public:
            until(lambda: answers(f"{public}/feeds/harbour.atom"), "the feed is not there")
            yield Behind(daemon, page, public)
    finally:
        daemon.kill()


@contextmanager
def proxied(name: str, daemon: Daemon, prefix: str) -> Iterator[str]:
    """The public address of a daemon behind a proxy."""
    port = free_port()
    public = f"http://127.0.0.1:{port}{prefix}"
    daemon.configure(SOURCE)
    config = daemon.folder / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(f'base_url = "{daemon.base}"', f'base_url = "{public}"'))
    daemon.start()
    command = PROXIES[name](daemon.folder, prefix, port, f"127.0.0.1:{daemon.port}")
    with (daemon.folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, "HOME": str(daemon.folder)}
        )
    try:
        until(lambda: answers(f"{public}/healthz"), "the proxy does not answer")
        yield public
    finally:
        process.terminate()
        process.wait(PATIENCE)


def answers(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(url, timeout=5, trust_env=False, verify=False).is_success
    return False


def test_behind_a_proxy_every_address_in_a_feed_leads_back_to_it(behind: Behind) -> None:
    feeds = f"{behind.public}/feeds"
    feed = get(f"{feeds}/harbour.atom").text
    own = re.findall(r'rel="self" href="([^"]+)"|href="([^"]+)" rel="self"', feed)
    assert [one or other for one, other in own] == [f"{feeds}/harbour.atom"]
    assert f"{feeds}/harbour.atom" in get(f"{feeds}/index.html").text
    assert f"{feeds}/harbour.atom" in get(f"{feeds}/feeds.opml").text


def test_behind_a_prefix_the_address_without_its_slash_leads_there(behind: Behind) -> None:
    said = get(behind.public)
    assert (said.status_code, said.url.path) == (200, httpx.URL(f"{behind.public}/").path)


@pytest.mark.row("50")
def test_whoever_comes_through_a_proxy_has_the_hub_ask_no_private_address(
    behind: Behind, receiver: Receiver
) -> None:
    for base, through in ((behind.public, "proxy"), (behind.daemon.base, "nothing")):
        form = {
            "hub.mode": "subscribe",
            "hub.topic": f"{behind.public}/feeds/harbour.atom",
            "hub.callback": f"{receiver.url}?through={through}",
        }
        asked = httpx.post(f"{base}/hub", data=form, trust_env=False, verify=False)
        assert asked.status_code == 202
    until(lambda: receiver.asked, "nobody is asked to confirm")
    assert [one["through"] for one in receiver.asked] == ["nothing"]


def test_behind_a_proxy_an_event_arrives_while_the_connection_stays_open(behind: Behind) -> None:
    with httpx.stream(
        "GET", f"{behind.public}/events", timeout=PATIENCE, trust_env=False, verify=False
    ) as stream:
        lines = stream.iter_lines()
        behind.page.add("Gate one is shut")
        assert behind.daemon.post("/api/sources/harbour/refresh").json()["outcome"] == "changed"
        said = next(line for line in lines if line.startswith("data:"))
    assert "Gate one is shut" in said


def get(url: str) -> httpx.Response:
    return httpx.get(url, timeout=PATIENCE, trust_env=False, verify=False, follow_redirects=True)


@pytest.mark.parametrize("name", ["feeder.service", "feeder-worker@.service"])
def test_systemd_takes_the_unit_and_finds_it_well_fenced_in(tmp_path: Path, name: str) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    text = (DEPLOY / name).read_text(encoding="utf-8")
    unit = tmp_path / name.replace("@", "@1")
    unit.write_text(text.replace("/opt/feeder/bin/feeder", "/bin/true"), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout


def test_the_linter_of_images_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    command = [str(hadolint), "--format", "json", str(TOP / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout) == []


def test_the_compose_file_follows_its_schema() -> None:
    check = Path(sys.executable).with_name("check-jsonschema")
    command = [str(check), "--builtin-schema", "vendor.compose-spec", str(TOP / "compose.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["container.toml", "scale.toml"])
def test_the_configurations_of_containers_are_sound(name: str) -> None:
    settings = load(DEPLOY / name)
    assert settings.output.name == "feeds"
