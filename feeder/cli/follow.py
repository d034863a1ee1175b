"""add, remove, rename, import, list, status: what is followed, and how it is doing."""

from __future__ import annotations

import os
import signal
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feeder.cli.common import (
    SOME_FAILED,
    ConfigOption,
    JsonOption,
    NameArgument,
    config_file,
    followed,
    now,
    outline_of,
    print_json,
    print_table,
    say,
    sentences,
)
from feeder.cli.local import running
from feeder.cli.status_table import show
from feeder.config import (
    Settings,
    duration_text,
    load,
    name_for,
    parse,
    source_settings,
    unknown_source,
    valid_name,
)
from feeder.config.edit import edit, with_renamed, with_sources, without_source
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.store import Store


def register(app: typer.Typer) -> None:
    app.command()(add)
    app.command()(remove)
    app.command()(rename)
    app.command("import")(import_)
    app.command("list")(list_)
    app.command()(status)


def add(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="The address of the page.")],
    name: Annotated[
        str, typer.Option(help="The feed's name; made of the address where none is given.")
    ] = "",
    every: Annotated[
        str, typer.Option(help='"adaptive", or an interval such as 30s, 5m, 2h.')
    ] = "",
    config: ConfigOption = None,
) -> None:
    """Follow a page: writes it into the configuration file."""
    with sentences():
        file = config_file(ctx, config)
        settings = _present(file)
        taken = _taken(settings)
        source = {"name": name or name_for(url, taken), "url": url} | (
            {"every": every} if every else {}
        )
        source_settings(source)
        if name in taken:
            raise ConfigError(f"the name {name!r} is taken; choose another one as --name")
        if not name and (
            twin := next((one.name for one in settings.source if one.url == url), None)
        ):
            raise ConfigError(
                f"{url} is followed already, as {twin!r}; with --name it is followed once more"
            )
        settings = _edited(file, lambda text: with_sources(text, [source]))
    say(f"Following {url}\n  subscribe to {settings.base_url}/feeds/{source['name']}.atom")


def remove(
    ctx: typer.Context,
    name: NameArgument,
    purge: Annotated[
        bool, typer.Option("--purge", help="Erase its entries and published files too.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Stop following a page: takes it out of the configuration file. Its feed stays as it is, but for --purge."""
    with sentences():
        file = config_file(ctx, config)
        settings = load(file)
        in_file = name in _names(settings)
        if in_file:
            settings = _edited(file, lambda text: without_source(text, name))
        if not _retired(settings, name, purge=purge) and not in_file:
            raise unknown_source(name, _taken(settings))
    say(
        f"No longer following {name}{' and erased what was known of it' if purge else '; its feed stays as it is'}"
    )


def rename(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="The present name.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The name from now on.")],
    config: ConfigOption = None,
) -> None:
    """Give a feed another name; its entries keep their ids, and the old address leads to the new one."""
    with sentences():
        file = config_file(ctx, config)
        settings = load(file)
        try:
            valid_name(new)
        except ValueError as error:
            raise ConfigError(f"{new!r} {error}") from None
        with _store(settings) as store:
            store.sync(settings.source, settings.fingerprint, now())
            if store.source(old) is None:
                raise unknown_source(old, store.names())
            store.rename(old, new)
        if old in _names(settings):
            settings = _edited(file, lambda text: with_renamed(text, old, new))
        _publish_renamed(settings, old, new)
    say(f"{old} is {new} now: {settings.base_url}/feeds/{new}.atom")


def import_(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="OPML, or a list of addresses, one a line.")
    ],
    config: ConfigOption = None,
) -> None:
    """Follow many pages at once: writes them into the configuration file."""
    from feeder.cli.lists import addresses  # noqa: PLC0415 -- needs lxml

    with sentences():
        target = config_file(ctx, config)
        settings = _present(target)
        known, taken = {source.url for source in settings.source}, _taken(settings)
        added: list[dict[str, Any]] = []
        found = addresses(file)
        for address, title in found:
            if address in known:
                continue
            known.add(address)
            name = name_for(address, taken)
            taken.add(name)
            added.append({"name": name, "url": address} | ({"title": title} if title else {}))
        if added:
            _edited(target, lambda text: with_sources(text, added))
    passed = len(found) - len(added)
    say(
        f"{len(added)} source{'' if len(added) == 1 else 's'} added{f', {passed} followed already' if passed else ''}"
    )


