"""Makes docs/reliability.md: what can go wrong, what is promised then, and the tests that look.

The rows are in tests/faults/rows.toml; a test says which of them it looks at with
`@pytest.mark.row("3", "4")`.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "reliability.md"
ROWS = ROOT / "tests" / "faults" / "rows.toml"
HEAD = """\
# What happens when something fails

Each row is a fault, what feeder promises then, and the tests that cause the fault and look at what
a subscriber sees. `make test` runs all of them. `make torture` fails or kills at every single call
and a thousand times at random, `make soak` runs for an hour, `make fuzz` looks for what nobody
foresaw.

This file is made by `make reliability`.
"""
Tests = dict[str, list[tuple[str, str]]]


def read_tables() -> list[dict[str, object]]:
    """Returns the tables: title, text, and rows of number, fault and promise."""
    tables: list[dict[str, object]] = tomllib.loads(ROWS.read_text("utf-8"))["table"]
    return tables


def find_tests() -> Tests:
    """Returns file and name of the tests of each row, in the order of their files."""
    found: Tests = defaultdict(list)
    for file in sorted(ROOT.glob("tests/**/test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for row in _rows_of(node):
                    found[row].append((file.relative_to(ROOT).as_posix(), node.name))
    return found


def _rows_of(test: ast.FunctionDef) -> list[str]:
    marks = [one for one in test.decorator_list if isinstance(one, ast.Call)]
    mine = [one for one in marks if ast.unparse(one.func) == "pytest.mark.row"]
    return [ast.literal_eval(argument) for mark in mine for argument in mark.args]


def render() -> str:
    """Returns the document."""
    tests, parts = find_tests(), [HEAD]
    for table in read_tables():
        parts.append(f"\n## {table['title']}\n\n{table['text']}\n")
        parts.append("\n| | fault | promise | tests |\n|---|---|---|---|\n")
        for number, fault, promise in table["rows"]:  # type: ignore[attr-defined]
            links = "<br>".join(_link(*test) for test in tests[number])
            parts.append(f"| {number} | {fault} | {promise} | {links} |\n")
    return "".join(parts)


def _link(file: str, name: str) -> str:
    words = re.sub(r"^test_(rows?_\w*?\d+b?(_(to|and)_\d+)?_)?", "", name).replace("_", " ")
    return f"[{words}](../{file})"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), "utf-8")
