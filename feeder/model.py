"""The nouns.

A `Document` is read; it shows `Update`s in a `Snapshot`; reconciled with the `Entry`s we know it
gives `Change`s; stored, they make a `Feed`, which is published. A stored change *is* the revision,
an entry with `removed` set *is* the tombstone, and the changes folded up *are* the state.

Every instant is an aware UTC datetime. Everything is frozen: a stage returns new values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 -- msgspec resolves the annotations when it decodes
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# How a page states an update's time, the strongest first. Only "instant" can ever correct a stored
# time: a clock's day was reckoned from its context, a relative time from the read, and both are
# frozen at first sight.
Stated = Literal["instant", "clock", "day", "relative", "none"]

# "touched" changes what no subscriber sees: the page's own id, whether it is pinned.
ChangeKind = Literal[
    "added", "edited", "touched", "retimed", "removed", "restored", "corrected", "forgotten"
]


@dataclass(frozen=True, slots=True)
class Document:
    """What was read: the bytes after content decoding, with what the server said of them."""

    url: str  # the address after redirects, the base of relative links; "" for a file that has none
    body: bytes
    media_type: str | None = None  # "text/html", lower case, without parameters; None: not stated
    charset: str | None = None  # of the Content-Type header; None: not stated
    language: str | None = None  # of the Content-Language header
    served: datetime | None = None  # of the Date header


@dataclass(frozen=True, slots=True)
class Image:
    url: str
    caption: str = ""
    credit: str = ""
    width: int | None = None  # CSS pixels, where the page states them
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """Audio or video that an update carries (an enclosure)."""

    url: str
    type: str  # a media type
    length: int | None = None  # bytes
    title: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """The words of an update and what goes with them: all that an edit can replace."""

    title: str  # plain text; where there is none, the first sentence of `text`, 100 characters
    text: str  # plain text of the body, paragraphs separated by a blank line
    html: str  # safe, absolute, XML-legal HTML of the body
    derived: bool = False  # `title` was made from the text: then it is never an edit of its own
    authors: tuple[str, ...] = ()  # people, one each, without "By" or the agency
    images: tuple[Image, ...] = ()
    media: tuple[Media, ...] = ()
    categories: tuple[str, ...] = ()
    language: str | None = None  # BCP 47; None: the page's


@dataclass(frozen=True, slots=True)
class Group:
    """What several updates of a page stand under: an incident, a match, a topic of the day."""

    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """One timestamped update as the page shows it now."""

    content: Content
    published: datetime | None = None  # None: the page gives no time at all
    stated: Stated = "instant"
    modified: datetime | None = None  # only where the page states it for this very update
    native_id: str | None = None  # the page's own id; of an address of the page, the fragment
    url: str | None = None  # the update's own address; None: it has none but the page's
    pinned: bool = False  # shown out of its place
    evidence: str = ""  # where it was read, "jsonld" or "blocks:main>div>article": stable
    group: Group | None = None  # None: it stands in no group that has a name
    kinds: tuple[str, ...] = ()  # of evidence that described it, first what gave the body


@dataclass(frozen=True, slots=True)
class Note:
    """A reason that `preview` shows: what was found, used, left out, and why."""

    kind: str  # the kind of evidence it speaks of: "jsonld", "blocks", "page", …
    text: str
    used: bool = False
    figures: str = ""  # the scores behind it, for `preview --explain`


@dataclass(frozen=True, slots=True)
class Assumption:
    """What the times of a page leave open and was assumed instead of being stated."""

    why: str  # sentences for a person: what was assumed, and by what
    timezone: str | None = None  # IANA name or "+02:00"; None: every clock states its zone
    days: int = 0  # updates whose clock stands without a day
    years: int = 0  # updates whose date stands without a year


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a document shows at one moment. `updates` are in the page's own order."""

    url: str
    updates: tuple[Update, ...] = ()
    strategy: str = ""  # the kinds used, "jsonld", "jsonld+blocks"; "" where there are no updates
    title: str = ""
    description: str = ""
    language: str | None = None  # BCP 47, "en-US"
    canonical: str | None = None  # the page's rel=canonical, absolute
    ended: bool = False  # the page says that coverage has ended
    coverage_start: datetime | None = None
    coverage_end: datetime | None = None
    successor: str | None = None  # the page that this one says coverage continues on
    older: str | None = None  # the page with the next older updates
    deleted: frozenset[str] = frozenset()  # native ids that the page itself states as deleted
    confidence: float = 1.0  # 0 … 1
    truncated: bool = False  # HTML that ends without closing what it opens
    notes: tuple[Note, ...] = ()
    assumed: Assumption | None = None  # None: every time is stated in full
    unread: int = 0  # texts that could be a time and were not understood
    timezone: str = ""  # of its times, as earlier reads told it unless they refute that


