"""Zones: what an abbreviation means, and what a wall clock says in UTC.

An abbreviation is no zone: CST is Chicago's and Shanghai's, IST India's, Israel's and Ireland's.
One that the page's own zone uses means that zone; else the meaning that is most often printed.
Generic ones (ET, PT) follow summer time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

# Minutes east of UTC, and the abbreviations of them. RFC 5322 §4.3 fixes the American ones.
_OFFSETS = """
    -600 HST
    -540 AKST
    -480 PST AKDT
    -420 MST PDT
    -360 CST MDT
    -300 EST CDT COT PET
    -240 AST EDT CLT
    -210 NST
    -180 ADT BRT ART CLST
    -150 NDT
    0 UTC GMT Z UT WET
    60 WEST BST CET MEZ WAT
    120 CEST MESZ EET SAST CAT
    180 EEST MSK МСК TRT EAT IDT
    240 GST
    300 PKT
    330 IST
    345 NPT
    420 ICT WIB
    480 HKT SGT AWST WITA
    540 JST KST WIT
    570 ACST
    600 AEST
    630 ACDT
    660 AEDT
    720 NZST
    780 NZDT
"""
_ROWS = [row.split() for row in _OFFSETS.strip().splitlines()]
_FIXED = {name: int(minutes) for minutes, *names in _ROWS for name in names}
_GENERIC = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver",
    "PT": "America/Los_Angeles", "AET": "Australia/Sydney", "NZT": "Pacific/Auckland",
    "EASTERN": "America/New_York", "CENTRAL": "America/Chicago", "MOUNTAIN": "America/Denver",
    "PACIFIC": "America/Los_Angeles",
}  # fmt: skip
# Zones that are spelled out, folded.
SPELLED = {
    "coordinated universal time": "UTC", "greenwich mean time": "GMT", "british summer time": "BST",
    "central european summer time": "CEST", "central european standard time": "CET",
    "central european time": "CET", "indian standard time": "IST", "india standard time": "IST",
    "بتوقيت غرينتش": "GMT", "بتوقيت جرينتش": "GMT",
} | {
    f"{name} {kind} time": name[0].upper() + kind[0].upper() + "T"
    for name in ("eastern", "central", "mountain", "pacific")
    for kind in ("standard", "daylight")
}  # fmt: skip
NAMES = frozenset(_FIXED) | frozenset(_GENERIC)


_OFFSET = re.compile(r"[+-]\d\d:\d\d")


def name_zone(zone: tzinfo) -> str:
    """Returns the name by which `named` finds a zone again: "Europe/Berlin", "+02:00"."""
    return str(zone).removeprefix("UTC") or "UTC"


@lru_cache(maxsize=64)
def named(name: str) -> tzinfo | None:
    """The zone of an IANA name, or of an offset as `name_zone` writes it; None: there is none."""
    try:
        if _OFFSET.fullmatch(name):
            return stated(name.replace(":", ""), UTC)
        return UTC if name in {"", "UTC"} else ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


@lru_cache(maxsize=256)
def stated(name: str, home: tzinfo) -> tzinfo:
    """The zone that an abbreviation or an offset ("+0530") means on a page of zone `home`."""
    if name[0] in "+-":
        minutes = int(name[1:3]) * 60 + int(name[3:5])
        return timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes))
    if "/" in name:
        return named(name) or home
    if name in _GENERIC:
        return ZoneInfo(_GENERIC[name])
    for month in (1, 7):
        local = datetime(2024, month, 1, tzinfo=home)
        if local.tzname() == name:
            return timezone(local.utcoffset() or timedelta())
    return timezone(timedelta(minutes=_FIXED[name]))


@lru_cache(maxsize=8192)
def instants(naive: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """Returns what a wall clock says in UTC: one instant, or two where clocks are set."""
    first = naive.replace(tzinfo=zone).astimezone(UTC)
    if not isinstance(zone, ZoneInfo):
        return (first,)
    second = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return (first,) if first == second else (first, second)
