"""refresh, accept: sources are read now."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feeder.cli import local
from feeder.cli.common import (
    SOME_FAILED,
    ConfigOption,
    JsonOption,
    NameArgument,
    now,
    outline_of,
    print_json,
    print_table,
    progress,
    sentences,
)
from feeder.cli.local import running
from feeder.config import unknown_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.config import Settings

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


def register(app: typer.Typer) -> None:
    app.command()(refresh)
    app.command()(accept)


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
    from feeder.runtime.access_token import token_of  # noqa: PLC0415 -- slow to import

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
