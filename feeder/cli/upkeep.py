"""check, backup, secret: looking after an installation."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feeder.cli.common import (
    SOME_FAILED,
    ConfigOption,
    JsonOption,
    count,
    followed,
    now,
    outline_of,
    print_json,
    progress,
    run_async,
    say,
    sentences,
    settings_of,
)
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.config import Settings
    from feeder.operations.check_settings import Problem
    from feeder.store import Store


def register(app: typer.Typer) -> None:
    app.command()(check)
    app.command()(backup)
    app.command()(secret)


OnlineOption = Annotated[
    bool, typer.Option("--online", help="Read the pages too; nothing is stored.")
]
MendOption = Annotated[
    bool, typer.Option("--mend", help="Write all published files again from the store.")
]
CopyArgument = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="Where the copy goes; an existing file is replaced."),
]
FeedArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The feed of a source, a bundle or a digest.")
]
RevokeOption = Annotated[
    bool, typer.Option("--revoke", help="Make the feed's secret addresses stop working.")
]

WebhooksOption = Annotated[
    bool, typer.Option("--webhooks", help="Print the secret that webhooks are signed with.")
]


def check(
    ctx: typer.Context,
    online: OnlineOption = False,
    mend: MendOption = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Check the configuration, the store and the published files."""
    with sentences():
        settings = settings_of(ctx, config)
        if mend:
            _publish_again(settings)
        problems = _find_problems(settings, online=online)
    if json:
        print_json([asdict(problem) for problem in problems])
    else:
        _print_problems(problems)
    if any(problem.wrong for problem in problems):
        raise typer.Exit(SOME_FAILED)


def _print_problems(problems: Sequence[Problem]) -> None:
    for problem in problems:
        say(f"{'error' if problem.wrong else 'warning'}: {problem.where}: {problem.text}")
    wrong = sum(problem.wrong for problem in problems)
    if problems:
        say(f"{count(wrong, 'error')}, {count(len(problems) - wrong, 'warning')}")
    else:
        say("No problems were found")


def _publish_again(settings: Settings) -> None:
    from feeder.publish.publisher import Publisher  # noqa: PLC0415 -- slow to import

    with followed(settings) as store:
        Publisher(settings, store).publish_missing(now(), whole=True)


def _find_problems(settings: Settings, *, online: bool) -> list[Problem]:
    from feeder.operations.check import check_here  # noqa: PLC0415 -- slow to import

    with followed(settings) as store:
        total = len(store.names())
        with progress("Checking", total) as step:
            problems = list(check_here(store, settings, step))
        if online:
            problems += run_async(_check_pages(settings, store, total))
    return problems


async def _check_pages(settings: Settings, store: Store, total: int) -> list[Problem]:
    from feeder.operations.check import check_online  # noqa: PLC0415 -- slow to import
    from feeder.operations.oneshot import extract_here  # noqa: PLC0415
    from feeder.pipeline.turn import Works  # noqa: PLC0415
    from feeder.publish.publisher import Publisher  # noqa: PLC0415
    from feeder.read.fetcher import Fetcher  # noqa: PLC0415

    async with Fetcher(settings.fetch, store.hosts) as fetcher:
        works = Works(settings, store, fetcher, extract_here, Publisher(settings, store))
        with progress("Reading", total) as step:
            return await check_online(works, now(), step)


def backup(ctx: typer.Context, file: CopyArgument, config: ConfigOption = None) -> None:
    """Make a consistent copy of the store, even while it is in use."""
    with sentences():
        from feeder.store import Store  # noqa: PLC0415 -- slow to import

        with Store.open(outline_of(ctx, config).store) as store:
            store.backup(file)
    say(f"The store was copied to {file}")


def secret(
    ctx: typer.Context,
    name: FeedArgument = "",
    revoke: RevokeOption = False,
    webhooks: WebhooksOption = False,
    config: ConfigOption = None,
) -> None:
    """Print a feed's secret addresses, or the webhooks' secret.

    The addresses are for readers that cannot send a token.
    """
    with sentences():
        from feeder.notify.notifier import signing_key  # noqa: PLC0415 -- slow to import
        from feeder.web import secret as secrets  # noqa: PLC0415

        if bool(name) == webhooks:
            raise ConfigError("say either the NAME of a feed or --webhooks")
        settings = outline_of(ctx, config)
        if name and not (settings.output / f"{name}.atom").is_file():
            raise ConfigError(
                f"there is no feed {name!r} in {settings.output}; `feeder list` shows the sources"
            )
        with followed(settings) as store:
            if webhooks:
                say(signing_key(store))
            elif revoke:
                secrets.revoke(store, name)
                say(f"The secret addresses of {name} no longer work")
                say(f"`feeder secret {name}` makes new ones")
            else:
                _print_addresses(settings, secrets.secret_of(store, name), name)


def _print_addresses(settings: Settings, key: str, name: str) -> None:
    from feeder.publish import compose  # noqa: PLC0415 -- slow to import

    for form in ("atom", "rss", "json"):
        say(f"{compose.feeds_url(settings)}~{key}/{name}.{form}")
