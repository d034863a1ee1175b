"""What refresh, replay and rebuild share: a page is taken, and what it changes is kept."""
