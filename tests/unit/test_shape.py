"""How the shape of the code is measured."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).parents[2] / "tools" / "shape.py"
CODE = '''
"""The first docstring."""

LIMIT = 3  # not counted


def choose(values):
    """Of the values, those that count."""
    if values and LIMIT:
        return [one for one in values if one > f"{LIMIT}"]
    for one in values:
        pass
    else:
        return None


class Box:
    def shut(self):
        pass
'''


def load() -> Any:
    spec = importlib.util.spec_from_file_location("shape", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["shape"] = module
    spec.loader.exec_module(module)
    return module


def test_tokens_lines_and_complexity_are_counted_as_the_script_says(tmp_path: Path) -> None:
    shape = load()
    (tmp_path / "code.py").write_text(CODE, encoding="utf-8")
    module = shape.measure_module(tmp_path / "code.py")
    choose, shut = module.functions
    assert (module.lines, module.classes) == (11, ("Box",))
    assert (choose.complexity, shut.complexity) == (7, 1)
    assert (choose.length, choose.tokens, shut.tokens) == (8, 33, 7)
    assert module.tokens == 3 + choose.tokens + 3 + shut.tokens
    assert len(module.empty_docstrings) == 1


def test_an_f_string_is_one_token_in_every_python() -> None:
    shape = load()
    assert len(shape._read_tokens("x = f\"a {b + f'{c}'} d\"\n", [])) == 3


def test_a_limit_that_is_broken_is_told_with_its_place(tmp_path: Path) -> None:
    shape = load()
    many = "\n".join(f"    if value == {n}:\n        return {n}" for n in range(11))
    (tmp_path / "code.py").write_text(f"def choose(value):\n{many}\n", encoding="utf-8")
    module = shape.measure_module(tmp_path / "code.py")
    found = shape.find_faults("room", [module]).by_limit
    (told,) = found["over complexity 10"]
    assert told.endswith("code.py:1 choose (12)")
    assert shape.find_names_used_twice([module, module]) == [
        f"module code: {module.place}, {module.place}"
    ]
