"""preview: what would be extracted from a page."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from feeder.cli.common import (
    SOME_FAILED,
    ConfigOption,
    JsonOption,
    count,
    has_store,
    instant,
    print_json,
    print_table,
    read_bytes,
    run_async,
    say,
    sentences,
    settings_if_any,
    to_the_second,
)
from feeder.cli.local import ask, running
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feeder.config import Settings, Source, SourceSettings
    from feeder.operations.preview import Preview, PreviewOptions

PRINTED = (
    "url",
    "strategy",
    "title",
    "description",
    "language",
    "ended",
    "assumed",
    "unread",
    "updates",
)  # what programs are told, in this order
_TITLE = 100  # characters of an update's title in the table


class DateOrder(StrEnum):
    """The order of day, month and year in a date of three numbers."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


TargetArgument = Annotated[
    str,
    typer.Argument(
        metavar="URL|FILE|NAME|-", help="A page, a saved page, a source, or - for standard input."
    ),
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
ExplainOption = Annotated[
    bool, typer.Option("--explain", help="Add the evidence that was found, with its figures.")
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
    explain: ExplainOption = False,
    config: ConfigOption = None,
) -> None:
    """Show what would be extracted from a page; nothing is stored."""
    from feeder.operations.preview import PreviewOptions  # noqa: PLC0415 -- slow to import

    with sentences():
        options = PreviewOptions(
            timezone=timezone,
            extract=extract,
            select=parse_selectors(select or []),
            language=language,
            date_order=date_order.value if date_order else "",
            at=instant(at, "--at") if at else None,
        )
        seen = _look(settings_if_any(ctx, config), target, url, options)
    if json:
        print_json({key: getattr(seen, key) for key in (*PRINTED, *(["notes"] if explain else []))})
    else:
        print_preview(seen, explain=explain)
    if not seen.updates:
        raise typer.Exit(SOME_FAILED)


def parse_selectors(given: Sequence[str]) -> dict[str, str]:
    """Returns the pairs KEY=CSS, by key."""
    pairs = [one.partition("=") for one in given]
    for text, (key, _, css) in zip(given, pairs, strict=True):
        if not (key.strip() and css.strip()):
            raise ConfigError(f"--select {text!r}: must be KEY=CSS, such as update=article")
    return {key.strip(): css.strip() for key, _, css in pairs}


def _look(settings: Settings, target: str, url: str, options: PreviewOptions) -> Preview:
    """Looks at the page that `target` means: an address, a file, standard input or a source."""
    from feeder.operations import preview as previews  # noqa: PLC0415 -- slow to import

    if "://" in target:
        return run_async(previews.look_there(settings, target, options))
    if target != "-" and not Path(target).exists():
        return _look_at_source(settings, target, options)
    body = read_bytes(target)
    if url:
        _check_address(url)
    return previews.look_here(body, "" if target == "-" else target, url, options)


def _check_address(url: str) -> None:
    from feeder.config.values import http  # noqa: PLC0415 -- slow to import

    try:
        http(url)
    except ValueError as error:
        raise ConfigError(f"--url {url!r}: {error}") from None


def _look_at_source(settings: Settings, name: str, options: PreviewOptions) -> Preview:
    """Returns what the page of a source shows now; a daemon reads it, where one is running."""
    from feeder.operations import preview as previews  # noqa: PLC0415 -- slow to import
    from feeder.operations.oneshot import extract_here  # noqa: PLC0415
    from feeder.read.fetcher import Fetcher  # noqa: PLC0415

    source = _source_named(settings, name)
    if settings.file is not None and running(settings):
        said = ask(settings, "POST", f"/api/sources/{name}/preview", options)
        return msgspec.convert(said, previews.Preview)

    async def look() -> Preview:
        async with Fetcher(settings.fetch) as fetcher:
            return await previews.look_at_source(source, fetcher, extract_here, options)

    return run_async(look())


def _source_named(settings: Settings, name: str) -> SourceSettings:
    """Returns the source in the configuration file, or else in the store, where there is one."""
    for source in settings.source:
        if source.name == name:
            return source
    found = _find_in_store(settings, name)
    if found is None:
        from feeder.config.values import scheme_hint  # noqa: PLC0415 -- slow to import

        hint = scheme_hint(name)
        raise ConfigError(f"{name}: cannot be read: there is no such file or source{hint}")
    return found.settings


def _find_in_store(settings: Settings, name: str) -> Source | None:
    """Returns the source of that name; a store that is not there yet is not made for it."""
    if settings.file is None or not has_store(settings):
        return None
    from feeder.store import Store  # noqa: PLC0415 -- slow to import

    with Store.open(settings.store) as store:
        found = store.source(name)
    return found[0] if found else None


def print_preview(seen: Preview, *, explain: bool) -> None:
    """Prints the updates, then what was read, assumed, left out and not understood."""
    say(seen.title or "(no title)")
    rows = [
        (
            to_the_second(update.published) if update.published else "–",
            _shorten(update.title),
            ", ".join(update.authors),
            count(len(update.text.split()), "word"),
            update.url or "",
        )
        for update in seen.updates
    ]
    print_table(
        ("time (UTC)", "update", "by", "text", "link"), rows, wraps=("update", "by", "link")
    )
    for sentence in seen.sentences:
        say(sentence)
    if explain:
        _print_evidence(seen)
    if seen.suggestion:
        _print_suggestion(seen.suggestion)


def _print_evidence(seen: Preview) -> None:
    say("\nThe evidence, with its figures:")
    for note in seen.notes:
        verdict = "used" if note.used else "not used"
        figures = f": {note.figures}" if note.figures else ""
        say(f"  {verdict}: {note.kind}: {note.text}{figures}")


def _print_suggestion(selectors: Mapping[str, str]) -> None:
    say("This repeats on the page. If these are the updates, add to the source:")
    say('\nextract = "select"\n\n[source.select]')
    for key, selector in selectors.items():
        say(f"{key} = {msgspec.json.encode(selector).decode()}")


def _shorten(title: str) -> str:
    return title if len(title) <= _TITLE else f"{title[: _TITLE - 1]}…"