@dataclass(frozen=True, slots=True)
class Rules:
    """How a source is to be extracted."""

    now: datetime  # the instant of the read, from which relative times are reckoned
    timezone: str | None = None  # IANA name, for times printed without a zone; None: inferred
    known_zone: str | None = None  # what earlier reads inferred; None: nothing yet
    language: str | None = None  # BCP 47; None: the page's own
    date_order: str | None = None  # "dmy", "mdy" or "ymd": how 8/10 is meant; None: inferred
    extract: str = "auto"
    select: Mapping[str, str] = field(default_factory=dict)  # CSS, by the keys of config.Select
    api: Mapping[str, str] = field(default_factory=dict)  # JMESPath, by the keys of config.Api


@dataclass(frozen=True, slots=True)
class Entry:
    """An update that we know, as a subscriber has it."""

    id: str  # "urn:uuid:…", minted once, never derived again
    number: int  # order of arrival in its feed, from 1; among equal times the higher one is newer
    published: datetime  # frozen at first sight
    updated: datetime
    first_seen: datetime
    content: Content
    digest: str  # of the normalised words
    stated: Stated = "instant"
    native_id: str | None = None  # the last one the page gave it
    # the update's own address, or the page's with a text fragment; frozen at first sight
    url: str | None = None
    pinned: bool = False
    removed: datetime | None = None  # set: the entry is a tombstone, its id retired
    edit_of: str | None = None  # edits = "new": the first entry, of which this is a later version
    revision: int = 1  # how many changes it has had
    hidden: bool = False  # left out by `include` or `exclude` at first sight: never published


@dataclass(frozen=True, slots=True)
class Change:
    """One revision: the entry as it is from `at` on."""

    kind: ChangeKind
    at: datetime
    entry: Entry
    what: tuple[str, ...] = ()  # differs from before: "headline", "text", "authors", "time" …


@dataclass(frozen=True, slots=True)
class Hold:
    """A page that is not believed: absences and edits are frozen while it lasts."""

    since: datetime
    reason: str  # a sentence for a person
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a source's last good answer is recognised by."""

    etag: str | None = None  # echoed as it came (RFC 9110 §13.1)
    last_modified: str | None = None  # likewise
    digest: str | None = None  # of the bytes as they came over the wire, or of a file's


@dataclass(frozen=True, slots=True)
class Reading:
    """One clean read of a source."""

    document: Document | None  # None: nothing has changed since the validators that were given
    validators: Validators  # to be given next time
    url: str = ""  # after redirects; "" for a file
    # The address to remember, where all redirects that led there were permanent ones; "": the
    # configured one is the right one again; None: what is remembered stays.
    moved_to: str | None = None
    fresh_until: datetime | None = None  # until then the server promises nothing new
    status: int = 0  # of HTTP; 0 for a file
    size: int = 0  # bytes that came over the wire, or stand in the file


