"""Makes of README.md what a package index shows: away from the repository, links are absolute."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?!\w+:|#)(?P<path>[^)]+)\)")


class IndexReadme(MetadataHookInterface):
    """Called by the build, which takes the readme from it."""

    def update(self, metadata: dict[str, Any]) -> None:
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        home = metadata["urls"]["Homepage"]
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": with_absolute_links(text, home),
        }


def with_absolute_links(text: str, home: str) -> str:
    """Returns the text with links and pictures of the repository under the address of its host."""

    def absolute(found: re.Match[str]) -> str:
        kind = "raw" if found["picture"] else "blob"
        return f"{found['picture']}[{found['text']}]({home}/{kind}/main/{found['path']})"

    return _LINK.sub(absolute, text)
