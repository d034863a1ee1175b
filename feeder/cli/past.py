"""rebuild, replay, forget: what was read is read again, saved copies are played, words are erased."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feeder.cli.common import (
    SOME_FAILED,
    ConfigOption,
    JsonOption,
    NameArgument,
    followed,
    outline_of,
    print_json,
    print_table,
    progress,
    say,
    sentences,
    utc,
)
from feeder.cli.history import UPDATE_HELP, chosen, entries_of
from feeder.cli.reading import OUTCOME
from feeder.config import unknown_source

if TYPE_CHECKING:
    from feeder.config import Settings, Source
    from feeder.model import Document, Rules, Snapshot, SourceState
    from feeder.operations.rebuild import Rebuilt
    from feeder.refresh import Outcome
    from feeder.store import Store


def register(app: typer.Typer) -> None:
    app.command()(rebuild)
    app.command()(replay)
    app.command()(forget)


def rebuild(
    ctx: typer.Context,
    name: NameArgument,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Read the kept pages of a source again under the present rules: a corrected timezone, extract, a better version.

    Updates keep their ids; their dates and texts are corrected, and entries that were no updates
    get tombstones.
    """
    with sentences():
        result = asyncio.run(_rebuilt(outline_of(ctx, config), name, dry_run=dry_run))
    if json:
        changes = [
            {"kind": c.kind, "what": c.what, "id": c.entry.id, "title": c.entry.content.title}
            for c in result.changes
        ]
        print_json({"pages": result.pages, "problems": result.problems, "changes": changes})
    else:
        for problem in result.problems:
            say(f"not used: {problem}")
        rows = [
            (c.kind, ", ".join(c.what), utc(c.entry.published) or "", c.entry.content.title)
            for c in result.changes
        ]
        print_table(("change", "of", "published", "title"), rows, wraps=("of", "title"))
        verb = "would change" if dry_run else "changed"
        say(f"{result.pages} kept pages were read again; {len(result.changes)} entries {verb}")
    if not result.pages:
        raise typer.Exit(SOME_FAILED)


async def _rebuilt(settings: Settings, name: str, *, dry_run: bool) -> Rebuilt:
    from feeder.operations import rebuild as story  # noqa: PLC0415 -- slow to import
    from feeder.operations.oneshot import works_here  # noqa: PLC0415

    async with works_here(settings) as works:
        return await story.rebuild(*_found(works.store, name), works, dry_run=dry_run)


def replay(
    ctx: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(metavar="FOLDER|FILE", help="Saved copies of one page.")
    ],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="The source whose page they are copies of.")
    ],
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Play saved copies of a page, such as a web archive's captures, in the order of the times in their names.

    No hub and no webhook is told. A feed that is known already only gains what it lacks.
    """
    with sentences():
        outcomes = asyncio.run(_replayed(outline_of(ctx, config), name, paths))
    if json:
        print_json([{key: getattr(one, key) for key in OUTCOME} for one in outcomes])
    else:
        for one in outcomes:
            if one.outcome == "failed":
                say(f"not used: {one.reason}")
        counts = Counter(one.outcome for one in outcomes)
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        say(f"{len(outcomes)} reads: {told}; {sum(one.added for one in outcomes)} entries added")
    if all(one.outcome == "failed" for one in outcomes):
        raise typer.Exit(SOME_FAILED)


async def _replayed(settings: Settings, name: str, paths: list[Path]) -> list[Outcome]:
    from feeder.operations import replay as story  # noqa: PLC0415 -- slow to import
    from feeder.operations.oneshot import works_here  # noqa: PLC0415

    files = story.captures(paths)
    async with works_here(settings) as works:
        with progress("Playing", len(files)) as step:

            async def counted(document: Document, rules: Rules) -> Snapshot:
                snapshot = await works.extract(document, rules)
                step(f"{rules.now:%Y-%m-%d %H:%M}")
                return snapshot

            return await story.replay(
                *_found(works.store, name), replace(works, extract=counted), files
            )


def forget(
    ctx: typer.Context,
    name: NameArgument,
    update: Annotated[str, typer.Argument(metavar="UPDATE", help=UPDATE_HELP)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigOption = None,
) -> None:
    """Erase an update's text everywhere: entries, revisions, archive, published files, kept pages. It cannot be undone.

    Its id and a tombstone stay, so that readers drop it and it never comes back.
    """
    from feeder.operations import rebuild as story  # noqa: PLC0415 -- slow to import
    from feeder.publish.publisher import Publisher  # noqa: PLC0415

    with sentences():
        settings = outline_of(ctx, config)
        with followed(settings) as store:
            entry = chosen(entries_of(store, name, None), update)
            if not yes:
                typer.confirm(f"Erase {entry.content.title!r} ({entry.id}) for ever?", abort=True)
            story.forget(entry.id, Publisher(settings, store))
    say(f"{entry.id} is forgotten")


def _found(store: Store, name: str) -> tuple[Source, SourceState]:
    found = store.source(name)
    if found is None:
        raise unknown_source(name, store.names())
    return found