def list_(
    ctx: typer.Context,
    toml: Annotated[
        bool, typer.Option("--toml", help="As tables for the configuration file.")
    ] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the sources, those of the file and those that were added by the page or the API."""
    with sentences(), followed(outline_of(ctx, config)) as store:
        sources = [source for source, _ in store.sources()]
    rows = [(one.name, one.url or one.settings.path, one.origin) for one in sources]
    if toml:
        tables = [one.settings.model_dump(exclude_defaults=True) for one in sources]
        say(with_sources("", [_in_words(table) for table in tables]) if tables else "")
    elif json:
        print_json([dict(zip(("name", "address", "origin"), row, strict=True)) for row in rows])
    else:
        print_table(("name", "address", "from"), rows, wraps=("name", "address"))


def status(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One source; all where none is named.")
    ] = None,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """For each source: state, since when and why, last read, next read, entries, last change, latency."""
    from feeder import notify  # noqa: PLC0415 -- slow to import
    from feeder.operations.status import all_statuses, one_status  # noqa: PLC0415

    with sentences():
        settings = outline_of(ctx, config)
        with followed(settings) as store:
            one = one_status(store, settings, name) if name else None
            if name and one is None:
                raise unknown_source(name, store.names())
            statuses = [one] if one else all_statuses(store, settings)
            receivers = [one for one in notify.targets_status(store) if one.failures or one.dropped]
            trouble = store.get("configuration_error")
    if json:
        print_json([asdict(one) for one in statuses])
    else:
        show(statuses, receivers, now(), runs=bool(running(settings)))
    if trouble:
        said = f"The configuration could not be read again; the old one is in force:\n{trouble}"
        say(said, err=json)
        raise typer.Exit(SOME_FAILED)


def _in_words(value: Any) -> Any:
    """Durations as the file has them."""
    if isinstance(value, dict):
        return {key: _in_words(part) for key, part in value.items()}
    return duration_text(value) if isinstance(value, timedelta) else value


def _present(file: Path) -> Settings:
    """What the file says, which need not be there yet."""
    return load(file) if file.exists() else parse(b"", file)


def _edited(file: Path, change: Callable[[str], str]) -> Settings:
    """The file is changed, and a running daemon is told to read it again."""
    settings = edit(file, change)
    if pid := running(settings):
        os.kill(pid, signal.SIGHUP)
    return settings


def _names(settings: Settings) -> set[str]:
    return {source.name for source in settings.source} | {bundle.name for bundle in settings.bundle}


def _taken(settings: Settings) -> set[str]:
    """The names in the file, and those of what the page or the API added."""
    with _store(settings) as store:
        return _names(settings) | set(store.names())


def _store(settings: Settings) -> Store:
    from feeder.store import Store  # noqa: PLC0415 -- slow to import

    return Store.open(settings.store)


def _retired(settings: Settings, name: str, *, purge: bool) -> bool:
    """False: the store knows no such source."""
    from feeder import publish  # noqa: PLC0415 -- slow to import
    from feeder.publish.publisher import Publisher  # noqa: PLC0415

    with _store(settings) as store:
        if not store.retire(name, now(), purge=purge):
            return False
        if purge:
            publish.unpublish(name, settings.output)
        Publisher(settings, store).publish_lists()
    return True


def _publish_renamed(settings: Settings, old: str, new: str) -> None:
    """The feed stands at its new address; the old files go, so that what serves them says 301."""
    from feeder import publish  # noqa: PLC0415 -- slow to import
    from feeder.publish.publisher import Publisher  # noqa: PLC0415

    with _store(settings) as store:
        found = store.source(new)
        assert found is not None
        publisher = Publisher(settings, store)
        publisher.publish_source(*found)
        publish.unpublish(old, settings.output)
        publisher.publish_lists()
