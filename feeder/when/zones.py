"""Zones: what an abbreviation means, and what a wall clock says in UTC.

An abbreviation is no zone: CST is Chicago's and Shanghai's, IST India's, Israel's and Ireland's.
One that the page's own zone uses means that zone; else the meaning that is most often printed.
Generic ones (ET, PT) follow summer time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

# Minutes east of UTC. RFC 5322 §4.3 fixes the American ones.
_FIXED = {
    "UTC": 0, "GMT": 0, "Z": 0, "UT": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "MEZ": 60, "CEST": 120,
    "MESZ": 120, "EET": 120, "EEST": 180, "MSK": 180, "МСК": 180, "TRT": 180, "SAST": 120, "WAT": 60, "CAT": 120,
    "EAT": 180, "IDT": 180, "GST": 240, "PKT": 300, "IST": 330, "NPT": 345, "ICT": 420, "WIB": 420, "HKT": 480,
    "SGT": 480,
    "AWST": 480, "WITA": 480, "JST": 540, "KST": 540, "WIT": 540, "ACST": 570, "AEST": 600, "ACDT": 630, "AEDT": 660,
    "NZST": 720, "NZDT": 780, "NST": -210, "NDT": -150, "AST": -240, "ADT": -180, "EST": -300, "EDT": -240, "CST": -360,
    "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540, "AKDT": -480, "HST": -600,
    "BRT": -180, "ART": -180, "CLT": -240, "CLST": -180, "COT": -300, "PET": -300,
}  # fmt: skip
_GENERIC = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
    "AET": "Australia/Sydney", "NZT": "Pacific/Auckland", "EASTERN": "America/New_York", "CENTRAL": "America/Chicago",
    "MOUNTAIN": "America/Denver", "PACIFIC": "America/Los_Angeles",
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


@lru_cache(maxsize=64)
def named(name: str) -> tzinfo | None:
    """The zone of an IANA name."""
    try:
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
    """What a wall clock says in UTC: one instant, or two where clocks are set."""
    first = naive.replace(tzinfo=zone).astimezone(UTC)
    if not isinstance(zone, ZoneInfo):
        return (first,)
    second = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return (first,) if first == second else (first, second)
