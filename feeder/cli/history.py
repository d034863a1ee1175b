"""history, check: what was, and whether all is sound."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Commands of this room."""
