"""The page of the demonstration, and what happens to it, one thing after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from itertools import count, cycle
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

TITLE = "Harbour flood: live"
_SHOWN = 8  # posts, the newest: what is older falls off the page


class Post(NamedTuple):
    at: datetime
    headline: str
    text: str


@dataclass
class LivePage:
    """What stands on the page. It is `broken` while its site answers 500."""

    now: Callable[[], datetime]
    posts: dict[int, Post] = field(default_factory=dict)
    broken: bool = False

    def add(self, headline: str, text: str, ago: timedelta = timedelta()) -> int:
        """Adds a post, made `ago`, and returns its number."""
        number = max(self.posts, default=0) + 1
        self.posts[number] = Post(self.now() - ago, headline, text)
        self.posts.pop(number - _SHOWN, None)
        return number

    def html(self) -> str:
        articles = "\n".join(_article(one, self.posts[one]) for one in sorted(self.posts)[::-1])
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
            f"</head>\n<body><main><h1>{TITLE}</h1>\n{articles}\n</main></body></html>\n"
        )


def _article(number: int, post: Post) -> str:
    stamp = f'<time datetime="{post.at.isoformat(timespec="seconds")}">{post.at:%H:%M}</time>'
    words = f"<h2>{escape(post.headline)}</h2><p>{escape(post.text)}</p>"
    return f'<article id="u{number}">{stamp}{words}</article>'


class Episode(NamedTuple):
    """A report, the headline that it is given later, and a report that is taken down again."""

    headline: str
    text: str
    mistyped: str  # the text as it is at first
    corrected: str  # the headline after an edit
    withdrawn: str
    gauge: str


_TURNS = (
    Episode(
        "Ferry is back",
        "The first boat left the quay with forty passengers. Tickets for Sunday stay valid.",
        "The first boat left the quay with forty passengers. Tickets for Sunday stay valdi.",
        "Ferry is back, every second hour",
        "The old bridge is closed to cars",
        "Gauge at {metres:.2f} metres",
    ),
    Episode(
        "Power returns to the river district",
        "Two transformers were replaced overnight. A third is looked at in the afternoon.",
        "Two transfromers were replaced overnight. A third is looked at in the afternoon.",
        "Power returns to 900 homes in the river district",
        "The museum opens its doors again",
        "The water stands at {metres:.2f} metres",
    ),
    Episode(
        "Schools open on Thursday",
        "All schools but the one at the lock open on Thursday. Buses run as they always do.",
        "All schools but the one at teh lock open on Thursday. Buses run as they always do.",
        "Schools open on Friday",
        "The market moves to the hill",
        "{metres:.2f} metres at the eastern lock",
    ),
)


def begin(page: LivePage) -> None:
    """Puts the first posts on the page."""
    page.add(
        "Shelters open in two schools",
        "People in the lower streets are asked to go there before the tide.",
        timedelta(minutes=41),
    )
    page.add(
        "Lock gates hold through the highest tide",
        "The water peaked forty centimetres below the wall.",
        timedelta(minutes=23),
    )
    page.add(
        "Trains run again at half speed",
        "The line to the city is open; expect a quarter of an hour more.",
        timedelta(minutes=8),
    )


def happenings(page: LivePage) -> Iterator[str]:
    """Has one more thing happen on the page at each step, without end, and says what."""
    for step, episode in zip(count(), cycle(_TURNS), strict=False):
        metres = 4.61 - 0.07 * (step % 40)
        report = page.add(episode.headline, episode.mistyped)
        yield "a new post"
        withdrawn = page.add(episode.withdrawn, "More on this soon.")
        yield "another post"
        page.posts[report] = page.posts[report]._replace(text=episode.text)
        yield "a typo is mended"
        page.add(
            episode.gauge.format(metres=metres), f"That is reading number {step + 1} since noon."
        )
        yield "a new post"
        page.posts[report] = page.posts[report]._replace(headline=episode.corrected)
        yield "a headline is edited"
        page.broken = True
        yield "its server fails"
        page.broken = False
        del page.posts[withdrawn]
        yield "a post is taken down"
