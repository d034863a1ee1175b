"""check, backup, secret: the installation is looked after."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feeder.cli.common import (
    SOME_FAILED,
    ConfigOption,
    JsonOption,
    followed,
    now,
    outline_of,
    print_json,
    progress,
    say,
    sentences,
    settings_of,
)
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from feeder.config import Settings
    from feeder.operations.check import Problem
    from feeder.store import Store


def register(app: typer.Typer) -> None:
    app.command()(check)
    app.command()(backup)
    app.command()(secret)


def check(
    ctx: typer.Context,
    online: Annotated[
        bool, typer.Option("--online", help="Read the pages too; nothing is stored.")
    ] = False,
    mend: Annotated[
        bool, typer.Option("--mend", help="Write all published files again, from the store.")
    ] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Check configuration, store and published files: are they all sound?"""
    with sentences():
        settings = settings_of(ctx, config)
        if mend:
            _publish_again(settings)
        problems = _problems(settings, online=online)
    if json:
        print_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            say(f"{'error' if problem.wrong else 'warning'}: {problem.where}: {problem.text}")
        wrong = sum(problem.wrong for problem in problems)
        say(f"{wrong} errors, {len(problems) - wrong} warnings" if problems else "All is sound")
    if any(problem.wrong for problem in problems):
        raise typer.Exit(SOME_FAILED)


def _publish_again(settings: Settings) -> None:
    from feeder.publish.publisher import Publisher  # noqa: PLC0415 -- slow to import

    with followed(settings) as store:
        Publisher(settings, store).publish_missing(now(), whole=True)


def _problems(settings: Settings, *, online: bool) -> list[Problem]:
    from feeder.operations.check import check_here, check_online  # noqa: PLC0415 -- slow to import
    from feeder.operations.oneshot import extract_here  # noqa: PLC0415
    from feeder.publish.publisher import Publisher  # noqa: PLC0415
    from feeder.read import Fetcher  # noqa: PLC0415
    from feeder.refresh import Works  # noqa: PLC0415

    async def reached(store: Store, total: int) -> list[Problem]:
        async with Fetcher(settings.fetch, store.hosts) as fetcher:
            with progress("Reading", total) as step:
                publisher = Publisher(settings, store)
                works = Works(settings, store, fetcher, extract_here, publisher)
                return await check_online(works, now(), step)

    with followed(settings) as store:
        total = len(store.names())
        with progress("Checking", total) as step:
            problems = list(check_here(store, settings, step))
        return problems + asyncio.run(reached(store, total)) if online else problems


def backup(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Where the copy goes; one that is there is replaced."),
    ],
    config: ConfigOption = None,
) -> None:
    """Make a consistent copy of the store, while a daemon runs."""
    with sentences():
        from feeder.store import Store  # noqa: PLC0415 -- slow to import

        with Store.open(outline_of(ctx, config).store) as store:
            store.backup(file)
    say(f"The store was copied to {file}")


def secret(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The feed of a source, a bundle or a digest.")
    ],
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Its secret addresses shall work no longer.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Print the secret addresses of a feed, for readers that can send no token; they need no other permission."""
    with sentences():
        from feeder.publish import compose  # noqa: PLC0415 -- slow to import
        from feeder.web import secret as secrets  # noqa: PLC0415

        settings = outline_of(ctx, config)
        if not (settings.output / f"{name}.atom").is_file():
            raise ConfigError(f"there is no feed {name!r} in {settings.output}")
        with followed(settings) as store:
            if revoke:
                secrets.revoke(store, name)
                say(
                    f"The secret addresses of {name} work no longer; `feeder secret {name}` makes others"
                )
                return
            own = f"{compose.feeds_url(settings)}~{secrets.secret_of(store, name)}/{name}"
    for form in ("atom", "rss", "json"):
        say(f"{own}.{form}")
