"""The first tables, of which new stores hold a later form: `migrate` makes those from the schema.

Stores that were written when this was the newest version begin here.
"""

from __future__ import annotations

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Changes nothing: no store has had less than these tables."""
