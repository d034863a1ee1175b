"""Documents that are no HTML, each of another layout: changelogs, logs, messages, the JSON of APIs.

Beside each file stands what is in it: how many updates, and of the first and the last the time, a
part of the title and a part of the text. Files that begin with "neg" or "none" hold no updates.
"""

from __future__ import annotations

import json
import mimetypes
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeder.errors import ExtractError
from feeder.extract import extract
from feeder.model import Document, Rules, Update

FOLDER = Path(__file__).parent / "layouts"
NOW = datetime(2026, 3, 10, tzinfo=UTC)
GOLD = ".expected.json"
FILES = sorted(path for path in FOLDER.iterdir() if not path.name.endswith(GOLD))


def read(path: Path) -> tuple[Update, ...]:
    type_ = mimetypes.guess_type(path.name)[0]
    document = Document("https://lock.example.org/x", path.read_bytes(), type_)
    try:
        return extract(document, Rules(NOW, timezone="UTC")).updates
    except ExtractError:
        return ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_updates_of_a_layout_are_found(path: Path) -> None:
    gold = json.loads(Path(f"{path}{GOLD}").read_text(encoding="utf-8"))
    updates = read(path)
    assert len(updates) == gold["count"]
    for key, place in (("first", 0), ("last", -1)):
        if key in gold:
            published, title, text = gold[key]
            update = updates[place]
            assert update.published == datetime.fromisoformat(published)
            assert title in update.content.title
            assert text in update.content.text
