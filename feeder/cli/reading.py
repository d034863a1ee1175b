"""refresh, accept, preview: pages are read now."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from feeder.cli import local
from feeder.cli.common import (
    SOME_FAILED,
    ConfigOption,
    JsonOption,
    NameArgument,
    fail,
    now,
    outline_of,
    print_json,
    print_table,
    progress,
    say,
    sentences,
    settings_if_any,
    utc,
)
from feeder.cli.local import running
from feeder.config import unknown_source
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.config import Settings
    from feeder.operations.preview import Preview

OUTCOME = (
    "source",
    "outcome",
    "added",
    "edited",
    "removed",
    "reason",
    "until",
)  # what programs are told of a read
_AT_ONCE = 20  # refreshes that are waited for
_TITLE = 100  # characters of an update's title in the table


def register(app: typer.Typer) -> None:
    app.command()(refresh)
    app.command()(accept)
    app.command()(preview)


def refresh(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="All sources where none is named.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait for what comes of it.")] = True,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Read sources now: a running daemon does it, else this process."""
    with sentences():
        outcomes = _refreshed(outline_of(ctx, config), names or [], wait=wait, accept=False)
    _report(outcomes, json=json)


def accept(
    ctx: typer.Context, name: NameArgument, json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Take a page that is held as it was read."""
    with sentences():
        outcomes = _refreshed(outline_of(ctx, config), [name], wait=True, accept=True)
    _report(outcomes, json=json)


def _refreshed(
    settings: Settings, names: Sequence[str], *, wait: bool, accept: bool
) -> list[dict[str, Any]]:
    if not running(settings):
        from feeder.operations.oneshot import refresh_here  # noqa: PLC0415 -- slow to import

        with progress("Reading", len(names) or None) as step:
            return [
                asdict(one)
                for one in asyncio.run(refresh_here(settings, names, accept=accept, step=step))
            ]
    known = _all_names(settings)
    if unknown := set(names).difference(known):
        raise unknown_source(min(unknown), known)
    if not wait:
        _make_due(settings, names)
        return []
    from feeder.runtime.daemon import token_of  # noqa: PLC0415 -- slow to import

    token, verb, chosen = token_of(settings), "accept" if accept else "refresh", names or known
    with progress("Reading", len(chosen)) as step, ThreadPoolExecutor(_AT_ONCE) as pool:

        def asked(name: str) -> dict[str, Any]:
            outcome = local.post(settings, f"/api/sources/{name}/{verb}", token)
            step(name)
            return outcome

        return list(pool.map(asked, chosen))  # the daemon spaces them out as it must


def _make_due(settings: Settings, names: Sequence[str]) -> None:
    """The daemon finds them at its next tick."""
    from feeder.store import Store  # noqa: PLC0415 -- slow to import

    with Store.open(settings.store) as store:
        store.make_due(names or None, now())


def _all_names(settings: Settings) -> list[str]:
    from feeder.store import Store  # noqa: PLC0415 -- slow to import

    with Store.open(settings.store) as store:
        return store.names()


def _report(outcomes: Sequence[dict[str, Any]], *, json: bool) -> None:
    """A line for each source; exit 1 where one failed."""
    if json:
        print_json([{key: outcome[key] for key in OUTCOME} for outcome in outcomes])
    else:
        counts = [f"+{o['added']} ~{o['edited']} -{o['removed']}" for o in outcomes]
        rows = [
            (o["source"], o["outcome"], n, o["reason"])
            for o, n in zip(outcomes, counts, strict=True)
        ]
        print_table(("source", "outcome", "changes", "reason"), rows, wraps=("source", "reason"))
    if any(outcome["outcome"] == "failed" for outcome in outcomes):
        raise typer.Exit(SOME_FAILED)


def preview(
    ctx: typer.Context,
    target: Annotated[
        str,
        typer.Argument(metavar="URL|FILE|-", help="A page, a saved page, or - for standard input."),
    ],
    json: JsonOption = False,
    url: Annotated[
        str, typer.Option(help="The address of a saved page: the base of its links.")
    ] = "",
    timezone: Annotated[str, typer.Option(help="For times without a zone.")] = "UTC",
    extract: Annotated[
        str, typer.Option(help="The kind of evidence to read, auto or one of them.")
    ] = "auto",
    config: ConfigOption = None,
) -> None:
    """Show what would be extracted from a page; nothing is stored."""
    with sentences():
        settings = settings_if_any(ctx, config)
        seen, suggestion = _looked(settings, target, url, timezone, extract)
    if json:
        print_json({key: value for key, value in asdict(seen).items() if key != "notes"})
    else:
        _show(seen, suggestion)
    if not seen.updates:
        raise typer.Exit(SOME_FAILED)


def _looked(
    settings: Settings, target: str, url: str, timezone: str, extract: str
) -> tuple[Preview, dict[str, str]]:
    from feeder.operations import preview as previews  # noqa: PLC0415 -- slow to import

    if target.startswith(("http://", "https://")):
        return asyncio.run(previews.look_there(settings, target, timezone, extract))
    try:
        body = sys.stdin.buffer.read() if target == "-" else Path(target).read_bytes()
    except OSError as error:
        raise ConfigError(f"{target}: cannot be read: {error.strerror}") from error
    return previews.look_here(body, "" if target == "-" else target, url, timezone, extract)


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
