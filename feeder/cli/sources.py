"""add, remove, rename, import, list, status: what is followed, and how it is doing."""

from __future__ import annotations

import os
import signal
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feeder.cli.background import running
from feeder.cli.common import (
    SOME_FAILED,
    ConfigOption,
    JsonOption,
    ago,
    config_file,
    now,
    print_json,
    print_table,
    say,
    sentences,
    settings_of,
)
from feeder.config import Settings, duration_text, load, name_for, valid_name
from feeder.config.edit import edit, with_renamed, with_sources, without_source
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.status import Latency, Status
    from feeder.store import Store
    from feeder.store.outbox import Target


_COLUMNS = ("name", "state", "since", "last read", "next read", "entries", "last change", "latency", "reason")


def register(app: typer.Typer) -> None:
    app.command()(add)
    app.command()(remove)
    app.command()(rename)
    app.command("import")(import_)
    app.command("list")(list_)
    app.command()(status)


def add(
    ctx: typer.Context,
    url: str,
    name: Annotated[str, typer.Option(help="The feed's name; made of the address where none is given.")] = "",
    every: Annotated[str, typer.Option(help='"adaptive", or an interval such as 30s, 5m, 2h.')] = "",
    config: ConfigOption = None,
) -> None:
    """Follow a page: writes it into the configuration file."""
    with sentences():
        file = config_file(ctx, config)
        taken = _names(load(file)) if file.exists() else set()
        source = {"name": name or name_for(url, taken), "url": url} | ({"every": every} if every else {})
        settings = _edited(file, lambda text: with_sources(text, [source]))
    say(f"Following {url}\n  subscribe to {settings.base_url}/feeds/{source['name']}.atom")


def remove(
    ctx: typer.Context,
    name: str,
    purge: Annotated[bool, typer.Option("--purge", help="Erase its entries and published files too.")] = False,
    config: ConfigOption = None,
) -> None:
    """Stop following a page: takes it out of the configuration file. Its feed stays as it is, but for --purge."""
    with sentences():
        file = config_file(ctx, config)
        settings = load(file)
        if name in _names(settings):
            settings = _edited(file, lambda text: without_source(text, name))
        elif not _followed(settings, name):
            raise ConfigError(f"there is no source {name!r}")
        _retire(settings, name, purge=purge)
    say(f"No longer following {name}{' and erased what was known of it' if purge else '; its feed stays as it is'}")


def rename(ctx: typer.Context, old: str, new: str, config: ConfigOption = None) -> None:
    """Give a feed another name; its entries keep their ids, and the old address leads to the new one."""
    with sentences():
        file = config_file(ctx, config)
        settings = load(file)
        try:
            valid_name(new)
        except ValueError as error:
            raise ConfigError(f"{new!r} {error}") from None
        if old not in _names(settings) and not _followed(settings, old):
            raise ConfigError(f"there is no source {old!r}")
        with _store(settings) as store:
            store.sync(settings.source, settings.fingerprint, now())
            store.rename(old, new)
        if old in _names(settings):
            settings = _edited(file, lambda text: with_renamed(text, old, new))
        _publish_renamed(settings, old, new)
    say(f"{old} is {new} now: {settings.base_url}/feeds/{new}.atom")


def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="OPML, or a list of addresses, one a line.")],
    config: ConfigOption = None,
) -> None:
    """Follow many pages at once: writes them into the configuration file."""
    from feeder.cli.lists import addresses  # noqa: PLC0415 -- needs lxml

    with sentences():
        target = config_file(ctx, config)
        settings = load(target) if target.exists() else Settings()
        known, taken = {source.url for source in settings.source}, _names(settings)
        added: list[dict[str, Any]] = []
        for address, title in addresses(file):
            if address in known:
                continue
            known.add(address)
            name = name_for(address, taken)
            taken.add(name)
            added.append({"name": name, "url": address} | ({"title": title} if title else {}))
        if added:
            _edited(target, lambda text: with_sources(text, added))
    say(f"{len(added)} sources added")


def list_(
    ctx: typer.Context,
    toml: Annotated[bool, typer.Option("--toml", help="As tables for the configuration file.")] = False,
    config: ConfigOption = None,
) -> None:
    """List the sources, those of the file and those that were added by the page or the API."""
    with sentences():
        settings = settings_of(ctx, config)
        with _store(settings) as store:
            store.sync(settings.source, settings.fingerprint, now())
            sources = [source for source, _ in store.sources()]
    if toml:
        rows = [one.settings.model_dump(exclude_defaults=True) for one in sources]
        say(with_sources("", [_in_words(row) for row in rows]) if rows else "")
    else:
        print_table(("name", "address", "from"), [(s.name, s.url or s.settings.path, s.origin) for s in sources])


