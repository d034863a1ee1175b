"""Membership in a list of any length, bound as one parameter: `column IN (…)` of a statement that is built once.

SQLAlchemy's own IN writes the statement anew for each length, which takes longer than a search for
200 keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Boolean, ColumnElement, Integer, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Column
    from sqlalchemy.sql.compiler import SQLCompiler


class among(ColumnElement[bool]):  # noqa: N801 -- reads as the operator that it is
    """Whether a column's value is in the list that `listed` made and that is bound to `name`."""

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012 -- as SQLAlchemy has it: what a compiled statement is found by again
        ("column", InternalTraversal.dp_clauseelement),
        ("values", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: Column[Any], name: str) -> None:
        self.type = Boolean()
        self.column = column
        self.values = bindparam(name, type_=Text)

    def self_group(self, against: object = None) -> among:  # noqa: ARG002 -- SQLAlchemy's signature
        """Stands as it is: SQLAlchemy would write `… = 1`, and then no index is used."""
        return self


def listed(values: Iterable[str] | Iterable[int]) -> str:
    return msgspec.json.encode(list(values)).decode()


@compiles(among)
def _in(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (
        compiler.process(part, **options) for part in (element.column, element.values)
    )
    if compiler.dialect.name == "sqlite":
        return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 -- names and placeholders
    kind = "bigint" if isinstance(element.column.type, Integer) else "text"
    return f"{column} IN (SELECT CAST(value AS {kind}) FROM json_array_elements_text(CAST({values} AS json)))"  # noqa: S608
