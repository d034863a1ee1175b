"""What CONTRIBUTING.md says of the code is true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
TEXT = (TOP / "CONTRIBUTING.md").read_text(encoding="utf-8")
PLACES = re.findall(r"^\| (.+) \| `(feeder/[\w/.]+)` \| (?:`(\w+)` )?\|$", TEXT, re.MULTILINE)


def test_thirty_questions_are_answered() -> None:
    assert len(PLACES) >= 30
    assert len({question for question, _, _ in PLACES}) == len(PLACES)


@pytest.mark.parametrize(("question", "file", "name"), PLACES)
def test_the_named_place_is_there(question: str, file: str, name: str) -> None:
    tree = ast.parse((TOP / file).read_text(encoding="utf-8"))
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    assert not name or name in defined, question


def test_every_room_stands_in_the_picture() -> None:
    (picture,) = re.findall(r"## The rooms.*?```(.*?)```", TEXT, re.DOTALL)
    top = [path for path in (TOP / "feeder").iterdir() if (path / "__init__.py").exists()]
    assert {room.name for room in top} - set(re.findall(r"\w+", picture)) == set()


def test_every_target_that_is_named_is_in_the_makefile() -> None:
    targets = re.findall(
        r"^([a-z-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert set(re.findall(r"^make ([a-z-]+)", TEXT, re.MULTILINE)) - set(targets) == set()
