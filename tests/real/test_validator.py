"""The W3C's feed validator, where a checkout of it is given: nothing but what the pages themselves state.

`FEEDVALIDATOR_SRC` names the `src` folder of github.com/w3c/feedvalidator; it needs html5lib and
rdflib.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from making_feeds import BASE, feed
from test_readers import write_large, write_nasty

from feeder.publish import publish_index

TOOL = Path(__file__).parents[2].parent / "shared" / "tools" / "validate_feed.py"
# RFC 6721's name space; equal times and unlikely ones, where the page states them.
EXCEPTIONS = "UnknownNamespace,DuplicateUpdated,ImplausibleDate"

pytestmark = pytest.mark.skipif(
    not (TOOL.is_file() and os.environ.get("FEEDVALIDATOR_SRC")),
    reason="no checkout of the validator is given",
)


def test_nothing_is_found_in_any_document(tmp_path: Path) -> None:
    pytest.importorskip("html5lib")
    made = write_nasty(tmp_path)
    write_large(tmp_path)
    publish_index(
        [made, feed(name="everything", title="Salt & <sea>, AT&T </b> &amp;", link="")], tmp_path
    )
    names = [
        str(path.relative_to(tmp_path))
        for form in ("atom", "rss", "opml")
        for path in tmp_path.rglob(f"*.{form}")
    ]
    assert len(names) > 15
    for name in names:
        command = [
            sys.executable,
            str(TOOL),
            "--ignore",
            EXCEPTIONS,
            "--self",
            BASE + name,
            str(tmp_path / name),
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{name}\n{run.stdout}{run.stderr}"
        assert "errors=0 warnings=0" in run.stdout
