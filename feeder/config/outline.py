"""A large file without its sources: 100,000 of them take ten seconds to read, and at most starts none has changed."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from feeder.config import Settings, parse
from feeder.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

LARGE = 256 << 10  # bytes, about 3,000 sources: a tenth of a second

_HEADER = re.compile(rb"[ \t]*\[\[?[ \t]*([\w.\"'-]+)[ \t]*\]\]?[ \t]*(#.*)?\r?$")
_OF_SOURCES = re.compile(rb"source(\.|$)")


def outline(file: Path) -> Settings | None:
    """The settings of a large file as if it had no [[source]]; the fingerprint is the whole file's.

    None where the file is not large, or its tables cannot be told apart line by line: then `load`
    says what is wrong, if anything is. The sources are not checked: whoever takes this must know
    the fingerprint of a file that was.
    """
    try:
        data = file.read_bytes()
        if len(data) < LARGE or b'"""' in data or b"'''" in data:
            return None
        settings = parse(b"\n".join(_without_sources(data)), file)
    except (OSError, ConfigError):
        return None
    if settings.bundle:  # they name sources
        return None
    return settings.model_copy(update={"fingerprint": hashlib.sha256(data).hexdigest()})


def _without_sources(data: bytes) -> list[bytes]:
    kept, skipping = [], False
    for line in data.split(b"\n"):
        if b"[" in line and (header := _HEADER.match(line)):
            skipping = _OF_SOURCES.match(header[1]) is not None
        if not skipping:
            kept.append(line)
    return kept
