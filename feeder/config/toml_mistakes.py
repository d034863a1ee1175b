"""Tells what TOML does not allow in a file, in words that say what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BACKSLASH = "in \"…\" a backslash is written twice; in '…' it stands for itself"
# How the parser's words begin, and what they mean to whoever wrote the file.
_MEANT = {
    "Cannot overwrite a value": "the key stands twice; delete one of them",
    "Cannot declare": "the table stands twice; make one of both",
    "Invalid statement": "this is neither KEY = VALUE nor a [table]",
    "Invalid value": 'a value is missing or not one; text stands in quotes, as in name = "harbour"',
    "Unterminated string": "a text has no quote at its end",
    "Unescaped": _BACKSLASH,
    "Invalid hex value": _BACKSLASH,
    "Unclosed array": "a list has no ] at its end",
    "Expected '='": "a key is followed by = and its value",
    "Expected ']": "the name of a table has no ] at its end",
    "Expected newline": "something stands behind the value; each key has a line of its own",
    "Illegal character": "a text goes over the end of its line, or has a control character",
}
_MERGE = re.compile(r"(<{7}|={7}|>{7})(\s|$)")
_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")


def not_toml(file: Path, text: str, error: Exception) -> str:
    """Returns the sentence for a file that TOML's grammar does not allow, with its line."""
    lines = text.splitlines() or [""]
    said = str(error).replace("(at end of document)", f"(at line {len(lines)}, column 1)")
    place = _PLACE.search(said)
    if not place:
        return f"{file}: is not TOML: {said}"
    number = int(place[1])
    line = lines[min(number, len(lines)) - 1]
    return f"{file}:{number}: is not TOML: {_meant(said[: place.start()], line)}"


def _meant(said: str, line: str) -> str:
    if _MERGE.match(line):
        return "a merge was left half done; keep one version, and delete the lines of <, = and >"
    if re.search(r"=\s*[“”„‘’]", line):
        return 'quotes must be straight, as in name = "harbour"'
    return next((meant for words, meant in _MEANT.items() if said.startswith(words)), said)
