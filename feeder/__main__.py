"""`feeder` and `python -m feeder`."""

from __future__ import annotations


def main() -> None:
    from feeder.cli import app  # noqa: PLC0415 -- tools import this and never run it

    app()


if __name__ == "__main__":
    main()
