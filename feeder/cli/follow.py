"""remove, rename, import, list, status: the sources that are followed."""

from __future__ import annotations

import os
import signal
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feeder.cli.common import (
    SOME_FAILED,
    ConfigOption,
    JsonOption,
    NameArgument,
    config_file,
    count,
    followed,
    looked_into,
    now,
    outline_of,
    print_json,
    print_table,
    read_bytes,
    say,
    sentences,
    settings_for_daemon,
)
from feeder.cli.local import running
from feeder.cli.machines_table import find_installation, print_machines, say_machines
from feeder.cli.status_table import print_statuses
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.config import Settings
    from feeder.config.edit import Texts
    from feeder.operations.glance import Glance
    from feeder.operations.status import Status
    from feeder.store import Store
    from feeder.store.outbox import Target

_FAILING = ("failing", "blocked", "gone")  # states of a source that cannot be read


def register(app: typer.Typer) -> None:
    app.command()(remove)
    app.command()(rename)
    app.command("import")(import_)
    app.command("list")(list_)
    app.command()(status)


PurgeOption = Annotated[
    bool, typer.Option("--purge", help="Also erase its entries and its published files.")
]
OldNameArgument = Annotated[str, typer.Argument(metavar="OLD", help="The present name.")]
NewNameArgument = Annotated[str, typer.Argument(metavar="NEW", help="The new name.")]
ListArgument = Annotated[
    Path, typer.Argument(metavar="FILE|-", help="OPML, newsboat's urls, or one address per line.")
]
TomlOption = Annotated[
    bool, typer.Option("--toml", help="Print tables for the configuration file.")
]
MachinesOption = Annotated[
    bool, typer.Option("--machines", help="Show the machines that share the store instead.")
]
AnyNameArgument = Annotated[
    str | None, typer.Argument(metavar="NAME", help="One source; by default all.")
]


def remove(
    ctx: typer.Context, name: NameArgument, purge: PurgeOption = False, config: ConfigOption = None
) -> None:
    """Stop following a page. Its feed is kept, unless --purge is given."""
    from feeder.config import load, unknown_source  # noqa: PLC0415 -- slow to import
    from feeder.config.edit import without_source  # noqa: PLC0415

    with sentences():
        file = config_file(ctx, config)
        settings = load(file)
        in_file = any(source.name == name for source in settings.source)
        if in_file:
            settings = edit_files(file, lambda texts: _in_both(texts, without_source, name))
        if not _retire(settings, name, purge=purge) and not in_file:
            raise unknown_source(name, source_names(settings))
    fate = "its entries and files were erased" if purge else "its feed is kept"
    say(f"No longer following {name}; {fate}")


def rename(
    ctx: typer.Context, old: OldNameArgument, new: NewNameArgument, config: ConfigOption = None
) -> None:
    """Rename a feed. Its entries keep their ids, and the old address leads to the new one."""
    from feeder.config import load, valid_name  # noqa: PLC0415 -- slow to import
    from feeder.config.edit import with_renamed  # noqa: PLC0415

    with sentences():
        file = config_file(ctx, config)
        settings = load(file)
        try:
            valid_name(new)
        except ValueError as error:
            raise ConfigError(f"the new name {new!r} {error}") from None
        if new in {bundle.name for bundle in settings.bundle}:
            raise ConfigError(f"there is already a bundle {new!r}; choose another name")
        _rename_in_store(settings, old, new)
        if any(source.name == old for source in settings.source):
            settings = edit_files(file, lambda texts: _in_both(texts, with_renamed, old, new))
        _publish_renamed(settings, old, new)
    say(f"{old} is now {new}: {settings.base_url}/feeds/{new}.atom")


def _rename_in_store(settings: Settings, old: str, new: str) -> None:
    from feeder.config import unknown_source  # noqa: PLC0415 -- slow to import
    from feeder.operations.sync_config import synchronise  # noqa: PLC0415

    with open_store(settings) as store:
        synchronise(store, settings, now())
        if store.source(old) is None:
            raise unknown_source(old, store.names())
        store.rename(old, new)


def import_(ctx: typer.Context, file: ListArgument, config: ConfigOption = None) -> None:
    """Follow many pages at once.

    They are written into sources.toml, beside the configuration file.
    """
    from feeder.operations.lists import choose_new, read_list  # noqa: PLC0415 -- needs lxml

    with sentences():
        target = config_file(ctx, config)
        settings = settings_to_be(target)
        found, problems = read_list(read_bytes(file), str(file))
        known = {source.url for source in settings.source}
        added = choose_new(found, known, taken_names(settings))
        if added:
            edit_files(target, lambda texts: with_added(texts, added))
    passed = len(found) - len(added)
    said = f"{count(len(added), 'source')} added"
    say(f"{said}, {passed} already followed" if passed else said)
    for problem in problems:
        say(problem, err=True)
    if problems:
        raise typer.Exit(SOME_FAILED)


