"""add: a page is looked at, and then followed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feeder.cli.common import ConfigOption, config_file, run_async, say, sentences
from feeder.cli.follow import edit_files, open_store, settings_to_be, taken_names, with_added
from feeder.cli.preview_command import (
    DateOrder,
    KindOption,
    LanguageOption,
    OrderOption,
    SelectOption,
    ZoneOption,
    parse_selectors,
    print_preview,
)
from feeder.errors import ConfigError, FeederError

if TYPE_CHECKING:
    from feeder.config import Settings

_SHOWN = 5  # updates, the newest

UrlArgument = Annotated[str, typer.Argument(metavar="URL", help="The address of the page.")]
FeedNameOption = Annotated[
    str, typer.Option("--name", help="The feed's name; by default made from the address.")
]
EveryOption = Annotated[
    str, typer.Option("--every", help='"adaptive", or an interval such as 30s, 5m or 2h.')
]
TitleOption = Annotated[str, typer.Option(help="The feed's title; by default the page's own.")]
IncludeOption = Annotated[
    list[str] | None,
    typer.Option(metavar="PATTERN", help="Publish only what matches; may be given several times."),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="PATTERN", help="Publish nothing that matches; may be given several times."
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def register(app: typer.Typer) -> None:
    app.command()(add)


def add(
    ctx: typer.Context,
    url: UrlArgument,
    name: FeedNameOption = "",
    every: EveryOption = "",
    title: TitleOption = "",
    timezone: ZoneOption = "",
    extract: KindOption = "",
    select: SelectOption = None,
    language: LanguageOption = "",
    date_order: OrderOption = None,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Look at a page, show what would be published, and follow it.

    The source is written into sources.toml, beside the configuration file.
    """
    from feeder.config import source_settings  # noqa: PLC0415 -- slow to import

    with sentences():
        if "://" not in url and Path(url).is_file():
            table = f'[[source]] with path = "{url}"'
            raise ConfigError(f"{url} is a file: write a {table} into the configuration")
        file = config_file(ctx, config)
        settings = settings_to_be(file)
        reading = _reading(timezone, extract, select, language, date_order)
        given = {"every": every, "title": title, "include": include, "exclude": exclude} | reading
        source = {"name": _choose_name(settings, name, url), "url": url}
        source |= {key: value for key, value in given.items() if value}
        source_settings(source)
        _show(settings, url, reading)
        if not yes and sys.stdin.isatty() and sys.stdout.isatty():
            typer.confirm(f"Follow it as {source['name']}?", default=True, abort=True)
        settings = edit_files(file, lambda texts: with_added(texts, [source]))
    say(f"Following {url}\n  subscribe to {settings.base_url}/feeds/{source['name']}.atom")


def _reading(
    timezone: str,
    extract: str,
    select: list[str] | None,
    language: str,
    date_order: DateOrder | None,
) -> dict[str, Any]:
    """Returns the keys of [[source]] that say how a page is read, as `preview` takes them."""
    selectors = parse_selectors(select or [])
    return {
        "timezone": timezone,
        "extract": extract or ("select" if selectors else ""),
        "select": selectors,
        "language": language,
        "date_order": date_order.value if date_order else "",
    }


def _choose_name(settings: Settings, name: str, url: str) -> str:
    """Returns the name that is given, or one made from the address.

    Raises:
        ConfigError: the name is taken, or the page is followed already and no name is given.
    """
    from feeder.config import name_for  # noqa: PLC0415 -- slow to import

    taken = taken_names(settings)
    if name in taken:
        raise ConfigError(f"the name {name!r} is taken; choose another with --name")
    if name:
        return name
    with open_store(settings) as store:
        stored = [source.settings for source, _ in store.sources()]
    for source in (*settings.source, *stored):
        if source.url == url:
            raise ConfigError(
                f"{url} is already followed as {source.name!r}; give a --name to follow it twice"
            )
    return name_for(url, taken)


def _show(settings: Settings, url: str, reading: dict[str, Any]) -> None:
    """Shows what would be published; a page that cannot be read now may be followed all the same.

    Raises:
        ConfigError: there is no such zone, kind or selector.
    """
    from feeder.operations.preview import PreviewOptions, look_there  # noqa: PLC0415 -- slow

    try:
        seen = run_async(look_there(settings, url, PreviewOptions(**reading)))
    except ConfigError:
        raise
    except FeederError as error:
        say(f"Nothing can be shown of it yet: {error}", err=True)
    else:
        print_preview(replace(seen, updates=seen.updates[:_SHOWN]), explain=False)
