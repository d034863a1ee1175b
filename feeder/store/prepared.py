"""Statements that run at every read, handed to the driver as it takes them.

SQLAlchemy writes each of them once, for either database. To run a small one its own way takes ten
times as long as the search that it asks for, and a changed refresh runs twenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import ClauseElement, Connection, Dialect
    from sqlalchemy.types import TypeEngine

    Convert = Callable[[Any], Any]


class Prepared:
    """One statement, whose parameters are given by name. What it selects comes as plain tuples."""

    def __init__(self, statement: ClauseElement, columns: Sequence[str] | None = None) -> None:
        """`columns`: those that an INSERT without values of its own is given."""
        self._statement = statement
        self._columns = columns
        self._written: dict[str, _Written] = {}

    def rows(self, connection: Connection, **values: Any) -> list[Any]:
        written = self._for(connection.dialect)
        found = _cursor(connection).execute(written.text, written.bound(values)).fetchall()
        return written.converted(found) if written.results else found

    def scalar(self, connection: Connection, **values: Any) -> Any:
        """The first column of the first row; None where there is no row."""
        found = self.rows(connection, **values)
        return found[0][0] if found else None

    def column(self, connection: Connection, **values: Any) -> list[Any]:
        return [row[0] for row in self.rows(connection, **values)]

    def run(self, connection: Connection, **values: Any) -> int:
        """How many rows it has changed."""
        written = self._for(connection.dialect)
        return int(_cursor(connection).execute(written.text, written.bound(values)).rowcount)

    def run_each(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Once with each of `rows`."""
        if len(rows) == 1:
            self.run(connection, **rows[0])
        elif rows:
            written = self._for(connection.dialect)
            _cursor(connection).executemany(written.text, [written.bound(row) for row in rows])

    def _for(self, dialect: Dialect) -> _Written:
        written = self._written.get(dialect.name)
        if written is None:
            written = self._written[dialect.name] = _write(self._statement, self._columns, dialect)
        return written


@dataclass(frozen=True, slots=True)
class _Written:
    """A statement in the words of one database, and how values go in and come out."""

    text: str
    positions: tuple[str, ...] | None  # the parameters in their order; None: they go by name
    constants: Mapping[str, Any]
    binds: Mapping[str, Convert]
    results: tuple[tuple[int, Convert], ...]  # the columns that are not as the driver gives them

    def bound(self, values: Mapping[str, Any]) -> Any:
        whole = {**self.constants, **values}
        for name, convert in self.binds.items():
            whole[name] = convert(whole[name])
        return whole if self.positions is None else [whole[name] for name in self.positions]

    def converted(self, rows: Iterable[tuple[Any, ...]]) -> list[Any]:
        found = []
        for row in rows:
            values = list(row)
            for place, convert in self.results:
                values[place] = convert(values[place])
            found.append(values)
        return found


def _write(statement: ClauseElement, columns: Sequence[str] | None, dialect: Dialect) -> _Written:
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    bound = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect)
        for name, bind in compiled.binds.items()
    }
    selected: list[TypeEngine[Any]] = []
    if isinstance(statement, Select):
        selected = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
    results = ((place, kind.result_processor(dialect, None)) for place, kind in enumerate(selected))
    return _Written(
        text=str(compiled),
        positions=tuple(compiled.positiontup) if compiled.positional else None,
        constants={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
        binds={name: convert for name, convert in bound.items() if convert},
        results=tuple((place, convert) for place, convert in results if convert),
    )


def _cursor(connection: Connection) -> Any:
    """The driver's own, in the transaction of `connection`."""
    return connection.connection.cursor()
