"""Reading a source: over HTTP behind the guard, or from a file."""

import sys

# httpx imports its own command line where it can, and rich with it: half of its time to import.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
