"""Reading a source: over HTTP behind the guard, or from a file."""
