"""When a source is read next, and its state in words. Pure."""
