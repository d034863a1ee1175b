"""history: an update's revisions word by word, and the feed as it was known at an instant."""

from __future__ import annotations

import sys
import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from feeder.cli.common import (
    ConfigOption,
    JsonOption,
    NameArgument,
    followed,
    instant,
    outline_of,
    print_json,
    print_table,
    say,
    sentences,
    to_the_second,
)
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from feeder.model import Entry
    from feeder.reconcile.word_diff import Segment, Step
    from feeder.store import Store

UPDATE_HELP = "An update's id, the beginning of it, or words of its title."
_STYLES = {"same": "", "gone": "red strike", "come": "green"}
_MARKS = {"same": ("", ""), "gone": ("[-", "-]"), "come": ("{+", "+}")}  # as wdiff prints them


def register(app: typer.Typer) -> None:
    app.command()(history)


MaybeUpdateArgument = Annotated[
    str | None, typer.Argument(metavar="UPDATE", help=UPDATE_HELP, show_default=False)
]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="Show it as it was known then (RFC 3339)."),
]


def history(
    ctx: typer.Context,
    name: NameArgument,
    update: MaybeUpdateArgument = None,
    at: AtOption = None,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show a feed's updates, or the revisions of one of them.

    Revisions are shown with the words that changed.
    """
    with sentences():
        moment = instant(at, "--at") if at else None
        with followed(outline_of(ctx, config)) as store:
            entries = entries_of(store, name, moment)
            one = chosen(entries, update) if update else None
            steps = _steps(store, one, moment) if one else ()
    if one is None:
        _print_feed(entries, json=json)
    else:
        _print_steps(name, one, steps, json=json)


def entries_of(store: Store, name: str, moment: datetime | None) -> list[Entry]:
    """Returns all entries of a feed, tombstones too, the newest first."""
    from feeder.config import unknown_source  # noqa: PLC0415 -- slow to import
    from feeder.model import fold  # noqa: PLC0415

    found = store.source(name)
    if found is None:
        raise unknown_source(name, store.names())
    entries = fold(store.changes(found[0].id, moment)).values()
    return sorted(entries, key=lambda entry: (entry.published, entry.number), reverse=True)


def chosen(entries: Iterable[Entry], wanted: str) -> Entry:
    """Returns the entry whose id begins with `wanted`, or else whose title contains it.

    Raises:
        ConfigError: there is none, or more than one.
    """
    prefix = wanted.removeprefix("urn:uuid:").lower()
    found = [entry for entry in entries if entry.id.removeprefix("urn:uuid:").startswith(prefix)]
    found = found or [
        entry for entry in entries if wanted.casefold() in entry.content.title.casefold()
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ConfigError(
            f"no update has {wanted!r} in its id or title; `feeder history NAME` lists them all"
        )
    listed = "".join(f"\n  {_key(entry)}  {entry.content.title}" for entry in found[:10])
    raise ConfigError(f"{wanted!r} matches {len(found)} updates; choose one by its id:{listed}")


def _steps(store: Store, entry: Entry, moment: datetime | None) -> tuple[Step, ...]:
    from feeder.reconcile.word_diff import steps  # noqa: PLC0415 -- with its user

    return steps(
        change for change in store.revisions(entry.id) if moment is None or change.at <= moment
    )


def _print_feed(entries: Iterable[Entry], *, json: bool) -> None:
    if json:
        from feeder.operations.update_view import view_update  # noqa: PLC0415 -- with its user

        print_json([view_update(entry) for entry in entries])
        return
    rows = [
        (
            _key(e),
            to_the_second(e.published),
            to_the_second(e.updated),
            str(e.revision),
            f"{_mark(e)}{e.content.title}",
        )
        for e in entries
    ]
    print_table(("id", "published", "updated", "revision", "title"), rows, wraps=("title",))


def _print_steps(name: str, entry: Entry, steps: Iterable[Step], *, json: bool) -> None:
    if json:
        from feeder.operations.update_view import view_history  # noqa: PLC0415 -- with its user

        print_json(view_history(name, entry, (step.change for step in steps)))
        return
    say(f"{entry.content.title}\n{entry.id}")
    for step in steps:
        what = f" ({', '.join(step.change.what)})" if step.change.what else ""
        say(f"\n{to_the_second(step.change.at)}  {step.change.kind}{what}")
        for part, segments in step.parts.items():
            _print_words(part, segments)


def _print_words(part: str, segments: Iterable[Segment]) -> None:
    """Prints differences in colour on a terminal, and elsewhere marked as wdiff does."""
    if not sys.stdout.isatty():
        words = "".join(f"{_MARKS[s.kind][0]}{s.text}{_MARKS[s.kind][1]}" for s in segments)
        say(f"  {part}: {words}")
        return
    from rich.console import Console  # noqa: PLC0415 -- slow to import
    from rich.text import Text  # noqa: PLC0415

    Console().print(Text.assemble(f"  {part}: ", *((s.text, _STYLES[s.kind]) for s in segments)))


def _mark(entry: Entry) -> str:
    if entry.removed:
        return "(removed) "
    return "(not published) " if entry.hidden else ""


def _key(entry: Entry) -> str:
    return str(uuid.UUID(entry.id))[:8]
