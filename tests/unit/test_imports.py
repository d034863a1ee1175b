"""What a command imports: nothing that it does not use, so that it starts at once."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from feeder import cli

_RUN = """
import sys
from feeder.__main__ import main
sys.argv = ["feeder", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
names = {".".join(name.split(".")[: 2 if name.startswith("feeder.") else 1]) for name in sys.modules}
print("imported", *names)
"""

# Packages that cost tens of milliseconds each, and what needs them.
_HEAVY = {
    "alembic": "an older store",
    "apscheduler": "the daemon",
    "babel": "nothing: its tables are generated",
    "fastapi": "the API",
    "jinja2": "pages of the daemon",
    "feeder.runtime": "the daemon",
    "feeder.scale": "a store in PostgreSQL",
    "feeder.web": "the daemon",
    "procrastinate": "a store in PostgreSQL",
    "psycopg": "a store in PostgreSQL",
    "starlette": "the daemon",
    "tomlkit": "changing the configuration file",
    "uvicorn": "the daemon",
}
_READING = {
    "feedgen": "writing feeds",
    "feeder.extract": "reading pages",
    "feeder.publish": "writing feeds",
    "feeder.when": "reading pages",
    "httpx": "fetching pages",
    "lxml": "writing feeds",
    "selectolax": "reading pages",
}
_TERMINAL = {"rich": "a terminal"}
_STORED = {
    "asyncio": "the store, by its library",
    "feeder.config": "a configuration file",
    "feeder.store": "the store",
    "pydantic": "a configuration file",
    "sqlalchemy": "the store",
}


@pytest.mark.parametrize(
    ("command", "needless"),
    [
        ("--help", _HEAVY | _TERMINAL | _READING | _STORED),
        ("status", _HEAVY | _TERMINAL | _READING),
        ("list", _HEAVY | _TERMINAL | _READING),
        ("refresh", _HEAVY | _TERMINAL),
    ],
)
def test_a_command_imports_nothing_that_it_does_not_use(
    command: str, needless: dict[str, str], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    update = (
        "<article><time datetime='2026-03-03T{}:00Z'></time><p>The {} boat is out.</p></article>"
    )
    page.write_text("".join(update.format(n, n) for n in ("11:04", "12:30", "13:02")))
    file = tmp_path / "config.toml"
    file.write_text(f'[[source]]\nname = "quay"\npath = "{page}"\n')
    assert sorted(needless.keys() & _run(command, tmp_path)) == []
    if command in {"status", "list"}:  # once the store is as the file has it
        needless = needless | {"sqlalchemy": "the store, when it is written"}
        assert sorted(needless.keys() & _run(command, tmp_path)) == []


def _run(command: str, folder: Path) -> set[str]:
    """Returns the modules that a command has imported at its end."""
    ran = subprocess.run(
        [sys.executable, "-c", _RUN, command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    *_, last = ran.stdout.splitlines()
    assert last.startswith("imported "), ran.stderr
    return set(last.split())


def test_the_daemon_imports_neither_api_nor_pages_before_someone_asks_for_them() -> None:
    said = "import sys, feeder.runtime.daemon; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    needless = {
        "alembic",
        "fastapi",
        "feeder.extract.snapshot",
        "feeder.web.pages",
        "jinja2",
        "rich",
    }
    assert sorted(needless & set(ran.stdout.split())) == []


def test_a_worker_that_extracts_pages_imports_what_a_page_needs_and_no_more() -> None:
    said = (
        "import sys, feeder.runtime.sandboxed; from feeder import extract; extract.extractors();"
        " print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    needless = {"asyncio", "httpx", "lxml", "pydantic", "sqlalchemy", "subprocess"}
    assert sorted(needless & set(ran.stdout.split())) == []


def test_each_command_is_found_in_the_module_that_registers_it() -> None:
    registered: dict[str, str] = {}
    for module in dict.fromkeys(cli.MODULES.values()):
        registering = typer.Typer()
        import_module(f"feeder.cli.{module}").register(registering)
        registered |= dict.fromkeys(typer.main.get_group(registering).commands, module)
    assert registered == cli.MODULES
