"""A page that lives on by seeded or chosen events, and what a reader of it knows: the truth feeds are held against.

Each update keeps one word, its mark, through every edit: so entries can be told whatever became of
their words.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from folding import START, content

from feeder.model import Snapshot, Update

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from feeder.model import Content, Stated

_WHO = (
    "The mayor",
    "Rescue crews",
    "Two ministers",
    "The city council",
    "Engineers at the dam",
    "Señora Muñoz",
)
_DID = (
    "counted",
    "confirmed about",
    "warned of",
    "expect up to",
    "denied reports of",
    "will send supplies to",
)
_WHAT = (
    "residents",
    "passengers",
    "homes without power",
    "tonnes of grain",
    "vehicles",
    "requests",
    "ballots",
)
_WHERE = (
    "near the old harbour",
    "along the northern line",
    "in the river district",
    "by the Łódź depot",
    "at sea",
)
_HEADS = (
    "Shelters open",
    "Line reopens",
    "Talks resume",
    "Power returns",
    "Vote delayed",
    "Bridge closed",
)


@dataclass(frozen=True)
class Way:
    """How a page writes its updates down."""

    # "own", "none", "places" (mere numbers), "renamed" or "dropped" by a redesign in the middle
    ids: str = "own"
    headlines: bool = True
    stated: Stated = "instant"
    modified: bool = True


WAYS = {
    "ids": Way(),
    "no ids": Way("none", modified=False),
    "no headlines": Way("none", headlines=False, modified=False),
    "clock": Way("none", stated="clock", modified=False),
    "clock alone": Way("none", headlines=False, stated="clock", modified=False),
    "relative": Way("none", stated="relative", modified=False),
    "relative alone": Way("none", headlines=False, stated="relative", modified=False),
    "no times": Way("none", headlines=False, stated="none", modified=False),
    "ids without times": Way(stated="none", modified=False),
    "places": Way("places"),
    "renamed": Way("renamed"),
    "dropped": Way("dropped"),
}


@dataclass
class Post:
    number: int
    published: datetime
    headline: str
    paragraphs: list[str]
    modified: datetime | None = None

    @property
    def mark(self) -> str:
        return f"mark{self.number:04d}x"


@dataclass
class Blog:
    rng: random.Random
    way: Way
    window: int = 14
    clock: datetime = START
    posts: list[Post] = field(default_factory=list)  # newest first, all that was not deleted
    deleted: set[int] = field(default_factory=set)
    pinned: int | None = None
    ascending: bool = False
    age: int = 0
    count: int = 0
    shown: dict[int, Post] = field(
        default_factory=dict
    )  # as they stood on the page when last read …
    company: dict[int, dict[int, datetime]] = field(
        default_factory=dict
    )  # … with which others, and their times
    proofs: dict[int, int] = field(
        default_factory=dict
    )  # clean reads that prove that a deleted one is gone

    def __post_init__(self) -> None:
        for _ in range(8):
            self.add()

    def sentence(self) -> str:
        pick = self.rng.choice
        return (
            f"{pick(_WHO)} {pick(_DID)} {self.rng.randrange(20, 900)} {pick(_WHAT)} {pick(_WHERE)}."
        )

    def add(self) -> None:
        self.count += 1
        self.clock += timedelta(minutes=self.rng.choice((1, 3, 7, 16, 35, 83)))
        post = Post(
            self.count, self.clock, f"{self.rng.choice(_HEADS)} {self.rng.choice(_WHERE)}", []
        )
        post.paragraphs = [f"{self.sentence()[:-1]} {post.mark}."] + [
            self.sentence() for _ in range(self.rng.randrange(4))
        ]
        self.posts.insert(0, post)

    @property
    def visible(self) -> list[Post]:
        return self.posts[: self.window]

    def step(self) -> None:
        """One to three events, as an author would make them."""
        self.age += 1
        chances = {
            "add": 30,
            "edit": 12,
            "typo": 8,
            "headline": 6,
            "retime": 4,
            "delete": 8,
            "pin": 4,
            "turn": 2,
            "rest": 14,
        }
        for event in self.rng.choices([*chances], [*chances.values()], k=self.rng.randrange(1, 4)):
            self.happen(event, self.rng.randrange(100))

    def happen(self, event: str, which: int) -> None:
        """An event at one of the updates shown, but for the last four: what falls off next cannot be told from it."""
        middle = self.visible[1:-4] or self.visible[:1]
        post = middle[which % len(middle)]
        act: Callable[[Post], object] | None = getattr(self, f"_{event}", None)
        if event == "add":
            self.add()
        elif act is not None:
            act(post)

    def _edit(self, post: Post) -> None:
        post.paragraphs = post.paragraphs[:1] + [
            self.sentence() for _ in range(self.rng.randrange(1, 4))
        ]
        self._touch(post)

    def _typo(self, post: Post) -> None:
        marks = {".": "!", "!": ";", ";": "…", "…": "…"}
        post.paragraphs[-1] = post.paragraphs[-1][:-1] + marks[post.paragraphs[-1][-1]]

    def _headline(self, post: Post) -> None:
        post.headline = (
            f"{post.headline.split()[0]} {self.count}.{self.age} {self.rng.choice(_WHERE)}"
        )
        self._touch(post)

    def _retime(self, post: Post) -> None:
        if self.way.ids == "own" and self.way.stated == "instant":
            post.published += timedelta(minutes=1)
            self.posts.sort(key=lambda one: (one.published, one.number), reverse=True)

    def _delete(self, post: Post) -> None:
        """Never the one with the latest edit: a page without it cannot be told from an older copy."""
        latest = max((one.modified for one in self.visible if one.modified), default=None)
        if (
            len(self.visible) > 7
            and post.number != self.pinned
            and (post.modified is None or post.modified != latest)
        ):
            self.posts.remove(post)
            self.deleted.add(post.number)
            self.proofs[post.number] = 0

    def _pin(self, post: Post) -> None:
        if not self.ascending and self.way.stated != "none":
            self.pinned = None if self.pinned else post.number

    def _turn(self, _: Post) -> None:
        if self.way.stated in {"instant", "clock"}:
            self.ascending, self.pinned = not self.ascending, None

    def _touch(self, post: Post) -> None:
        self.clock = max(self.clock, post.published) + timedelta(minutes=1)
        post.modified = self.clock

    # -------------------------------------------------------------------------------- what is shown

    def look(self) -> None:
        """A reader reads the page as it is."""
        here = {post.number: post.published for post in self.visible}
        for number in self.deleted & set(self.shown):
            self.proofs[number] += self._is_proven_gone(number, here)
        in_place = {number: time for number, time in here.items() if number != self.pinned}
        for post in self.visible:
            self.shown[post.number] = replace(post, paragraphs=[*post.paragraphs])
            self.company[post.number] = in_place if post.number in in_place else {}

    def _is_proven_gone(self, number: int, here: dict[int, datetime]) -> bool:
        """Whether a newer and an older one are still there that were shown with it last."""
        own = self.shown[number].published
        both = [
            (was, here[n])
            for n, was in self.company[number].items()
            if n in here and n != self.pinned
        ]
        return any(was < own > now for was, now in both) and any(
            was > own < now for was, now in both
        )

    def snapshot(self, now: datetime) -> Snapshot:
        posts = self.visible[::-1] if self.ascending else self.visible
        posts = sorted(posts, key=lambda post: post.number != self.pinned)
        updates = tuple(self._update(post, place, now) for place, post in enumerate(posts))
        return Snapshot("https://harbour.example/live", updates, "blocks")

    def _update(self, post: Post, place: int, now: datetime) -> Update:
        way, published = self.way, post.published
        if way.stated == "relative":
            age = self.clock + timedelta(minutes=2) - published
            unit = timedelta(minutes=1) if age < timedelta(hours=1) else timedelta(hours=1)
            published = now - age // unit * unit
        modified = post.modified if way.modified else None
        time = None if way.stated == "none" else published
        return Update(
            self._content(post),
            time,
            way.stated,
            modified,
            self._id(post, place),
            evidence="blocks:main",
        )

    def _content(self, post: Post) -> Content:
        return content("\n\n".join(post.paragraphs), post.headline if self.way.headlines else "")

    def _id(self, post: Post, place: int) -> str | None:
        redesigned = self.age >= 20
        ids = {
            "own": f"u{post.number}",
            "places": f"item-{place}",
            "renamed": f"{'new' if redesigned else 'u'}-{post.number}",
            "dropped": None if redesigned else f"u{post.number}",
        }
        return ids.get(self.way.ids)
