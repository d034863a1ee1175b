"""`python -m bench [NAME…]`: the tables of all modules of this package, or of those named."""

from __future__ import annotations

import importlib
import json
import pkgutil
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from bench.measure import Row

if TYPE_CHECKING:
    from collections.abc import Iterable

RESULTS = Path("bench-results")


def main(names: list[str]) -> int:
    """1 where a bound was not held."""
    found = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    unknown = set(names) - set(found)
    if unknown:
        print(
            f"no such table: {', '.join(sorted(unknown))}; there are: {', '.join(found)}",
            file=sys.stderr,
        )
        return 2
    missed = 0
    for name in names or found:
        module = importlib.import_module(f"bench.{name}")
        if hasattr(module, "rows"):
            rows = list(module.rows())
            missed += show(name, (module.__doc__ or "").partition("\n")[0], rows)
            keep(name, rows)
    return 1 if missed else 0


def keep(name: str, rows: Iterable[Row | tuple[str, str, str, str]]) -> None:
    """Writes the figures beside the tables, for programs that compare them."""
    RESULTS.mkdir(exist_ok=True)
    texts = ("what", "measured", "note", "bound")
    found = [
        dict(zip(texts, row, strict=True))
        if isinstance(row, tuple)
        else asdict(row) | {"held": row.held}
        for row in rows
    ]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    told = {"table": name, "at": at, "python": platform.python_version(), "rows": found}
    (RESULTS / f"{name}.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def show(name: str, title: str, rows: Iterable[Row | tuple[str, str, str, str]]) -> int:
    """Prints a table and returns how many bounds were missed; a row may also be four texts."""
    table = Table(title=f"{name}: {title}", title_justify="left")
    for column, justify in (
        ("what", "left"),
        ("measured", "right"),
        ("beside it", "left"),
        ("to reach", "right"),
    ):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    missed = 0
    for row in rows:
        table.add_row(*(row if isinstance(row, tuple) else cells(row)))
        missed += isinstance(row, Row) and row.held is False
    Console(width=None if sys.stdout.isatty() else 160).print(table)
    return missed


def cells(row: Row) -> tuple[str, str, str, str]:
    if row.bound is None:
        return row.what, f"{row.value:,.2f} {row.unit}", row.note, ""
    sign, missed = ("≥" if row.least else "≤"), ("" if row.held else " MISSED")
    return (
        row.what,
        f"{row.value:,.2f} {row.unit}{missed}",
        row.note,
        f"{sign} {row.bound:,g} {row.unit}",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
