"""rebuild, replay, forget: corrections of what was read and published."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import replace
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
    count,
    followed,
    outline_of,
    print_json,
    print_table,
    progress,
    run_async,
    say,
    sentences,
)
from feeder.cli.history import UPDATE_HELP, chosen, entries_of
from feeder.cli.local import running
from feeder.cli.refresh_command import OUTCOME
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.config import Settings, Source
    from feeder.model import Document, Rules, Snapshot, SourceState
    from feeder.operations.rebuild import Rebuilt
    from feeder.pipeline.turn import Outcome
    from feeder.store import Store


def register(app: typer.Typer) -> None:
    app.command()(rebuild)
    app.command()(replay)
    app.command()(forget)


DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
]
CopiesArgument = Annotated[
    list[Path], typer.Argument(metavar="FOLDER|FILE", help="Saved copies of one page.")
]
SourceOption = Annotated[
    str, typer.Option("--name", metavar="NAME", help="The source whose page they are copies of.")
]
UpdateArgument = Annotated[str, typer.Argument(metavar="UPDATE", help=UPDATE_HELP)]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def rebuild(
    ctx: typer.Context,
    name: NameArgument,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Read a source's kept pages again, under its present settings.

    This corrects the past after a wrong timezone or extract was mended. Entries keep their ids;
    their dates and texts are corrected, and entries that turn out to be no updates get
    tombstones.
    """
    with sentences():
        settings = outline_of(ctx, config)
        if running(settings):
            query = "?dry_run=true" if dry_run else ""
            found = local.ask(settings, "POST", f"/api/sources/{name}/rebuild{query}")
        else:
            found = run_async(_rebuild(settings, name, dry_run=dry_run))
    if json:
        print_json(found)
    else:
        _print_rebuilt(found, dry_run=dry_run)
    if not found["pages"]:
        raise typer.Exit(SOME_FAILED)


def _as_data(result: Rebuilt) -> dict[str, Any]:
    from feeder.notify.messages import told  # noqa: PLC0415 -- with its user

    changes = [told(one) for one in result.changes]
    data = {"pages": result.pages, "problems": result.problems, "changes": changes}
    found: dict[str, Any] = msgspec.to_builtins(data)  # as a daemon sends it
    return found


def _print_rebuilt(found: dict[str, Any], *, dry_run: bool) -> None:
    for problem in found["problems"]:
        say(f"not used: {problem}")
    rows = [
        (one["change"], ", ".join(one["what"]), one["published"], one["title"])
        for one in found["changes"]
    ]
    print_table(("change", "what", "published", "title"), rows, wraps=("what", "title"))
    verb = "would change" if dry_run else "changed"
    say(f"{count(found['pages'], 'kept page')} read again; entries that {verb}: {len(rows)}")


async def _rebuild(settings: Settings, name: str, *, dry_run: bool) -> dict[str, Any]:
    from feeder.operations import rebuild as story  # noqa: PLC0415 -- slow to import
    from feeder.operations.oneshot import works_here  # noqa: PLC0415

    async with works_here(settings) as works:
        found = _find_source(works.store, name)
        return _as_data(await story.rebuild(*found, works, dry_run=dry_run))


def replay(
    ctx: typer.Context,
    paths: CopiesArgument,
    name: SourceOption,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Read saved copies of a page, to give its feed a past.

    They are read in the order of the times in their names. No hub or webhook is told. A feed
    that has entries already only gains those it lacks.
    """
    with sentences():
        outcomes = run_async(_replay(outline_of(ctx, config), name, paths))
    if json:
        print_json([{key: getattr(one, key) for key in OUTCOME} for one in outcomes])
    else:
        _print_replayed(outcomes)
    if all(one.outcome == "failed" for one in outcomes):
        raise typer.Exit(SOME_FAILED)


def _print_replayed(outcomes: Sequence[Outcome]) -> None:
    for one in outcomes:
        if one.outcome == "failed":
            say(f"not used: {one.reason}")
    counts = Counter(one.outcome for one in outcomes)
    told = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items()))
    added = sum(one.added for one in outcomes)
    say(f"{count(len(outcomes), 'read')}: {told}; entries added: {added}")


async def _replay(settings: Settings, name: str, paths: list[Path]) -> list[Outcome]:
    from feeder.operations import replay as story  # noqa: PLC0415 -- slow to import
    from feeder.operations.oneshot import works_here  # noqa: PLC0415

    files = story.captures(paths)
    async with works_here(settings) as works:
        with progress("Reading", len(files)) as step:

            async def counted(document: Document, rules: Rules) -> Snapshot:
                snapshot = await works.extract(document, rules)
                step(f"{rules.now:%Y-%m-%d %H:%M}")
                return snapshot

            return await story.replay(
                *_find_source(works.store, name), replace(works, extract=counted), files
            )


def forget(
    ctx: typer.Context,
    name: NameArgument,
    update: UpdateArgument,
    yes: YesOption = False,
    config: ConfigOption = None,
) -> None:
    """Erase an update's text everywhere.

    Its text leaves the entry, the revisions, the archive, the files and the kept pages, which
    cannot be undone. Its id and a tombstone stay, so that readers drop it and it never comes
    back.
    """
    with sentences():
        settings = outline_of(ctx, config)
        with followed(settings) as store:
            entry = chosen(entries_of(store, name, None), update)
            if not yes:
                _confirm(f"Erase {entry.content.title!r} ({entry.id}) forever?")
            if running(settings):
                local.ask(settings, "DELETE", f"/api/updates/{uuid.UUID(entry.id)}")
            else:
                _forget_here(settings, store, entry.id)
    say(f"Erased {entry.id}")


def _confirm(question: str) -> None:
    """Asks a person. Raises ConfigError: nobody is there to answer."""
    try:
        if typer.confirm(question):
            return
    except typer.Abort:
        raise ConfigError("nobody answered; with --yes it is done without a question") from None
    raise typer.Abort


def _forget_here(settings: Settings, store: Store, entry_id: str) -> None:
    from feeder.operations import rebuild as story  # noqa: PLC0415 -- slow to import
    from feeder.publish.publisher import Publisher  # noqa: PLC0415

    story.forget(entry_id, Publisher(settings, store))


def _find_source(store: Store, name: str) -> tuple[Source, SourceState]:
    found = store.source(name)
    if found is None:
        from feeder.config import unknown_source  # noqa: PLC0415 -- slow to import

        raise unknown_source(name, store.names())
    return found
