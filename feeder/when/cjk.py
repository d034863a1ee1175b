"""Times in Chinese, Japanese and Korean: numbers with the character for their unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.when.draft import CLASH, FARTHEST, STOP, TAKEN, afternoon

if TYPE_CHECKING:
    from feeder.when.draft import Draft

_CJK_FIELDS = {
    "年": "year",
    "년": "year",
    "月": "month",
    "월": "month",
    "日": "day",
    "号": "day",
    "일": "day",
}
_CJK_CLOCK = {
    "時": "hour",
    "时": "hour",
    "點": "hour",
    "点": "hour",
    "시": "hour",
    "分": "minute",
    "분": "minute",
}
_CJK_AGO = {
    "秒前": 1, "초전": 1, "分前": 60, "分钟前": 60, "分鐘前": 60, "분전": 60, "時間前": 3600, "小时前": 3600,
    "小時前": 3600, "시간전": 3600, "日前": 86400, "日間前": 86400, "天前": 86400, "일전": 86400, "週間前": 604800,
    "ヶ月前": 2592000, "か月前": 2592000,
}  # fmt: skip


def half(draft: Draft, word: str) -> int:
    draft.half = word
    return TAKEN if draft.hour is None else CLASH


def cjk(draft: Draft, amount: int, unit: str) -> int:
    """A number with the character for its unit."""
    if unit in _CJK_AGO:
        draft.seconds, draft.ago = min(amount * _CJK_AGO[unit], FARTHEST), True
        return TAKEN
    if name := _CJK_FIELDS.get(unit):
        if getattr(draft, name) is not None:
            return CLASH
        setattr(draft, name, amount)
        return TAKEN
    if name := _CJK_CLOCK.get(unit):
        if name == "hour" and draft.hour is not None:
            return CLASH
        if amount > (24 if name == "hour" else 59) or (name == "minute" and draft.hour is None):
            return STOP
        setattr(draft, name, amount % 24 if name == "hour" else amount)
        draft.strict = True
        if name == "hour":
            afternoon(draft)
    return TAKEN
