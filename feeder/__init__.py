"""feeder: turns pages that change into feeds with one item per update."""

__version__ = "0.1.0"
