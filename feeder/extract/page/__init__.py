"""The page as a whole: its charset, its kind, its life, the days it names, and why it may not be the page."""
