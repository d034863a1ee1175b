"""restore, copy-store: an installation comes back from a backup, or moves to another database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feeder.cli.common import (
    ConfigOption,
    JsonOption,
    count,
    now,
    print_json,
    progress,
    say,
    sentences,
    settings_of,
)

if TYPE_CHECKING:
    from feeder.publish.relearn import Learned


def register(app: typer.Typer) -> None:
    app.command()(restore)
    app.command()(copy_store)


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that `feeder backup` made.")],
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Put a backup in the store's place.

    What was published since it was made is learned again from the published feeds. The store
    that was there is kept beside it, with .before-restore added to its name.
    """
    with sentences():
        from feeder.operations.restore import restore as put_back  # noqa: PLC0415 -- slow to import

        with progress("Learning", None) as step:
            learned = put_back(settings_of(ctx, config), file, now(), step)
    if json:
        print_json({name: _counts(found) for name, found in learned.items()})
        return
    say(f"The store was restored from {file}")
    for name, found in learned.items():
        say(f"{name}: learned {_in_words(found)} from its published feed")


def _counts(found: Learned) -> dict[str, int]:
    return {"entries": found.entries, "edits": found.edits, "removals": found.removals}


def _in_words(found: Learned) -> str:
    entries = "1 entry" if found.entries == 1 else f"{found.entries} entries"
    parts = [
        entries if found.entries else "",
        count(found.edits, "edit") if found.edits else "",
        count(found.removals, "removal") if found.removals else "",
    ]
    return ", ".join(filter(None, parts))


def copy_store(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The store that is copied.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="An empty store, or none yet.")],
    json: JsonOption = False,
) -> None:
    """Copy a store into another database.

    From SQLite to PostgreSQL, or back: FROM and TO are addresses as in the configuration, or
    paths of SQLite files. All rows are read back and compared; ids stay.
    """
    with sentences():
        from feeder.operations import copy_store as story  # noqa: PLC0415 -- slow to import

        counts, in_use = story.copy_store(source, target, lambda total: progress("Copying", total))
    if json:
        print_json(counts)
    else:
        say(f"Copied {count(sum(counts.values()), 'row')}, and read back the same")
    if in_use:
        say("A daemon is using FROM: what it reads from now on is not in the copy", err=True)
