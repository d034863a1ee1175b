"""The text of a JSON document → its value."""

from __future__ import annotations

from typing import Any

import msgspec

from feeder.errors import ExtractError
from feeder.extract.page.scripts import parse


def read_json(text: str) -> Any:
    """Return the value of a JSON text, mended where that leaves no doubt; of several lines a list.

    Raises:
        ExtractError: it is no JSON.
    """
    try:
        return msgspec.json.decode(text)
    except RecursionError as error:
        raise ExtractError(f"The document is no valid JSON: {error}") from error
    except msgspec.DecodeError as error:
        document = parse(text)
        if document is not None:
            return document
        lines = [parse(line) for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and None not in lines:
            return lines
        raise ExtractError(f"The document is no valid JSON: {error}") from error
