"""A live blog that is played, to see what feeder makes of a page that changes."""
