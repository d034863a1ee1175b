"""Which of a page's series is the page: logistic regression over a table of pure features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeder.extract.inferred.candidate import Candidate
from feeder.extract.inferred.features import heads, measure
from feeder.extract.inferred.weights import BIAS, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Series
    from feeder.extract.page.parsed_page import ParsedPage


@dataclass(frozen=True, slots=True)
class Scored:
    """A series with its features and the log-odds that it is what the page is about."""

    series: Series
    features: Mapping[str, float]
    points: float

    def told(self) -> str:
        """Returns what weighs most, for and against, in words."""
        parts = [(name, WEIGHTS[name] * value) for name, value in self.features.items()]
        parts.sort(key=lambda each: -abs(each[1]))
        return ", ".join(f"{name} {worth:+.1f}" for name, worth in parts if abs(worth) >= 0.1)


def score_series(found: Sequence[Series], page: ParsedPage, outline: Outline) -> list[Scored]:
    """Returns all series but days that head other records, the likeliest first."""
    candidates = [Candidate(each, page, outline, found) for each in found]
    scored = [score(each) for each in candidates if not heads(each)]
    return sorted(scored, key=lambda each: -each.points)


def score(candidate: Candidate) -> Scored:
    features = measure(candidate, tuple(WEIGHTS))
    points = BIAS + sum(WEIGHTS[name] * value for name, value in features.items())
    return Scored(candidate.series, features, points)
