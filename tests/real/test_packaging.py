"""The wheel as pip and pipx install it: everything is inside, and it comes up in an empty folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from hatchling.build import build_wheel
from running import free_port, until

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds."""
    made, target = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("installed")
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        name = build_wheel(str(made))
    finally:
        os.chdir(before)
    with zipfile.ZipFile(made / name) as wheel:
        wheel.extractall(target)
    return target


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(installed: Path) -> None:
    def files(folder: Path) -> set[str]:
        found = (file.relative_to(folder).as_posix() for file in folder.glob("feeder/**/*"))
        return {one for one in found if Path(one).suffix and "__pycache__" not in one}

    assert files(installed) == files(ROOT)
    assert {one.name.partition("-")[0] for one in installed.iterdir()} == {"feeder", "feeder_live"}


def test_an_index_shows_the_readme_with_links_that_lead_somewhere(installed: Path) -> None:
    (metadata,) = installed.glob("*.dist-info/METADATA")
    told = message_from_string(metadata.read_text("utf-8"))
    assert told["Description-Content-Type"] == "text/markdown"
    links = re.findall(r"(!?)\[[^\]]*\]\(([^)]+)\)", str(told.get_payload()))
    home = "https://github.com/feeder-live/feeder"
    assert ("!", f"{home}/raw/main/docs/pictures/page.png") in links
    assert ("", f"{home}/blob/main/docs/deploy.md") in links
    assert all(link.startswith("https://") for _, link in links)
    for _, link in links:
        if link.startswith(home):
            path = re.sub(f"{home}/(raw|blob)/main/", "", link).partition("#")[0]
            assert (ROOT / path).is_file(), path


def test_the_extra_for_postgresql_has_one_name() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert list(told["optional-dependencies"]) == ["postgres"]
    for name in ("README.md", "docs/deploy.md", "Dockerfile", "Makefile"):
        assert "[postgresql]" not in (ROOT / name).read_text("utf-8")


def test_what_is_installed_comes_up_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed)}

    def command(*arguments: str) -> Sequence[str]:
        return [sys.executable, "-m", "feeder", *arguments]

    def run(*arguments: str) -> str:
        done = subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    where = "import feeder; print(feeder.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", where],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.strip() == str(installed / "feeder" / "__init__.py")
    assert run("--version").startswith("feeder ")
    run("demo", "--help")
    run("init")
    port = free_port()
    file = tmp_path / "config.toml"
    file.write_text(file.read_text("utf-8").replace("127.0.0.1:8000", f"127.0.0.1:{port}"), "utf-8")
    base = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        command("run"), cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL
    ) as daemon:
        try:
            until(lambda: _answers(f"{base}/feeds/sample.atom"), "the sample is published")
            for path in ("/", "/feeds/", "/docs", "/add", "/sources/sample", "/openapi.json"):
                assert (
                    httpx.get(f"{base}{path}", trust_env=False, verify=False).status_code == 200
                ), path
        finally:
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(60) == 0
    run("check")


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, trust_env=False, verify=False).status_code == 200
    except httpx.TransportError:
        return False
