"""Performance, measured: `make bench` prints a table for each module here that has `rows`."""