def status(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="One source; all where none is named.")] = None,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """For each source: state, since when and why, last read, next read, entries, last change, latency."""
    from feeder import notify  # noqa: PLC0415 -- slow to import
    from feeder.status import all_statuses  # noqa: PLC0415

    with sentences():
        settings = settings_of(ctx, config)
        with _store(settings) as store:
            receivers = [one for one in notify.standing(store) if one.failures or one.dropped]
            statuses = [one for one in all_statuses(store, settings) if name in {None, one.name}]
            trouble = store.get("configuration_error")
        if name and not statuses:
            raise ConfigError(f"there is no source {name!r}")
    if json:
        print_json([asdict(one) for one in statuses])
    else:
        _show(statuses, receivers)
    if trouble:
        said = f"The configuration could not be read again; the old one is in force:\n{trouble}"
        typer.echo(said, err=json)
        raise typer.Exit(SOME_FAILED)


def _show(statuses: Sequence[Status], receivers: Sequence[Target]) -> None:
    moment = now()
    rows = []
    for one in statuses:
        read = f"{ago(one.last_read, moment)}{f', {one.last_outcome}' if one.last_outcome else ''}"
        following = ago(one.next_read, moment) if one.next_read else "when asked"
        since, changed = ago(one.since, moment) if one.since else "–", ago(one.last_change, moment)
        late = _late(one.latency)
        rows.append((one.name, one.state, since, read, following, str(one.entries), changed, late, one.reason))
    print_table(_COLUMNS, rows)
    for receiver in receivers:
        say(_unwell(receiver, moment))


def _late(latency: Latency) -> str:
    """Medians: how late updates are found, and when the feed and the pings were out after that."""
    found = f"{latency.found[0]:.0f} s" if latency.found else ""
    published = f"feed +{latency.published[0]:.2g} s" if latency.published else ""
    told = f"told +{latency.told[0]:.2g} s" if latency.told else ""
    return ", ".join(filter(None, (found, published, told))) or "–"


def _unwell(receiver: Target, moment: datetime) -> str:
    """A hub or a webhook that does not take what it is told, or once did not."""
    how = f"fails: {receiver.error}" if receiver.failures else "works"
    following = ago(receiver.next_try, moment) if receiver.next_try > moment else "due"
    waiting = f"; {receiver.waiting} wait, the next try is {following}" if receiver.waiting else ""
    given_up = f"; {receiver.dropped} messages were given up" if receiver.dropped else ""
    return f"Push to {receiver.target} {how}{waiting}{given_up}"


def _in_words(value: Any) -> Any:
    """Durations as the file has them."""
    if isinstance(value, dict):
        return {key: _in_words(part) for key, part in value.items()}
    return duration_text(value) if isinstance(value, timedelta) else value


def _edited(file: Path, change: Callable[[str], str]) -> Settings:
    """The file is changed, and a running daemon is told to read it again."""
    edit(file, change)
    settings = load(file)
    if pid := running(settings):
        os.kill(pid, signal.SIGHUP)
    return settings


def _names(settings: Settings) -> set[str]:
    return {source.name for source in settings.source} | {bundle.name for bundle in settings.bundle}


def _store(settings: Settings) -> Store:
    from feeder.store import Store  # noqa: PLC0415 -- slow to import

    return Store.open(settings.store)


def _followed(settings: Settings, name: str) -> bool:
    with _store(settings) as store:
        return store.source(name) is not None


def _retire(settings: Settings, name: str, *, purge: bool) -> None:
    from feeder import press, publish  # noqa: PLC0415 -- slow to import

    with _store(settings) as store:
        store.retire(name, now(), purge=purge)
        if purge:
            publish.unpublish(name, settings.output)
        press.publish_lists(store, settings)


def _publish_renamed(settings: Settings, old: str, new: str) -> None:
    """The feed stands at its new address; the old files go, so that what serves them says 301."""
    from feeder import press, publish  # noqa: PLC0415 -- slow to import

    with _store(settings) as store:
        found = store.source(new)
        assert found is not None
        press.publish_source(*found, store, settings)
        publish.unpublish(old, settings.output)
        press.publish_lists(store, settings)
