"""The table of words is what the script makes, and loads at once."""

from __future__ import annotations

import runpy
from pathlib import Path

from feeder.when.lexicon import date_order, lexicon, senses

ROOT = Path(__file__).parents[2]


def test_the_table_is_what_the_script_makes() -> None:
    made = runpy.run_path(str(ROOT / "tools" / "make_words.py"))
    kept = (ROOT / "feeder" / "when" / "words.json").read_text("utf-8")
    assert made["written"]() == kept, "run `make words`"


def test_each_set_of_senses_has_a_character_of_its_own() -> None:
    codes = lexicon().codes
    assert len(set(codes.values())) == len(codes)
    assert all("".join(senses(word)) in codes for word in lexicon().words)


def test_locales_order_their_dates_as_their_language_does_unless_they_say_otherwise() -> None:
    orders = {"en": "mdy", "en-US": "mdy", "en_GB": "dmy", "de-AT": "dmy", "hu": "ymd", "xx": "dmy"}
    assert {locale: date_order(locale) for locale in orders} == orders
