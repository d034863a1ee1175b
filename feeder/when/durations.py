"""How long ago "1 h 10 min ago", "an hour ago" or "il y a deux jours" is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from feeder.when.lexicon import has_sense, senses, unit_beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.when.grammar import PhrasePart
    from feeder.when.tokens import Token


class _Sum(NamedTuple):
    """The units read so far, and what waits for the other half of "5 minutes"."""

    seconds: int = 0
    amount: int | None = None
    unit: int = 0  # counted once; an amount may follow: "dakika 5 zilizopita"


def seconds_ago(part: PhrasePart, tokens: list[Token]) -> int:
    """The seconds that a relative phrase counts, in the languages of its words for "ago"."""
    markers = [t.text for t in tokens[part.start : part.end] if _says_ago(t.text)]
    total = _Sum()
    for token in tokens[part.fields["r"] : part.end]:
        total = _add_word(total, token.text, markers)
    return total.seconds


def is_counted(parts: Sequence[PhrasePart], tokens: list[Token]) -> bool:
    """Returns whether a relative phrase has a number, or a word that holds one."""
    inside = [t for p in parts if p.kind == "relative" for t in tokens[p.start : p.end]]
    return any(t.text.isdigit() or has_sense(t.text, "JVa") for t in inside)


def _add_word(total: _Sum, word: str, markers: list[str]) -> _Sum:
    known = senses(word)
    idle = total.amount is None and not total.unit
    if idle and total.seconds and "G" in known:
        return total  # "1 hora y 40 minutos"
    if word.isdigit():
        return _add_amount(total, int(word))
    if idle and "J" in known:
        return total._replace(amount=known["J"])
    if scale := unit_beside(word, markers) or known.get("a"):
        return _add_unit(total, scale)
    return total._replace(seconds=total.seconds + known.get("V", 0))


def _add_amount(total: _Sum, amount: int) -> _Sum:
    if total.unit:
        return _Sum(total.seconds + (amount - 1) * total.unit)
    return total._replace(amount=amount)


def _add_unit(total: _Sum, scale: int) -> _Sum:
    if total.amount is None:
        return _Sum(total.seconds + scale, unit=scale)
    return _Sum(total.seconds + total.amount * scale)


def _says_ago(key: str) -> bool:
    known = senses(key)
    return ("A" in known or "B" in known) and "U" not in known
