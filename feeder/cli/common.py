"""What all commands share: the configuration, exit codes, and output for people and programs."""

from __future__ import annotations

import os
import re
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import msgspec
import typer

from feeder.cli import local
from feeder.errors import ConfigError, FeederError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence

    from feeder.config import Settings
    from feeder.operations.glance import Glance
    from feeder.store import Store

T = TypeVar("T")

DEFAULT_FILE = Path("config.toml")
SOME_FAILED = 1
USAGE = 2

_MOMENT = 1.0  # seconds; what takes longer gets a progress bar
_MOST_ROWS = 2000  # of a table with columns; more than that are plain lines, as in a pipe
# What in a page's title could move a terminal's cursor, change its colours or turn its text around.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The configuration file; by default config.toml in this folder.",
        show_default=False,
    ),
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name of a source.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def config_file(ctx: typer.Context, config: Path | None) -> Path:
    """Returns the configuration file.

    It is the one that is named after the command, or before it, or by FEEDER_CONFIG; else
    config.toml in this folder; else, where that is missing, the person's own, if there is one.
    """
    named: Path | None = config or ctx.find_root().params.get("config")
    if named:
        return named
    if by_environment := os.environ.get("FEEDER_CONFIG"):
        return Path(by_environment)
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    own = Path(home, "feeder", "config.toml")
    here = DEFAULT_FILE.exists() or DEFAULT_FILE.with_name("sources.toml").exists()
    return DEFAULT_FILE if here or not own.exists() else own


def settings_of(ctx: typer.Context, config: Path | None) -> Settings:
    from feeder.config import load  # noqa: PLC0415 -- slow to import

    return load(config_file(ctx, config))


def outline_of(ctx: typer.Context, config: Path | None) -> Settings:
    """Returns the settings, without the sources of a large file: the store has them too."""
    from feeder.config import load  # noqa: PLC0415 -- slow to import

    return load(config_file(ctx, config), sources=False)


def settings_for_daemon(ctx: typer.Context, config: Path | None) -> tuple[Settings, str]:
    """Returns the settings; of a file with a mistake, what leads to the daemon, and the mistake.

    Raises:
        ConfigError: the file has a mistake, and no daemon is running.
    """
    from feeder.config import load_for_daemon  # noqa: PLC0415 -- slow to import

    try:
        return outline_of(ctx, config), ""
    except ConfigError as error:
        settings = load_for_daemon(config_file(ctx, config))
        if not local.running(settings):
            raise
        return settings, str(error)


def settings_if_any(ctx: typer.Context, config: Path | None) -> Settings:
    """Returns the settings, or the defaults where no file was named and none is there."""
    from feeder.config import Settings, load  # noqa: PLC0415 -- slow to import

    file = config_file(ctx, config)
    return Settings() if file == DEFAULT_FILE and not file.exists() else load(file)


def has_store(settings: Settings) -> bool:
    """Returns whether there is a store to look into; a database server always counts as one."""
    file = settings.store.removeprefix("sqlite:///")
    return file == settings.store or Path(file).exists()


@contextmanager
def followed(settings: Settings) -> Iterator[Store]:
    """Opens the store and brings it up to date with the file, unless a daemon sees to that."""
    from feeder.operations.sync_config import synchronise  # noqa: PLC0415 -- slow to import
    from feeder.store import Store  # noqa: PLC0415

    with Store.open(settings.store) as store:
        if not local.running(settings):
            synchronise(store, settings, now())
        yield store


@contextmanager
def looked_into(settings: Settings) -> Iterator[Store | Glance]:
    """Yields what tells of the sources, brought up to date with the file as by `followed`."""
    from feeder.operations.glance import glance  # noqa: PLC0415 -- slow to import

    with glance(settings) as seen:
        if seen and (local.running(settings) or seen.get("configuration") == settings.fingerprint):
            yield seen
            return
    with followed(settings) as store:
        yield store


@contextmanager
def sentences() -> Iterator[None]:
    """Ends a command with the sentence and exit code of our own errors, not with a traceback."""
    try:
        yield
    except ConfigError as error:
        fail(str(error), USAGE)
    except FeederError as error:
        fail(str(error), SOME_FAILED)


def read_bytes(file: Path | str) -> bytes:
    """Returns what a file holds, or standard input where it is "-".

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else Path(file).read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine to its end and returns its result."""
    import asyncio  # noqa: PLC0415 -- slow to import

    return asyncio.run(work)


def fail(message: str, code: int) -> NoReturn:
    say(f"feeder: {message}", err=True)
    raise typer.Exit(code)


def say(text: str = "", *, err: bool = False) -> None:
    typer.echo(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), err=err)


def print_json(value: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    wraps: Collection[str] = (),
    styles: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> None:
    """Prints a table on a terminal; in a pipe plain lines with tabs, without the header.

    Where the terminal is narrow, the columns in `wraps` take several lines; the others are shown
    whole. `styles` gives a colour for a text in a column.
    """
    if not sys.stdout.isatty() or len(rows) > _MOST_ROWS:
        for row in rows:
            say("\t".join(re.sub(r"[\t\n]", " ", cell) for cell in row))
        return
    _draw_table(header, rows, wraps, styles)


def _draw_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    wraps: Collection[str],
    styles: Mapping[tuple[str, str], str],
) -> None:
    from rich.console import Console  # noqa: PLC0415 -- slow to import
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in header:
        table.add_column(name, no_wrap=name not in wraps, overflow="fold")
    for row in rows:
        cells = [_CONTROL.sub("\N{REPLACEMENT CHARACTER}", cell) for cell in row]
        table.add_row(
            *(
                Text(cell, styles.get((column, cell), ""))
                for column, cell in zip(header, cells, strict=True)
            )
        )
    Console().print(table)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[str], object]]:
    """Yields a function to call after each step; a terminal shows a bar after a second."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 -- slow to import
    from rich.progress import Progress  # noqa: PLC0415

    bar = Progress(console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=total)
    soon = threading.Timer(_MOMENT, bar.start)
    soon.start()
    try:
        yield lambda name: bar.update(task, advance=1, description=f"{what} {name}")
    finally:
        soon.cancel()
        soon.join()  # it may be starting the bar just now
        bar.stop()


def count(number: int, noun: str) -> str:
    """Returns the number with its noun: "1 error", "2 errors"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def utc(moment: datetime | None) -> str | None:
    """Returns the instant as RFC 3339 in UTC, such as 2026-03-02T13:04:00Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def to_the_second(moment: datetime) -> str:
    """Returns the instant as `utc` does, without what a person does not read."""
    return str(utc(moment.replace(microsecond=0)))


def instant(text: str, option: str) -> datetime:
    """Returns the instant that an option names; without a zone it is taken as UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"{option} {text!r}: must be an instant such as 2026-03-02T13:04:00Z"
        ) from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def ago(moment: datetime | None, now: datetime) -> str:
    """Returns words such as "3 min ago", "in 20 s" or "never"."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    amount = abs(seconds)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if amount >= 2 * length:
            words = f"{amount / length:.0f} {unit}"
            break
    else:
        words = f"{amount:.0f} s"
    return f"{words} ago" if seconds >= 0 else f"in {words}"


def now() -> datetime:
    return datetime.now(UTC)
