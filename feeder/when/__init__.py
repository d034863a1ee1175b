"""Any time that a page can hold, with its context, as an aware UTC instant.

A page states a time in parts: a clock without a day, a day without a year, "yesterday". So reading
goes in two steps. `machine` and `whole`, `leading`, `trailing` turn text into a `Stamp`, which says
what is stated and what is not; `resolve` completes the stamps of a series together, with what the
page gives as context.
"""

from feeder.when.lexicon import home_zone
from feeder.when.machine import lenient, machine
from feeder.when.printed import FoundStamp, labels, leading, maybe_time, spans, trailing, whole
from feeder.when.resolve import assume, read, resolve, settle
from feeder.when.stamp import Context, Resolved, Stamp
from feeder.when.tokens import normal
from feeder.when.zones import name_zone, named

__all__ = [
    "Context",
    "FoundStamp",
    "Resolved",
    "Stamp",
    "assume",
    "home_zone",
    "labels",
    "leading",
    "lenient",
    "machine",
    "maybe_time",
    "name_zone",
    "named",
    "normal",
    "read",
    "resolve",
    "settle",
    "spans",
    "trailing",
    "whole",
]
