"""A time and the place where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from feeder.extract.inferred.outline import Outline
    from feeder.when import Stamp

Form = Literal["own", "lead", "tail", "line"]

NO_PLACE = frozenset({
    "figcaption", "figure", "blockquote", "nav", "select", "option", "button", "textarea", "title",
    "noscript", "template", "svg", "caption"
})  # fmt: skip
SHORT = 110  # characters of a block that may be a time and its label


@dataclass(slots=True)
class Mark:
    """A time and the place where it stands."""

    outline: Outline
    index: int  # of the node that is the time, or begins or ends with it, in the outline
    form: Form
    stamp: Stamp  # by which it is resolved
    printed: Stamp | None = None  # what people see, where an attribute states the time too
    rest: str = ""  # what shares the line with it
    chain: list[int] = field(default_factory=list)  # its ancestors from the body down, and itself
    path: str = ""  # their tags
    attribute: str = ""  # that states it

    holds: bool = False  # the element is a record, or part of one, and only its attribute a time
    updating: bool = False  # says when it was last changed, not when it was published

    @property
    def end(self) -> int:
        """The place after the node."""
        return self.outline.end(self.index)

    @property
    def of_day(self) -> bool:
        """Whether it states a day alone, or people see no more than that."""
        return "day" in (self.stamp.shape, self.printed and self.printed.shape)

    @property
    def tag(self) -> str:
        return self.outline.tags[self.index]


def misplaced(index: int, outline: Outline) -> bool:
    """Returns whether it stands where no record's time does: a caption, a quotation, navigation.

    What holds most of the page is no such place, but a way to indent it.
    """
    here = outline.parent(index)
    while here >= 0:
        if outline.tags[here] in NO_PLACE and 2 * outline.said(here) < outline.said(0):
            return True
        here = outline.parent(here)
    return False
