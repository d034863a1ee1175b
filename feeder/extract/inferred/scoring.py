"""Which of a page's series is the page: logistic regression over a table of pure features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from feeder.extract.inferred.candidate import Candidate
from feeder.extract.inferred.features import heads, measure
from feeder.extract.inferred.weights import BIAS, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feeder.extract.inferred.series import Series
    from feeder.extract.page.parsed_page import ParsedPage

# What a series looks like, by the feature that says most against it.
LIKENESS = {
    "share": "a small part of the page",
    "drowned": "an addition to an article",
    "words": "labels with hardly a word",
    "titled": "lines without a headline or a sentence",
    "ordered": "a list in no order of time",
    "vague": "comments or cards with relative times",
    "distinct": "the same words again and again",
    "leading": "notes that lead nowhere",
    "part": "a part of another list",
    "ends": "the two ends of one thing",
    "aside": "something in the margin of the page",
    "teasers": "links to other articles",
    "figures": "rows of figures",
    "announced": "a programme of what is to come",
    "lengths": "lengths of recordings",
    "sought": "the results of a search",
    "talked": "a conversation",
    "signed": "comments or posts of several people",
}


@dataclass(frozen=True, slots=True)
class Scored:
    """A series with its features and the log-odds that it is what the page is about."""

    series: Series
    features: Mapping[str, float]
    points: float

    def likeness(self) -> str:
        """Returns what the series looks like by the feature that says most against it."""

        def against(name: str) -> float:
            weight = WEIGHTS[name]
            return weight * self.features[name] - max(0.0, weight) / 2

        return LIKENESS[min(LIKENESS, key=against)]

    def told(self) -> str:
        """Returns what weighs most, for and against, in words."""
        parts = [(name, WEIGHTS[name] * value) for name, value in self.features.items()]
        parts.sort(key=lambda each: -abs(each[1]))
        return ", ".join(f"{name} {worth:+.1f}" for name, worth in parts if abs(worth) >= 0.1)


def score_series(found: Sequence[Series], page: ParsedPage) -> list[Scored]:
    """Returns all series but days that head other records, the likeliest first."""
    candidates = [Candidate(each, page, found) for each in found]
    scored = [score(each) for each in candidates if not heads(each)]
    return sorted(scored, key=lambda each: -each.points)


def score(candidate: Candidate) -> Scored:
    features = measure(candidate, tuple(WEIGHTS))
    points = BIAS + sum(WEIGHTS[name] * value for name, value in features.items())
    return Scored(candidate.series, features, points)
