"""The documents that are made of the code are up to date, and no link of any document leads nowhere."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
MAKING = runpy.run_path(str(ROOT / "tools" / "make_reference.py"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
DOCUMENTS += sorted((ROOT / "docs").glob("*.md"))
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.mark.parametrize("name", ["settings", "options"])
def test_a_reference_is_up_to_date(name: str) -> None:
    text = MAKING[name.upper()].read_text("utf-8")
    assert text == MAKING[f"render_{name}"](), "make reference"


def test_every_key_has_a_sentence_and_every_sentence_a_key() -> None:
    keys = {table: set(MAKING["keys_of"](model)) for table, (_, model) in MAKING["TABLES"].items()}
    assert {table: set(said) for table, said in MAKING["words"]().items()} == keys


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: file.name)
def test_every_link_inside_leads_somewhere(document: Path) -> None:
    assert [link for link in links_of(document) if not leads_somewhere(document, link)] == []


def test_every_page_is_in_the_site() -> None:
    named = set(re.findall(r'"([\w-]+\.md)"', (ROOT / "zensical.toml").read_text("utf-8")))
    assert named == {file.name for file in (ROOT / "docs").glob("*.md")}


def test_the_readme_fits_on_a_few_screens() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) < 120


def links_of(document: Path) -> Iterator[str]:
    """Yields links to files and headings of this repository; code is left out."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", document.read_text("utf-8"), flags=re.DOTALL)
    return (link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link))


def leads_somewhere(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    return target.exists() and (not anchor or anchor in anchors_of(target))


def anchors_of(document: Path) -> set[str]:
    """Returns what headings are called by code hosts and by the site."""
    headings = _HEADING.findall(document.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in headings}
