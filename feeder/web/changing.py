"""Changes of what is followed, as the API and the pages make them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from feeder.config import source_settings
from feeder.errors import DeclaredError
from feeder.operations.rename import publish_renamed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feeder.config import Source
    from feeder.model import SourceState
    from feeder.web.protocols import Served


def found_source(daemon: Served, name: str) -> tuple[Source, SourceState]:
    """Returns a source that is followed. Raises HTTPException: there is none of that name."""
    found = daemon.works.store.source(name)
    if found is None:
        raise unknown(name)
    return found


def unknown(name: str) -> HTTPException:
    """Returns the answer about a source that is not followed."""
    return HTTPException(404, f"No page is followed under the name {name}.")


def adjust_source(daemon: Served, name: str, given: Mapping[str, Any]) -> None:
    """Gives a source these settings; an empty one is the default again, the others stay."""
    source = _own_source(daemon, name)
    before = source.settings.model_dump(exclude_defaults=True)
    kept = {key: value for key, value in before.items() if key not in given}
    new = {key: value for key, value in given.items() if value != ""}
    daemon.works.store.revise(source_settings(kept | new), datetime.now(UTC))
    daemon.works.publisher.publish_lists()


def rename_source(daemon: Served, old: str, new: str) -> None:
    """Renames a source. Ids stay; the old address leads to the new one."""
    _own_source(daemon, old)
    if old != new:
        daemon.works.store.rename(old, new)
        publish_renamed(daemon.works.publisher, old, new)


def unfollow(daemon: Served, name: str) -> None:
    """Stops following a source. Its feed stays as it is."""
    _own_source(daemon, name)
    daemon.works.store.retire(name, datetime.now(UTC))
    daemon.works.publisher.publish_lists()


def _own_source(daemon: Served, name: str) -> Source:
    """Returns a source that may be changed here. Raises DeclaredError: a file declares it."""
    source, _ = found_source(daemon, name)
    if source.origin == "file":
        raise DeclaredError(
            f"{name} stands in a configuration file: change it there; `feeder remove {name}` "
            f"and `feeder rename {name} NEW` edit that file"
        )
    return source
