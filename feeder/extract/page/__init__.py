"""The page as a whole: its charset, kind and life, the days it names, why it may be another."""
