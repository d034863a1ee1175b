"""Several kinds of evidence in one page are evidence about the same updates.

They are aligned, and each field is taken from the kind that is more complete and more specific: a
time that differs per record beats one that is the same for all, the longer body beats its clipped
prefix, an author named in the record beats the page's. Of a short list and a long one the long one
is the page.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from feeder.extract.align import aligned, start
from feeder.extract.clipped import is_clipped, read_whole
from feeder.extract.groups import name_groups, without_quiet_days
from feeder.extract.page.identity import language_tag
from feeder.extract.page.lifecycle import Lifecycle, find_lifecycle
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.times import source_zone
from feeder.extract.record.content import derived
from feeder.model import Content, Note, Snapshot, Update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.align import Pairs
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.model import Assumption

# A structured list that is shorter may be the newest few of many; one that is longer and whole is
# worth no parse.
_FEW = 12
_FEW_MARKED = 4  # the same where what people see is what is marked up
# share of the shorter list that must be found in the longer one for the two to be the same page
_LEAST_ALIGNED = 0.4
_NEARLY_ALL = 0.8  # of the updates of a kind
_BEGINNING = 4  # words with which two bodies of one update begin
# Kinds that stand beside what people read: publishers' systems clip bodies there, and name the
# page's author.
_BESIDE = ("jsonld", "microdata")


def complete(page: ParsedPage, found: Evidence) -> bool:
    """Returns whether structured evidence leaves nothing to ask the page's blocks for."""
    updates = found.updates
    least = _FEW_MARKED if found.kind == "hfeed" else _FEW
    if len(updates) < least or found.confidence < 0.8:
        return False
    if found.kind in _BESIDE and not _are_whole(page, updates):
        return False
    timed = all(u.published for u in updates) and not _have_one_time(updates)
    return timed and not _more_marks(page, updates)


def _are_whole(page: ParsedPage, updates: Sequence[Update]) -> bool:
    """Returns whether no body is missing or clipped, and the authors are their own."""
    texts = [u.content.text for u in updates]
    if not all(texts) or any(map(is_clipped, texts)) or _Kind(updates).page_author:
        return False
    return sum("\n" in t for t in texts) > len(texts) / 2 or "<article" not in page.visible


def _more_marks(page: ParsedPage, updates: Sequence[Update]) -> bool:
    """Returns whether the page shows many more times than the structured data has updates."""
    return page.visible.count("<time") > 1.3 * len(updates) + 8


def merged(page: ParsedPage, found: Sequence[Evidence]) -> Snapshot:
    """One snapshot of all that was found; without updates, with the reasons why."""
    telling = [f for f in found if f.updates]
    if not telling:
        notes = [note for f in found for note in f.notes]
        none = [Note("page", "no kind of evidence was found")]
        return _snapshot(page, Evidence(""), (), (), notes or none, found)
    best, *others = sorted(telling, key=_trust, reverse=True)
    updates, used = tuple(best.updates), [best]
    for other in others:
        joined = join(best, updates, other, page)
        if joined is not None:
            updates, used = joined, [*used, other]
    updates = tuple(map(_finished, _once(updates)))
    updates = name_groups(without_quiet_days(read_whole(updates, page)))
    return _snapshot(page, best, updates, used, _notes(found, used), found)


def _notes(found: Sequence[Evidence], used: Sequence[Evidence]) -> list[Note]:
    """Returns the notes of all kinds, each with whether it tells of what was taken."""
    kinds = {each.kind for each in used}
    notes = [
        replace(note, used=f.kind in kinds and _told(note, f)) for f in found for note in f.notes
    ]
    left = [each for each in found if each.updates and each not in used]
    why = "describes something else than the rest: left out"
    return notes + [Note(each.kind, why) for each in left]


def _told(note: Note, found: Evidence) -> bool:
    """Whether a note is of what was taken, where its kind says which of several places that was."""
    return note.used or not any(each.used for each in found.notes)


def _once(updates: tuple[Update, ...]) -> tuple[Update, ...]:
    """The updates; those shown twice, word for word, are one, pinned, at the latter place."""
    keys = [(u.native_id, u.published, u.content.title, u.content.text) for u in updates]
    last = {key: at for at, key in enumerate(keys)}
    if len(last) == len(keys):
        return updates
    twice = Counter(keys)
    return tuple(
        replace(u, pinned=True) if twice[key] > 1 else u
        for at, (key, u) in enumerate(zip(keys, updates, strict=True))
        if last[key] == at
    )


def _trust(found: Evidence) -> float:
    """How far a kind is believed: what is stated before what was worked out, on every read."""
    words = sum(len(u.content.text) for u in found.updates)
    most = 0.5 if found.kind == "blocks" else 1.0
    return min(found.confidence, most) + min(words, 50_000) / 1_000_000


