"""`feeder` and `python -m feeder`."""

from __future__ import annotations

import gc


def main() -> None:
    # Nearly all that an import makes stays: looking for garbage among it would be a fifth of the
    # time that the daemon takes to start.
    gc.set_threshold(50_000, 20, 20)
    from feeder.cli import app  # noqa: PLC0415 -- tools import this and never run it

    app(prog_name="feeder")


if __name__ == "__main__":
    main()
