"""`python -m bench [NAME…]`: the tables of all modules of this package, or of those named."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from bench.measure import Row


def main(names: list[str]) -> int:
    """1 where a bound was not held."""
    found = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    unknown = set(names) - set(found)
    if unknown:
        print(f"no such table: {', '.join(sorted(unknown))}; there are: {', '.join(found)}", file=sys.stderr)
        return 2
    missed = 0
    for name in names or found:
        module = importlib.import_module(f"bench.{name}")
        if hasattr(module, "rows"):
            rows: list[Row] = module.rows()
            show(name, (module.__doc__ or "").partition("\n")[0], rows)
            missed += sum(row.held is False for row in rows)
    return 1 if missed else 0


def show(name: str, title: str, rows: list[Row]) -> None:
    table = Table(title=f"{name}: {title}", title_justify="left")
    for column, justify in (("what", "left"), ("measured", "right"), ("to reach", "right"), ("", "left"), ("", "left")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        bound = "" if row.bound is None else f"{'≥' if row.least else '≤'} {row.bound:,g} {row.unit}"
        held = {None: "", True: "held", False: "MISSED"}[row.held]
        table.add_row(row.what, f"{row.value:,.2f} {row.unit}", bound, held, row.note)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