def list_(
    ctx: typer.Context,
    toml: TomlOption = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the sources.

    These are the ones that the files declare, and those that were added on the page or by the API.
    """
    look = followed if toml else looked_into  # which knows few of the settings
    with sentences(), look(outline_of(ctx, config)) as store:
        sources = [source for source, _ in store.sources()]
    rows = [(one.name, one.url or one.settings.path, one.origin) for one in sources]
    if toml:
        from feeder.config.edit import as_toml  # noqa: PLC0415 -- slow to import

        say(as_toml(sources))
    elif json:
        print_json([dict(zip(("name", "address", "origin"), row, strict=True)) for row in rows])
    else:
        print_table(("name", "address", "from"), rows, wraps=("name", "address"))


def status(
    ctx: typer.Context,
    name: AnyNameArgument = None,
    machines: MachinesOption = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show how the sources are, and when they are read.

    A row has the state and its reason, the last and the next read, the entries, the last
    change, and how long after their own time updates were found. The exit code is 1 where a
    source fails or is blocked.
    """
    with sentences():
        settings, mistake = settings_for_daemon(ctx, config)
        if machines:
            print_machines(settings, now(), json=json)
            return
        with looked_into(settings) as store:
            statuses = _find_statuses(store, settings, name)
            receivers = _failing_receivers(store)
            mistake = mistake or store.get("configuration_error") or ""
            differing = _find_differing(store)
            installation = find_installation(store)
    if json:
        print_json([asdict(one) for one in statuses])
    else:
        print_statuses(statuses, receivers, now(), daemon=bool(running(settings)))
        say_machines(installation, now())
    _say_differing(differing, err=json)
    if mistake:
        say(
            f"The configuration file has a mistake; the daemon keeps the old settings:\n{mistake}",
            err=json,
        )
    if mistake or any(one.state in _FAILING for one in statuses):
        raise typer.Exit(SOME_FAILED)


def _say_differing(differing: list[tuple[str, str, str]], *, err: bool) -> None:
    for source, file, holds in differing:
        say(f"{source} is declared differently in {file} and in {holds}, which holds", err=err)


def _find_differing(store: Store | Glance) -> list[tuple[str, str, str]]:
    """Returns the sources that the files of two machines declare differently."""
    from feeder.operations.glance import Glance  # noqa: PLC0415 -- slow to import

    if isinstance(store, Glance) or store.database.sqlite:
        return []
    from feeder.store.declarations import differing  # noqa: PLC0415 -- PostgreSQL's alone

    with store.database.reading() as connection:
        return differing(connection)


def _failing_receivers(store: Store | Glance) -> list[Target]:
    from feeder.operations.glance import Glance  # noqa: PLC0415 -- slow to import

    if isinstance(store, Glance):  # there is none where anybody is told something
        return []
    from feeder.notify.targets import targets_status  # noqa: PLC0415 -- slow to import

    return [one for one in targets_status(store) if one.failures or one.dropped]


def _find_statuses(store: Store | Glance, settings: Settings, name: str | None) -> list[Status]:
    """Returns the status of one source, or of all.

    Raises:
        ConfigError: there is no such source.
    """
    from feeder.config import unknown_source  # noqa: PLC0415 -- slow to import
    from feeder.operations.status import all_statuses, one_status  # noqa: PLC0415

    if name is None:
        return all_statuses(store, settings)
    one = one_status(store, settings, name)
    if one is None:
        raise unknown_source(name, store.names())
    return [one]


def settings_to_be(file: Path) -> Settings:
    """Returns the settings of a file that need not exist yet."""
    from feeder.config import load, parse, sources_file  # noqa: PLC0415 -- slow to import

    return load(file) if file.exists() or sources_file(file).exists() else parse(b"", file)


def with_added(texts: Texts, added: Sequence[dict[str, Any]]) -> Texts:
    from feeder.config.edit import with_sources  # noqa: PLC0415 -- slow to import

    return texts._replace(added=with_sources(texts.added, added))


def _in_both(texts: Texts, change: Callable[..., str], *names: str) -> Texts:
    """Returns both texts changed: a source may stand in either, and bundles may name it."""
    main, added = (change(text, *names) if text else text for text in texts)
    return texts._replace(main=main, added=added)


def edit_files(file: Path, change: Callable[[Texts], Texts]) -> Settings:
    """Changes the files, says which, and has a running daemon read them again."""
    from feeder.config.edit import edit  # noqa: PLC0415 -- slow to import

    settings, written = edit(file, change)
    for one in written:
        say(f"Wrote {one}")
    if pid := running(settings):
        os.kill(pid, signal.SIGHUP)
    return settings


def taken_names(settings: Settings) -> set[str]:
    """Returns the names in the file, and those that the page or the API added."""
    return source_names(settings) | {bundle.name for bundle in settings.bundle}


def source_names(settings: Settings) -> set[str]:
    """Returns the names of the sources in the file, and of those in the store alone."""
    with open_store(settings) as store:
        return {source.name for source in settings.source} | set(store.names())


def open_store(settings: Settings) -> Store:
    from feeder.store import Store  # noqa: PLC0415 -- slow to import

    return Store.open(settings.store)


def _retire(settings: Settings, name: str, *, purge: bool) -> bool:
    """Retires a source; returns False where the store does not know it."""
    from feeder import publish  # noqa: PLC0415 -- slow to import
    from feeder.publish.publisher import Publisher  # noqa: PLC0415

    with open_store(settings) as store:
        if not store.retire(name, now(), purge=purge):
            return False
        if purge:
            publish.unpublish(name, settings.output)
        Publisher(settings, store).publish_lists()
    return True


def _publish_renamed(settings: Settings, old: str, new: str) -> None:
    from feeder.operations.rename import publish_renamed  # noqa: PLC0415 -- slow to import
    from feeder.publish.publisher import Publisher  # noqa: PLC0415

    with open_store(settings) as store:
        publish_renamed(Publisher(settings, store), old, new)