@dataclass(frozen=True, slots=True)
class Sought:
    """What a snapshot can touch: the store loads these entries and no others."""

    native_ids: frozenset[str] = frozenset()
    digests: frozenset[str] = frozenset()
    # entries published between these two, which are widened already; None: no time at all
    earliest: datetime | None = None
    latest: datetime | None = None
    ids: frozenset[str] = frozenset()  # entries by their own id


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a source, as far as a snapshot can touch it."""

    feed_id: str  # the UUID of the feed: the name space of its entries' ids
    entries: tuple[Entry, ...] = ()  # those sought, and those that `memory` names
    memory: bytes = b""  # `Memory.data` of the last reconciliation; b"": never read before
    next_number: int = 1


@dataclass(frozen=True, slots=True)
class Memory:
    """What a reconciliation asks to be remembered for the next one."""

    data: bytes = b""  # opaque to all others
    names: frozenset[str] = frozenset()  # ids of the entries that it names: to be known then
    pending: bool = False  # whether one more unchanged read could change an entry


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a snapshot changes, in the order in which entries are to be numbered and told."""

    changes: tuple[Change, ...] = ()
    memory: Memory | None = None  # None: as it was
    hold: Hold | None = None  # set: the page is held; `changes` has at most new updates
    notes: tuple[str, ...] = ()  # warnings for a person, one sentence each
    believed: bool = True  # False: held, an older copy, or cut short: its validators are not kept


@dataclass(frozen=True, slots=True)
class Rendered:
    """One entry as published: bytes to be spliced into a feed; a tombstone has no `rss`."""

    id: str
    number: int
    published: datetime
    updated: datetime
    atom: bytes
    rss: bytes = b""
    json: bytes = b""
    removed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """All that publishing needs."""

    id: str  # "urn:uuid:…"
    name: str
    title: str
    link: str  # the page's address
    base: str  # the address of the folder of feeds, with its slash: "https://host/feeds/"
    updated: datetime
    items: tuple[Rendered, ...] = ()  # newest first: published, then number, descending
    deleted: tuple[Rendered, ...] = ()  # tombstones, newest first
    description: str = ""
    language: str | None = None
    hubs: tuple[str, ...] = ()
    coverage_start: datetime | None = None
    coverage_end: datetime | None = None
    sealed: int = 0  # how many archive documents are full
    first: int = 1  # the oldest of them that is still kept


State = Literal["new", "live", "quiet", "ended", "held", "failing", "blocked", "gone"]


@dataclass(frozen=True, slots=True)
class Profile:
    """What the page last said of itself, and how it was read; written where a read changed it."""

    title: str = ""
    description: str = ""
    language: str | None = None
    coverage_start: datetime | None = None
    coverage_end: datetime | None = None
    ended: bool = False
    successor: str | None = None
    been: tuple[str, ...] = ()  # the pages that coverage went on from, one to another
    strategy: str = ""
    stamps: tuple[datetime, ...] = ()  # of the newest updates, oldest first: the source's rhythm
    notes: tuple[str, ...] = ()  # warnings of the last read
    shown: str = ""  # digest of what it showed when it was last believed, and of its rules
    timezone: str = ""  # that reads inferred; "": the settings name one, or nothing was read yet
    assumed: Assumption | None = None  # of the times; None: all are stated in full
    unread: int = 0  # texts that could be a time and were not understood


@dataclass(frozen=True, slots=True)
class SourceState:
    """Where a source stands between two reads.

    `profile` is stored by `Store.commit` alone, all else by `Store.mark` too.
    """

    state: State = "new"
    reason: str = ""  # a sentence for a person, "" where all is well
    since: datetime | None = None  # when it came into this state
    last_read: datetime | None = None
    last_outcome: str = ""  # "changed", "unchanged", "held", "failed", "deferred"
    last_change: datetime | None = None
    next_due: datetime | None = None  # None: not until someone asks
    validators: Validators = field(default_factory=Validators)
    moved_to: str = ""  # where permanent redirects have led, or the successor page that was joined
    failures: int = 0  # failed reads in a row
    pending: bool = False  # whether one more unchanged read could change an entry
    profile: Profile = field(default_factory=Profile)
    version: int = field(default=0, compare=False)  # of the settings it was read by; 0: any
    claim: str = field(default="", compare=False)  # under which it is read; "": under none


def fold(changes: Iterable[Change]) -> dict[str, Entry]:
    """Returns the entries, by id, that a sequence of changes leads to."""
    return {change.entry.id: change.entry for change in changes}
