"""What holds for all of the code: sizes, and that there is one way out to the network."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2] / "feeder"
MODULES = sorted(TOP.rglob("*.py"))
MOST_LINES = 350
MOST_OF_A_FUNCTION = 40

# What opens connections. All of it is behind the guard of feeder/read, but for these two who never
# leave this machine.
WAYS_OUT = {
    "aiohttp", "ftplib", "http.client", "httpcore", "httpx", "requests", "smtplib", "socket", "telnetlib",
    "urllib.request", "urllib3", "xmlrpc",
}  # fmt: skip
ALLOWED = {
    "cli/local.py": {"http"},  # asks our own daemon, at the address that it listens at
    "runtime/http_server.py": {"socket"},  # it listens, and opens nothing
    "runtime/systemd.py": {"socket"},  # a UNIX socket
}

parametrized = pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(TOP)))


def imported(tree: ast.AST) -> set[str]:
    """Modules imported when it runs; what stands under TYPE_CHECKING is left out."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def without_type_checking(tree: ast.Module) -> ast.Module:
    class Without(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | None:
            return (
                None
                if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
                else node
            )

    return Without().visit(tree)  # type: ignore[no-any-return]


@parametrized
def test_no_module_is_longer_than_a_reader_s_patience(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@parametrized
def test_no_function_is_longer_than_a_screen(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {name: length for name, length in lengths.items() if length > MOST_OF_A_FUNCTION} == {}


@parametrized
def test_nothing_goes_out_but_by_the_guarded_way(file: Path) -> None:
    place = str(file.relative_to(TOP))
    if place.startswith("read/"):
        return
    tree = without_type_checking(ast.parse(file.read_text(encoding="utf-8")))
    out = {
        name
        for name in imported(tree)
        if any(name == way or name.startswith(f"{way}.") for way in WAYS_OUT)
    }
    assert {name.split(".")[0] for name in out} - ALLOWED.get(place, set()) == set()


@parametrized
def test_no_other_program_is_run_but_ourselves(file: Path) -> None:
    """os.system, shells and eval have no place here."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = {ast.unparse(call.func) for call in calls}
    shells = {
        ast.unparse(call.func)
        for call in calls
        if any(word.arg == "shell" for word in call.keywords)
    }
    assert names & {"eval", "exec", "os.system", "os.popen", "yaml.load", "__import__"} == set()
    assert shells == set()
