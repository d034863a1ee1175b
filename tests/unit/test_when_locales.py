"""What Babel writes in any locale is read back to the same instant, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from feeder.when import Context, Stamp, read, whole

LOCALES = [
    "en", "en_GB", "en_AU", "de", "de_AT", "fr", "es", "es_MX", "it", "pt", "pt_PT", "nl", "pl",
    "cs", "sk", "sl", "hr", "sr", "bg", "ru", "uk", "be", "ro", "hu", "el", "tr", "sv", "da",
    "nb", "fi", "et", "lv", "lt", "is", "ga", "cy", "ca", "gl", "ar", "he", "fa", "hi", "bn",
    "ta", "te", "mr", "gu", "pa", "th", "vi", "id", "ms", "fil", "ko", "ja", "zh", "zh_Hant",
    "sw", "af", "sq", "mk", "hy", "ka", "kk", "uz", "si", "ml", "kn", "am",
]  # fmt: skip
# Where a language's own abbreviation of a unit is another unit's elsewhere and no word beside it
# tells, or a sign alone says "ago".
TERSE = {"sr", "id"}
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
UNITS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800}


def meant(text: str, locale: str) -> tuple[Stamp, datetime | None] | None:
    stamp = whole(text)
    if stamp is None:
        return None
    found = read(stamp, Context(NOW, language=locale.replace("_", "-")))
    return stamp, found.at if found else None


def written(at: datetime, width: str, clock: str, locale: str) -> str:
    pattern = str(Locale.parse(locale).datetime_formats[width]).replace("'", "")
    day, time = (format_date(at, width, locale=locale), format_time(at, clock, locale=locale))
    return pattern.replace("{0}", time).replace("{1}", day)


instants = st.datetimes(datetime(2015, 1, 1), datetime(2026, 11, 29)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)


@settings(deadline=None)  # the first look into a locale loads it
@given(instants, st.sampled_from(LOCALES), st.sampled_from(["full", "long", "medium"]))
def test_a_date_and_a_clock_in_words_are_never_another_instant(
    at: datetime, locale: str, width: str
) -> None:
    found = meant(written(at, width, "short", locale), locale)
    assert found is None or found[1] == at


@settings(deadline=None)  # the first look into a locale loads it
@given(instants, st.sampled_from(LOCALES), st.sampled_from(["full", "long", "medium", "short"]))
def test_a_date_is_never_another_day(at: datetime, locale: str, width: str) -> None:
    found = meant(format_date(at, width, locale=locale), locale)
    assert found is None or (found[1] and found[1].date() == at.date())


@settings(deadline=None)  # the first look into a locale loads it
@given(
    st.integers(1, 59),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(sorted(set(LOCALES) - TERSE)),
    st.sampled_from(["long", "short"]),
)
def test_an_age_is_never_another(count: int, unit: str, locale: str, width: str) -> None:
    age = timedelta(seconds=count * UNITS[unit])
    text = format_timedelta(
        -age, unit, threshold=99, add_direction=True, format=width, locale=locale
    )
    stamp = whole(text)
    assert stamp is None or stamp.ago == age


@cache
def shares() -> dict[str, float]:
    """How much of what is written is read, by kind."""
    right: dict[str, list[bool]] = {"day": [], "instant": [], "weekday": [], "age": []}
    days = (datetime(2026, 11, 29, 17, 42, tzinfo=UTC), datetime(2026, 3, 2, 9, 5, tzinfo=UTC))
    for locale in LOCALES:
        for at in days:
            for width in ("full", "long", "medium"):
                day = meant(format_date(at, width, locale=locale), locale)
                right["day"].append(day is not None)
                right["instant"].append(
                    meant(written(at, width, "short", locale), locale) is not None
                )
            text = format_datetime(at, "EEEE, d MMMM y, HH:mm", locale=locale)
            right["weekday"].append(meant(text, locale) is not None)
        for count in (1, 2, 5, 21):
            for unit, seconds in UNITS.items():
                age = timedelta(seconds=-count * seconds)
                text = format_timedelta(age, unit, threshold=99, add_direction=True, locale=locale)
                right["age"].append(whole(text) is not None)
    return {kind: sum(found) / len(found) for kind, found in right.items()}


@pytest.mark.parametrize(
    ("kind", "least"), [("day", 0.97), ("instant", 0.95), ("weekday", 0.92), ("age", 0.97)]
)
def test_nearly_all_that_locales_write_is_read(kind: str, least: float) -> None:
    assert shares()[kind] >= least
