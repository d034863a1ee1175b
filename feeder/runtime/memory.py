"""The memory of the process."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Returns to the system what the C library holds of freed memory; only glibc keeps it.

    A burst of pages would otherwise stay in memory for good, about a sixth of the daemon.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
