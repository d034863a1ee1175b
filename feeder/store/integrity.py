"""Looks whether the database is whole, and whether its parts agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select, text

from feeder.store.schema import entries, revisions

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MOST = 5  # damages told


def check(connection: Connection) -> list[str]:
    """Returns a sentence for each thing that is wrong."""
    found = []
    if connection.dialect.name == "sqlite":
        said = connection.execute(text(f"PRAGMA quick_check({_MOST})")).scalars().all()
        found += [f"the file is damaged: {line}" for line in said if line != "ok"]
        strays = connection.execute(text("PRAGMA foreign_key_check")).all()
        if strays:
            found.append(f"{len(strays)} rows belong to sources that are not there")
    missing = connection.execute(_WITHOUT_REVISION).scalar()
    if missing:
        found.append(f"{missing} entries have no revision that says what they are")
    return found


_WITHOUT_REVISION = (
    select(func.count())
    .select_from(entries)
    .outerjoin(
        revisions,
        and_(
            revisions.c.source_id == entries.c.source_id,
            revisions.c.number == entries.c.number,
            revisions.c.revision == entries.c.revision,
        ),
    )
    .where(revisions.c.seq.is_(None))
)