def join(
    best: Evidence, updates: tuple[Update, ...], other: Evidence, page: ParsedPage
) -> tuple[Update, ...] | None:
    """The updates with what `other` knows of them; None where it speaks of something else."""
    pairs = aligned(updates, other.updates)
    if len(pairs) < _LEAST_ALIGNED * min(len(updates), len(other.updates)):
        return None
    ours, theirs = _judged(updates, pairs, other.updates, page)
    both = {i: _one(updates[i], other.updates[j], ours, theirs) for i, j in pairs.items()}
    if len(other.updates) <= len(updates) or not _believable(best, updates, other, pairs):
        return tuple(both.get(i, u) for i, u in enumerate(updates))
    back = {j: i for i, j in pairs.items()}
    longer = [both[back[j]] if j in back else u for j, u in enumerate(other.updates)]
    return _inserted(longer, updates, both, back)


def _believable(best: Evidence, updates: Sequence[Update], other: Evidence, pairs: Pairs) -> bool:
    """Whether the longer list is the page, and not the shorter one with other things around."""
    extra = [u for j, u in enumerate(other.updates) if j not in set(pairs.values())]
    dated = sum(u.published is not None for u in extra) > 0.8 * len(extra)
    size = median(len(u.content.text) for u in updates)
    return dated and (
        median(len(u.content.text) for u in extra) > size / 6 or best.confidence <= other.confidence
    )


def _inserted(
    longer: list[Update], shorter: Sequence[Update], both: dict[int, Update], back: dict[int, int]
) -> tuple[Update, ...]:
    """Returns the longer list, with what only the shorter one has behind its neighbour there."""
    place = {i: j for j, i in back.items()}
    missing = [i for i in range(len(shorter)) if i not in both]
    for i in reversed(missing):
        before = max((place[k] for k in place if k < i), default=-1)
        longer.insert(before + 1, shorter[i])
    return tuple(longer)


class _Kind:
    """What can be said of one kind's fields over all its updates."""

    def __init__(self, updates: Sequence[Update]) -> None:
        authors = [u.content.authors for u in updates]
        self.beside = any(u.evidence in _BESIDE for u in updates)
        self.page_author = (
            len(set(authors)) == 1 and bool(authors[0]) and len(updates) > 2 and self.beside
        )
        self.names_authors = sum(map(bool, authors)) > 0.6 * len(updates)
        self.one_time = len(updates) > 2 and _have_one_time(updates)
        self.wrong_zone = False


def _have_one_time(updates: Sequence[Update]) -> bool:
    """Returns whether nearly all are of one instant, or of one time of day, as days alone are."""
    times = [u.published for u in updates if u.published]
    clocks = Counter(at.time() for at in times)
    return not times or max(clocks.values()) >= _NEARLY_ALL * len(times)


def _judged(
    ours: Sequence[Update], pairs: Pairs, theirs: Sequence[Update], page: ParsedPage
) -> tuple[_Kind, _Kind]:
    first, second = _Kind(ours), _Kind(theirs)
    apart = Counter(_offset(ours[i], theirs[j]) for i, j in pairs.items())
    shift, count = apart.most_common(1)[0] if apart else (None, 0)
    if shift and count > 0.7 * len(pairs):  # by as much throughout: one of them has a false zone
        late = any(u.published and u.published > page.rules.now for u in ours)
        first.wrong_zone, second.wrong_zone = late, not late
    return first, second


def _offset(one: Update, two: Update) -> timedelta | None:
    """Returns how many quarters of an hour lie between; zero: the same time."""
    if one.published is None or two.published is None or "instant" not in (one.stated, two.stated):
        return None
    quarters = round((two.published - one.published) / timedelta(minutes=15))
    apart = abs(two.published - one.published - quarters * timedelta(minutes=15))
    return quarters * timedelta(minutes=15) if apart < timedelta(minutes=1.1) else None


def _one(one: Update, two: Update, ours: _Kind, theirs: _Kind) -> Update:
    """One update of two descriptions; `one` is of the kind that is trusted more."""
    timed = two if _better_time(one, two, ours, theirs) else one
    modified = timed.modified
    if modified is None and timed.published == one.published:
        modified = one.modified or two.modified
    content = _content(one.content, two.content, ours, theirs)
    return replace(
        one,
        content=content,
        published=timed.published,
        stated=timed.stated,
        modified=modified,
        native_id=one.native_id or two.native_id,
        url=one.url or two.url,
        pinned=one.pinned or two.pinned,
        group=one.group or two.group,
        kinds=_kinds(one, two, content),
    )


