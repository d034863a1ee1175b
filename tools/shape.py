"""Measure the shape of the code: `python tools/shape.py [--gate] [ROOM or FILE ...]`.

Prints one row of figures for each room of feeder/, and what breaks a limit. With `--gate` it exits
with 1 where a limit is broken.

How it counts:

- A *line* is one that holds code: not blank, not only a comment, not part of a docstring.
- A *token* is a token of `tokenize`, without comments, line breaks, indentation and docstrings. An
  f-string is one token, as it was before Python 3.12.
- A function's tokens run from its `def` to its end, nested functions included.
- Its *complexity* is one more than its decisions: each `if`, `elif`, `for`, `while`, `except`,
  `case`, conditional expression, `and`/`or`, comprehension and condition in one, and the `else` of
  a loop. This is radon's count; ruff's C901 sees statements alone and is never higher.
- A function's *length* and a module's are all of their lines, comments and docstrings too.
"""

from __future__ import annotations

import argparse
import ast
import io
import statistics
import sys
import tokenize
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TOP = Path(__file__).parents[1] / "feeder"

MOST_COMPLEX = 10
MOST_TOKENS = 150  # of nine functions in ten
TOKENS_A_LINE = 10.2
MODULE_LINES = 350
FUNCTION_LINES = 40
COLUMNS = 100
ROOT_FILES = 6

# Functions over the limit of complexity, and why they stay whole: "room/module.py:function".
COMPLEX_FOR_A_REASON: dict[str, str] = {}

# Module names that may stand in several rooms: each room has its own front door.
SAME_BY_CONVENTION = {"__init__"}

EMPTY_BEGINNINGS = ("Of ", "As ", "The same ")

_NOT_COUNTED = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}
_DECISIONS = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.ExceptHandler,
    ast.match_case,
    ast.IfExp,
    ast.comprehension,
)
_FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Function:
    place: str  # "room/module.py:name"
    line: int
    length: int
    tokens: int
    complexity: int


@dataclass(frozen=True)
class Module:
    place: str  # "room/module.py"
    length: int
    lines: int
    tokens: int
    functions: tuple[Function, ...]
    classes: tuple[str, ...]
    empty_docstrings: tuple[str, ...]  # "room/module.py:line"
    wide_lines: tuple[str, ...]  # "room/module.py:line"


@dataclass
class Findings:
    """What breaks a limit, by the limit's name, each with its place."""

    by_limit: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, limit: str, places: list[str]) -> None:
        self.by_limit[limit] += places


def measure_module(file: Path) -> Module:
    """Counts one file. Its place is told from the folder feeder/, or else by its whole name."""
    source = file.read_text(encoding="utf-8")
    tree = ast.parse(source)
    place = str(file.relative_to(TOP)) if file.is_relative_to(TOP) else str(file)
    docstrings = _find_docstrings(tree)
    lines = _count_tokens_by_line(source, docstrings)
    nodes = [node for node in ast.walk(tree) if isinstance(node, _FunctionNode)]
    all_lines = source.splitlines()
    return Module(
        place=place,
        length=len(all_lines),
        lines=len(_code_lines(source, docstrings)),
        tokens=sum(lines.values()),
        functions=tuple(_measure_function(node, place, lines) for node in nodes),
        classes=tuple(node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)),
        empty_docstrings=tuple(
            f"{place}:{node.lineno}"
            for node in docstrings
            if str(node.value).startswith(EMPTY_BEGINNINGS)
        ),
        wide_lines=tuple(
            f"{place}:{number}" for number, line in enumerate(all_lines, 1) if len(line) > COLUMNS
        ),
    )


def _find_docstrings(tree: ast.Module) -> list[ast.Constant]:
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | _FunctionNode) or not node.body:
            continue
        first = node.body[0]
        if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
            continue
        if isinstance(first.value.value, str):
            found.append(first.value)
    return found


