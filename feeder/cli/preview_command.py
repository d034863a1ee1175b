"""preview: what would be extracted from a page."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from feeder.cli.common import (
    SOME_FAILED,
    ConfigOption,
    JsonOption,
    fail,
    instant,
    print_json,
    print_table,
    say,
    sentences,
    settings_if_any,
    utc,
)
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.config import Settings
    from feeder.operations.preview import Preview, PreviewOptions

_TITLE = 100  # characters of an update's title in the table


class DateOrder(StrEnum):
    """The order of day, month and year in a date of three numbers."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


TargetArgument = Annotated[
    str,
    typer.Argument(metavar="URL|FILE|-", help="A page, a saved page, or - for standard input."),
]
UrlOption = Annotated[str, typer.Option(help="The address of a saved page, the base of its links.")]
ZoneOption = Annotated[
    str, typer.Option(metavar="ZONE", help="The zone of times that are printed without one.")
]
KindOption = Annotated[
    str, typer.Option(metavar="KIND", help="The kind of evidence to read, such as jsonld.")
]
SelectOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=CSS", help="A selector, such as update=article; may be given several times."
    ),
]
LanguageOption = Annotated[
    str, typer.Option(metavar="LANGUAGE", help="The language of the page's dates, such as de.")
]
OrderOption = Annotated[
    DateOrder | None, typer.Option(help="The order of day and month in dates such as 8/10.")
]
AtOption = Annotated[
    str, typer.Option(metavar="INSTANT", help="Read a saved page as of this instant (RFC 3339).")
]


def register(app: typer.Typer) -> None:
    app.command()(preview)


def preview(
    ctx: typer.Context,
    target: TargetArgument,
    json: JsonOption = False,
    url: UrlOption = "",
    timezone: ZoneOption = "",
    extract: KindOption = "",
    select: SelectOption = None,
    language: LanguageOption = "",
    date_order: OrderOption = None,
    at: AtOption = "",
    config: ConfigOption = None,
) -> None:
    """Show what would be extracted from a page; nothing is stored."""
    from feeder.operations.preview import PreviewOptions  # noqa: PLC0415 -- slow to import

    with sentences():
        options = PreviewOptions(
            timezone=timezone,
            extract=extract,
            select=_selectors(select or []),
            language=language,
            date_order=date_order.value if date_order else "",
            at=instant(at, "--at") if at else None,
        )
        seen, suggestion = _looked(settings_if_any(ctx, config), target, url, options)
    if json:
        print_json({key: value for key, value in asdict(seen).items() if key != "notes"})
    else:
        _show(seen, suggestion)
    if not seen.updates:
        raise typer.Exit(SOME_FAILED)


def _selectors(given: Sequence[str]) -> dict[str, str]:
    """The pairs KEY=CSS, by key."""
    pairs = [one.partition("=") for one in given]
    for text, (key, _, css) in zip(given, pairs, strict=True):
        if not (key.strip() and css.strip()):
            raise ConfigError(f"--select {text!r}: must be KEY=CSS, such as update=article")
    return {key.strip(): css.strip() for key, _, css in pairs}


def _looked(
    settings: Settings, target: str, url: str, options: PreviewOptions
) -> tuple[Preview, dict[str, str]]:
    from feeder.operations import preview as previews  # noqa: PLC0415 -- slow to import

    if target.startswith(("http://", "https://")):
        return asyncio.run(previews.look_there(settings, target, options))
    try:
        body = sys.stdin.buffer.read() if target == "-" else Path(target).read_bytes()
    except OSError as error:
        raise ConfigError(f"{target}: cannot be read: {error.strerror}") from error
    return previews.look_here(body, "" if target == "-" else target, url, options)


def _show(seen: Preview, suggestion: dict[str, str]) -> None:
    """A table of the updates, then which evidence was found and used, and what was left out and why."""
    say(f"{seen.title or '(no title)'}{' (coverage has ended)' if seen.ended else ''}")
    rows = [
        (
            utc(update.published) or "–",
            update.title if len(update.title) <= _TITLE else f"{update.title[: _TITLE - 1]}…",
            ", ".join(update.authors),
            f"{len(update.text.split())} words",
        )
        for update in seen.updates
    ]
    print_table(("time (UTC)", "update", "by", "text"), rows, wraps=("update", "by"))
    say(f"{len(seen.updates)} updates{f', read by {seen.strategy}' if seen.strategy else ''}")
    for note in seen.notes:
        say(f"  {'used' if note.used else 'not used'}: {note.kind}: {note.text}")
    if suggestion:
        say(
            'This repeats on the page. If it is the updates, try extract = "select" with\n\n[source.select]'
        )
        for key, selector in suggestion.items():
            say(f"{key} = {msgspec.json.encode(selector).decode()}")
    if not seen.updates:
        fail("no updates were found", SOME_FAILED)
