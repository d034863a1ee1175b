"""What all commands share: the configuration, exit codes, and output for people, pipes and programs."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import msgspec
import typer

from feeder.config import Settings, load
from feeder.errors import ConfigError, FeederError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

DEFAULT_FILE = Path("config.toml")
SOME_FAILED = 1
USAGE = 2

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The configuration file; config.toml here where none is named.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def config_file(ctx: typer.Context, config: Path | None) -> Path:
    """The file named after the command, else before it, else the one in the current folder."""
    return config or ctx.find_root().params.get("config") or DEFAULT_FILE


def settings_of(ctx: typer.Context, config: Path | None) -> Settings:
    return load(config_file(ctx, config))


def settings_if_any(ctx: typer.Context, config: Path | None) -> Settings:
    """As `settings_of`, or the defaults where no file was named and none is there."""
    file = config_file(ctx, config)
    return Settings() if file == DEFAULT_FILE and not file.exists() else load(file)


@contextmanager
def sentences() -> Iterator[None]:
    """Our own errors end a command with their sentence and the right exit code, never with a traceback."""
    try:
        yield
    except ConfigError as error:
        fail(str(error), USAGE)
    except FeederError as error:
        fail(str(error), SOME_FAILED)


def fail(message: str, code: int) -> NoReturn:
    typer.echo(f"feeder: {message}", err=True)
    raise typer.Exit(code)


def say(text: str = "") -> None:
    typer.echo(text)


def print_json(value: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; in a pipe plain lines, tab-separated, without the header."""
    if not sys.stdout.isatty():
        for row in rows:
            say("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    from rich.console import Console  # noqa: PLC0415 -- slow to import
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*header, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[str], object]]:
    """A bar on stderr, on a terminal only; what it yields is called with the name of each step as it begins."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 -- slow to import
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda name: bar.update(task, advance=1, description=f"{what} {name}")


def utc(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def ago(moment: datetime | None, now: datetime) -> str:
    """'3 min ago', 'in 20 s', 'never'."""
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
