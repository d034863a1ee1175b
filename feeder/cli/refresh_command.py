"""refresh, accept: sources are read now."""

from __future__ import annotations

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
    looked_into,
    now,
    outline_of,
    print_json,
    print_table,
    progress,
    run_async,
    sentences,
)
from feeder.cli.local import running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.config import Settings

# The keys that programs get for each read.
OUTCOME = ("source", "outcome", "added", "edited", "removed", "reason", "until")
_AT_ONCE = 20  # refreshes that are waited for


def register(app: typer.Typer) -> None:
    app.command()(refresh)
    app.command()(accept)


def refresh(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Sources; by default all.")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait until the pages have been read.")] = True,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Read sources now.

    The daemon does it where one is running, and this process where none is.
    """
    with sentences():
        outcomes = _refresh(outline_of(ctx, config), names or [], wait=wait, accept=False)
    _report(outcomes, json=json)


def accept(
    ctx: typer.Context, name: NameArgument, json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Accept a page that is held, and publish what it shows."""
    with sentences():
        outcomes = _refresh(outline_of(ctx, config), [name], wait=True, accept=True)
    _report(outcomes, json=json)


def _refresh(
    settings: Settings, names: Sequence[str], *, wait: bool, accept: bool
) -> list[dict[str, Any]]:
    daemon = running(settings)
    if not daemon and not _is_shared(settings):
        return _refresh_here(settings, names, accept=accept)
    from feeder.config import unknown_source  # noqa: PLC0415 -- slow to import

    known = _all_names(settings)
    if unknown := set(names).difference(known):
        raise unknown_source(min(unknown), known)
    if not wait:
        _make_due(settings, names)
        return []
    if daemon:
        return _refresh_in_daemon(settings, names or known, "accept" if accept else "refresh")
    return _refresh_elsewhere(settings, names or known, accept=accept)


def _is_shared(settings: Settings) -> bool:
    """Returns whether other machines run on the store, which would do the work."""
    if settings.store_file:
        return False
    from feeder.scale.asking import anyone_lives  # noqa: PLC0415 -- PostgreSQL's alone
    from feeder.store import Store  # noqa: PLC0415 -- slow to import

    with Store.open(settings.store) as store:
        return anyone_lives(store)


def _refresh_elsewhere(
    settings: Settings, names: Sequence[str], *, accept: bool
) -> list[dict[str, Any]]:
    from feeder.scale.asking import refresh_named  # noqa: PLC0415 -- PostgreSQL's alone
    from feeder.store import Store  # noqa: PLC0415 -- slow to import

    with Store.open(settings.store) as store, progress("Reading", len(names)) as step:
        outcomes = run_async(refresh_named(store, names, accept=accept, step=step))
    return [asdict(outcome) for outcome in outcomes]


def _refresh_here(
    settings: Settings, names: Sequence[str], *, accept: bool
) -> list[dict[str, Any]]:
    from feeder.operations.oneshot import refresh_here  # noqa: PLC0415 -- slow to import

    with progress("Reading", len(names) or None) as step:
        outcomes = run_async(refresh_here(settings, names, accept=accept, step=step))
    return [asdict(outcome) for outcome in outcomes]


def _refresh_in_daemon(settings: Settings, names: Sequence[str], verb: str) -> list[dict[str, Any]]:
    """Asks the daemon for all of them at once; it spaces the reads out as it must."""
    with progress("Reading", len(names)) as step, ThreadPoolExecutor(_AT_ONCE) as pool:

        def ask(name: str) -> dict[str, Any]:
            outcome: dict[str, Any] = local.ask(settings, "POST", f"/api/sources/{name}/{verb}")
            step(name)
            return outcome

        return list(pool.map(ask, names))


def _make_due(settings: Settings, names: Sequence[str]) -> None:
    """Has the daemon read them at its next tick."""
    from feeder.store import Store  # noqa: PLC0415 -- slow to import

    with Store.open(settings.store) as store:
        store.make_due(names or None, now())


def _all_names(settings: Settings) -> list[str]:
    with looked_into(settings) as seen:
        return seen.names()


def _report(outcomes: Sequence[dict[str, Any]], *, json: bool) -> None:
    """Prints a line for each source, and exits with 1 where one failed."""
    if json:
        print_json([{key: outcome[key] for key in OUTCOME} for outcome in outcomes])
    else:
        rows = [
            (one["source"], one["outcome"], _describe_counts(one), one["reason"])
            for one in outcomes
        ]
        print_table(("source", "outcome", "changes", "reason"), rows, wraps=("source", "reason"))
    if any(outcome["outcome"] == "failed" for outcome in outcomes):
        raise typer.Exit(SOME_FAILED)


def _describe_counts(outcome: dict[str, Any]) -> str:
    return f"+{outcome['added']} ~{outcome['edited']} -{outcome['removed']}"
