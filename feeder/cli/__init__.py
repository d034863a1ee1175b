"""The commands: each reads the configuration, calls what does the work, and prints the result.

What a command needs is imported when it runs: `feeder preview` does not wait for a web server, nor
for the other commands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from feeder import __version__

# The modules of the commands, in the order in which --help tells of these.
MODULES = MappingProxyType(
    {
        "init": "init_command",
        "demo": "demo_command",
        "run": "background",
        "worker": "background",
        "start": "background",
        "stop": "background",
        "reload": "background",
        "refresh": "refresh_command",
        "accept": "refresh_command",
        "preview": "preview_command",
        "add": "add_command",
        "remove": "follow",
        "rename": "follow",
        "import": "follow",
        "list": "follow",
        "status": "follow",
        "history": "history",
        "rebuild": "past",
        "replay": "past",
        "forget": "past",
        "check": "upkeep",
        "backup": "upkeep",
        "secret": "upkeep",
        "restore": "recovery",
        "copy-store": "recovery",
    }
)


class _Commands(Mapping[str, Any]):
    """The commands by name. Each is imported when it is asked for."""

    def __init__(self) -> None:
        self._imported: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._imported:
            registering = typer.Typer(rich_markup_mode=None)
            import_module(f"feeder.cli.{MODULES[name]}").register(registering)
            self._imported |= typer.main.get_group(registering).commands
        return self._imported[name]

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


class _Group(TyperGroup):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands: Any = _Commands()


app = typer.Typer(
    name="feeder",
    cls=_Group,
    help="Turn pages that change into feeds with one item per update.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich takes longer to import than all else that --help needs
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"feeder {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The configuration file; by default config.toml in this folder."
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Takes the options before a command; `common.config_file` finds `config` again."""
