"""Document → Snapshot: what a page shows at one moment."""