def _read_tokens(source: str, docstrings: list[ast.Constant]) -> list[tokenize.TokenInfo]:
    starts = {(node.lineno, node.col_offset) for node in docstrings}
    tokens = _join_fstrings(tokenize.generate_tokens(io.StringIO(source).readline))
    return [one for one in tokens if one.type not in _NOT_COUNTED and one.start not in starts]


def _join_fstrings(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[tokenize.TokenInfo]:
    """Each f-string as one token, whatever the version of Python splits it into."""
    depth = 0
    start = (0, 0)
    for token in tokens:
        kind = tokenize.tok_name[token.type]
        if kind in {"FSTRING_START", "TSTRING_START"}:
            start = start if depth else token.start
            depth += 1
        elif kind in {"FSTRING_END", "TSTRING_END"}:
            depth -= 1
            if not depth:
                yield token._replace(type=tokenize.STRING, start=start)
        elif not depth:
            yield token


def _count_tokens_by_line(source: str, docstrings: list[ast.Constant]) -> Counter[int]:
    return Counter(one.start[0] for one in _read_tokens(source, docstrings))


def _code_lines(source: str, docstrings: list[ast.Constant]) -> set[int]:
    """The numbers of the lines that hold a token, or a part of one that runs over several."""
    lines: set[int] = set()
    for token in _read_tokens(source, docstrings):
        lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def _measure_function(node: _FunctionNode, place: str, tokens: Counter[int]) -> Function:
    end = node.end_lineno or node.lineno
    return Function(
        place=f"{place}:{node.name}",
        line=node.lineno,
        length=end - node.lineno + 1,
        tokens=sum(tokens[line] for line in range(node.lineno, end + 1)),
        complexity=1 + sum(_count_decisions(child) for child in ast.walk(node)),
    )


def _count_decisions(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    if isinstance(node, ast.For | ast.AsyncFor | ast.While):
        return 1 + bool(node.orelse)
    return int(isinstance(node, _DECISIONS))


def room_of(place: str) -> str:
    """The first folder of a place, or "(root)"."""
    first, slash, _ = place.partition("/")
    return first if slash else "(root)"


def find_names_used_twice(modules: list[Module]) -> list[str]:
    """Class and module names that stand in more than one place of feeder/."""
    classes: dict[str, list[str]] = defaultdict(list)
    files: dict[str, list[str]] = defaultdict(list)
    for module in modules:
        stem = Path(module.place).stem
        if stem not in SAME_BY_CONVENTION:
            files[stem].append(module.place)
        for name in module.classes:
            classes[name].append(module.place)
    twice = [("class", *item) for item in classes.items()]
    twice += [("module", *item) for item in files.items()]
    return [
        f"{kind} {name}: {', '.join(sorted(places))}"
        for kind, name, places in sorted(twice)
        if len(places) > 1
    ]


def find_faults(room: str, modules: list[Module]) -> Findings:
    """What breaks a limit in one room; names used twice are a matter of all rooms together."""
    faults = Findings()
    functions = [function for module in modules for function in module.functions]
    faults.add(f"over complexity {MOST_COMPLEX}", _find_complex(functions))
    long = [one for one in functions if one.length > FUNCTION_LINES]
    faults.add(f"functions over {FUNCTION_LINES} lines", [_told(one, one.length) for one in long])
    many = [one for one in modules if one.length > MODULE_LINES]
    faults.add(
        f"modules over {MODULE_LINES} lines", [f"{one.place} ({one.length})" for one in many]
    )
    for module in modules:
        faults.add('docstrings that begin with "Of", "As", "The same"', [*module.empty_docstrings])
        faults.add(f"lines over {COLUMNS} columns", [*module.wide_lines])
    big = [one for one in functions if one.tokens > MOST_TOKENS]
    if len(big) * 10 > len(functions):
        places = [_told(one, one.tokens) for one in sorted(big, key=lambda one: -one.tokens)]
        faults.add(f"more than a tenth of the functions over {MOST_TOKENS} tokens", places)
    density = _density(modules)
    if density >= TOKENS_A_LINE:
        faults.add(f"{TOKENS_A_LINE} tokens a line or more", [f"{room}: {density:.2f}"])
    if room == "(root)" and len(modules) > ROOT_FILES:
        faults.add(f"more than {ROOT_FILES} files at the root", [one.place for one in modules])
    return faults


def _find_complex(functions: list[Function]) -> list[str]:
    over = [one for one in functions if one.complexity > MOST_COMPLEX]
    return [_told(one, one.complexity) for one in over if one.place not in COMPLEX_FOR_A_REASON]


def _told(function: Function, figure: int) -> str:
    place, _, name = function.place.rpartition(":")
    return f"{place}:{function.line} {name} ({figure})"


def _density(modules: list[Module]) -> float:
    return sum(one.tokens for one in modules) / max(1, sum(one.lines for one in modules))


HEADER = [
    "room",
    "files",
    "lines",
    "code",
    "fns",
    "median",
    "p90",
    ">150",
    "cx>10",
    "tok/line",
    "mod>350",
    "fn>40",
    "doc",
    "wide",
]


def describe(room: str, modules: list[Module]) -> list[str]:
    """One row of the table."""
    functions = [function for module in modules for function in module.functions]
    tokens = sorted(function.tokens for function in functions) or [0]
    big = sum(count > MOST_TOKENS for count in tokens)
    return [
        room,
        str(len(modules)),
        str(sum(one.length for one in modules)),
        str(sum(one.lines for one in modules)),
        str(len(functions)),
        f"{statistics.median(tokens):.0f}",
        str(tokens[int(len(tokens) * 0.9)]),
        f"{100 * big / len(tokens):.1f}%",
        str(sum(one.complexity > MOST_COMPLEX for one in functions)),
        f"{_density(modules):.2f}",
        str(sum(one.length > MODULE_LINES for one in modules)),
        str(sum(one.length > FUNCTION_LINES for one in functions)),
        str(sum(len(one.empty_docstrings) for one in modules)),
        str(sum(len(one.wide_lines) for one in modules)),
    ]


def print_table(rows: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        first = row[0].ljust(widths[0])
        print(first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)))


def print_faults(faults: Findings) -> None:
    for limit, places in faults.by_limit.items():
        if places:
            print(f"\n{limit}: {len(places)}")
            print("\n".join(f"  {place}" for place in places))


def _chosen(modules: list[Module], wanted: list[Path]) -> list[Module]:
    """The modules in the folders and files that were named; all of them where none was."""
    if not wanted:
        return modules
    names = [path.resolve() for path in wanted]
    return [one for one in modules if any((TOP / one.place).is_relative_to(n) for n in names)]


def _choose_names(lines: list[str], held: set[str]) -> list[str]:
    """The names of which at least one stands in these modules."""
    return [line for line in lines if held.intersection(line.partition(": ")[2].split(", "))]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gate", action="store_true", help="exit with 1 where a limit is broken")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="folders of feeder/")
    options = parser.parse_args()
    everything = [measure_module(file) for file in sorted(TOP.rglob("*.py"))]
    modules = _chosen(everything, options.paths)
    rooms: dict[str, list[Module]] = defaultdict(list)
    for module in modules:
        rooms[room_of(module.place)].append(module)
    rows = [describe(room, rooms[room]) for room in sorted(rooms)]
    print_table([HEADER, *rows, describe("all", modules)])
    held = {module.place for module in modules}
    faults = Findings()
    faults.add("names used twice", _choose_names(find_names_used_twice(everything), held))
    for room in sorted({room_of(place) for place in held}):
        for limit, places in find_faults(room, rooms[room]).by_limit.items():
            faults.add(limit, places)
    print_faults(faults)
    broken = any(faults.by_limit.values())
    return int(options.gate and broken)


if __name__ == "__main__":
    sys.exit(main())