def _finished(update: Update) -> Update:
    """The update with the kind that described it, if one alone did, and no change before it."""
    later = update.modified and update.published and update.modified > update.published
    kinds = update.kinds or (_kind(update),)
    return replace(update, kinds=kinds, modified=update.modified if later else None)


def _kind(update: Update) -> str:
    return update.evidence.partition(":")[0]


def _kinds(one: Update, two: Update, content: Content) -> tuple[str, ...]:
    """Returns all kinds that described an update, the one that gave its body first."""
    kinds = [*(one.kinds or [_kind(one)]), *(two.kinds or [_kind(two)])]
    if content.html == two.content.html != one.content.html:
        kinds.insert(0, _kind(two))
    return tuple(dict.fromkeys(kinds))


def _better_time(one: Update, two: Update, ours: _Kind, theirs: _Kind) -> bool:
    if two.published is None or theirs.wrong_zone:
        return False
    exact = one.stated in ("day", "relative", "none") and two.stated in ("instant", "clock")
    return (
        one.published is None or exact or ours.wrong_zone or (ours.one_time and not theirs.one_time)
    )


def _content(one: Content, two: Content, ours: _Kind, theirs: _Kind) -> Content:
    body, other = (two, one) if _takes_body(one, two, ours) else (one, two)
    title = two if one.derived and not two.derived else one
    images = body.images or other.images
    return Content(
        title.title if not title.derived else derived(body.text, images),
        body.text,
        body.html,
        title.derived,
        _better_authors(one, two, ours, theirs),
        images,
        body.media or other.media,
        one.categories or two.categories,
        one.language or two.language,
    )


def _better_authors(one: Content, two: Content, ours: _Kind, theirs: _Kind) -> tuple[str, ...]:
    named = ours.page_author and theirs.names_authors
    return two.authors if two.authors and (named or not one.authors) else one.authors


def _takes_body(one: Content, two: Content, ours: _Kind) -> bool:
    return (not one.html or ours.beside) and _better_body(one, two)


def _better_body(one: Content, two: Content) -> bool:
    """Returns whether the first is a part of the second, or the second has its links and images."""
    ours, theirs = one.text.lower().split(), two.text.lower().split()
    if not ours:
        return bool(theirs or two.html)
    if not theirs:
        return False
    shared = len(set(ours) & set(theirs))
    if shared < 0.6 * min(len(set(ours)), len(set(theirs))):
        return False
    if is_clipped(one.text):
        return len(theirs) > len(ours)
    if len(theirs) > 1.2 * len(ours):
        whole = shared >= 0.85 * len(set(ours))
    else:
        whole = len(theirs) >= 0.95 * len(ours) and _rich(two) > _rich(one)
    # else a headline or a caption stands before the words in one of them
    return whole and start(one.text, _BEGINNING) == start(two.text, _BEGINNING)


def _rich(content: Content) -> int:
    return content.html.count("<a ") + 2 * len(content.images) + content.html.count("<p>")


def _snapshot(
    page: ParsedPage,
    best: Evidence,
    updates: Sequence[Update],
    used: Sequence[Evidence],
    notes: Sequence[Note],
    found: Sequence[Evidence],
) -> Snapshot:
    way = find_lifecycle(page, updates) if updates else Lifecycle()
    assumed = _assumed(used)
    return Snapshot(
        page.url,
        tuple(updates),
        strategy="+".join(f.kind for f in used),
        title=_first(found, "title", page.title),
        description=_first(found, "description", page.description),
        language=language_tag(_first(found, "language", page.language or "")),
        canonical=page.canonical,
        ended=_first(found, "ended", way.ended),
        coverage_start=_first(found, "coverage_start"),
        coverage_end=_first(found, "coverage_end"),
        successor=_first(found, "successor", way.successor),
        older=_first(found, "older", way.older),
        deleted=frozenset().union(*(f.deleted for f in found)),
        confidence=best.confidence if updates else 0.0,
        truncated=page.truncated,
        notes=tuple(notes),
        assumed=assumed,
        unread=sum(f.unread for f in used),
        timezone=source_zone(page, assumed),
    )


def _assumed(used: Sequence[Evidence]) -> Assumption | None:
    """Returns what was assumed of the times, where no other kind states them all in full."""
    full = max((len(f.updates) for f in used if f.assumed is None), default=0)
    open_ = [f.assumed for f in used if f.assumed is not None and len(f.updates) > full]
    return open_[0] if open_ else None


def _first(found: Sequence[Evidence], name: str, otherwise: Any = None) -> Any:
    return next((value for f in found if (value := getattr(f, name))), otherwise)
