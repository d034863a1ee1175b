"""What a feed reader cannot show, rewritten into what it can, while it is still text.

Lazy and responsive images become plain ones, players and frames become links. Nothing here makes
anything safe: what it gives goes through nh3 like everything else.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin, urlsplit

from feeder.model import Media

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Any opening tag that needs a second look. Most bodies have none, and are told by this one search.
_SECOND_LOOK = re.compile(
    r"<(?!/|p>|a |b>|i>|em>|strong>|br|ul>|li>|ol>|h[1-6]>|blockquote>|span|div|table|t[rdh]>"
    r"|tbody>"
    r"|sub>|sup>)"
)
_SECTIONS = "section|article|main|header|footer|aside|address|details|summary|center|nav|hgroup"
_ATTRIBUTES = r"""(?:[^>"'=]++|=\s*+"[^"]*+"|=\s*+'[^']*+'|["'=])*+"""
_TAG = re.compile(
    r"<(/?)(picture|source|img|amp-img|amp-anim|iframe|amp-iframe|embed|object|video|amp-video"
    r"|audio|amp-audio"
    r"|noscript|figure"
    rf"|{_SECTIONS})\b({_ATTRIBUTES})>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""([a-zA-Z][\w:-]*)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_CANDIDATE = re.compile(r"([^\s,]\S*[^\s,])(?:\s+(\d{1,6}(?:\.\d{1,4})?)([wx]))?")
_IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|webp|avif|gif)(?:$|[?#&])", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"(?:^|[/_.-])(?:placeholder|blank|spacer|transparent|pixel|clear|loading|lazy-?load|1x1)"
    r"(?:[_.-][\w.-]*)?\.(?:gif|png|svg|jpe?g|webp)$",
    re.IGNORECASE,
)
_LAZY_SETS = ("srcset", "data-srcset", "data-lazy-srcset", "data-original-set")
_LAZY = (
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-lazy",
    "data-img-src",
    "data-image",
    "data-url",
    "data-full-src",
)
_CREDITS = ("credit", "Credit", "copyright", "photographer", "photo-by", "attribution", "fotograf")
_CREDIT = re.compile(
    r"""<(span|p|div|cite|em|i|small)\b[^>]{0,300}?\b(?:class|itemprop)\s*=\s*["']?[^"'>]{0,200}?"""
    rf"""(?:{"|".join(_CREDITS)})[^>]{{0,300}}>(.{{0,400}}?)</\1>""",
    re.IGNORECASE | re.DOTALL,
)
_TYPES = {
    "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "ogv": "video/ogg",
    "mov": "video/quicktime", "mp3": "audio/mpeg", "m4a": "audio/mp4", "ogg": "audio/ogg",
    "oga": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav", "aac": "audio/aac",
    "m3u8": "application/vnd.apple.mpegurl", "mpd": "application/dash+xml",
}  # fmt: skip
_PLAYERS = frozenset({"video", "amp-video", "audio", "amp-audio"})
_FRAMES = frozenset({"iframe", "amp-iframe", "embed", "object"})
WRAPPERS = dict.fromkeys(_SECTIONS.split("|"), "div") | {"figure": "figure"}
_IMAGES = frozenset({"img", "amp-img", "amp-anim"})


class Rich(NamedTuple):
    markup: str
    media: tuple[Media, ...] = ()


@dataclass(slots=True)
class _Pass:
    """One walk over a fragment's tags: what is open, and what has been written."""

    base: str
    written: list[str] = field(default_factory=list)
    media: list[Media] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)  # srcsets of the open <picture>
    player: dict[str, str] | None = None
    mark: int = 0  # where the open player's fallback begins


def rich(fragment: str, base: str) -> Rich:
    if not _SECOND_LOOK.search(fragment):
        return Rich(fragment)
    state, at = _Pass(base), 0
    for tag in _TAG.finditer(fragment):
        state.written.append(fragment[at : tag.start()])
        state.written.append(_tag(state, tag[2].lower(), bool(tag[1]), tag[3]))
        at = tag.end()
    state.written.append(fragment[at:])
    if state.player:
        state.written.append(_played(state))
    markup = "".join(state.written)
    if any(word in markup for word in _CREDITS):
        markup = _CREDIT.sub(r"<small>\2</small>", markup)
    return Rich(markup, tuple(state.media))


def _tag(state: _Pass, name: str, closing: bool, raw: str) -> str:
    if name in _PLAYERS:
        return _played(state) if closing else _opened(state, name, attributes(raw))
    if name in WRAPPERS:
        return f"<{'/' * closing}{WRAPPERS[name]}>"
    if name == "picture":
        state.sources.clear()
    if closing or name in ("picture", "noscript"):
        return ""
    return _one(state, name, attributes(raw))


def _one(state: _Pass, name: str, tag: dict[str, str]) -> str:
    if name == "source":
        return _source(state, tag)
    return _image(tag, state) if name in _IMAGES else _framed(tag)


def attributes(raw: str) -> dict[str, str]:
    """A tag's attributes by lower-case name; the first of a name wins (WHATWG HTML §13.2.5.33)."""
    found: dict[str, str] = {}
    for name, *values in _ATTRIBUTE.findall(raw):
        found.setdefault(name.lower(), html.unescape("".join(values)))
    return found


def _source(state: _Pass, tag: Mapping[str, str]) -> str:
    if state.player is None:
        state.sources += [tag[name] for name in _LAZY_SETS if name in tag]
    elif "src" in tag and "src" not in state.player:
        state.player |= {key: tag[key] for key in ("src", "type") if key in tag}
    return ""


def _image(tag: dict[str, str], state: _Pass) -> str:
    url = best_image(tag, state.sources)
    state.sources.clear()
    if not url or _pixel(tag, url):
        return ""
    kept = {"src": url, "alt": tag.get("alt", "")}
    kept |= {key: tag[key] for key in ("width", "height") if tag.get(key, "").isdecimal()}
    return "<img" + "".join(f' {key}="{html.escape(value)}"' for key, value in kept.items()) + ">"


def best_image(tag: Mapping[str, str], sources: list[str]) -> str:
    """Returns the largest image that the tag or its <source>s offer; a placeholder is none."""
    candidates = list(_candidates([tag[name] for name in _LAZY_SETS if name in tag] + sources))
    if candidates:
        return max(candidates)[1]
    lazy = next((tag[name] for name in _LAZY if _real(tag.get(name, ""))), "") or _other_data(tag)
    src = tag.get("src", "").strip()
    return lazy.strip() or (src if _real(src) else "")


def _other_data(tag: Mapping[str, str]) -> str:
    """Returns the address of an image under whatever name a script would take it from."""
    data = (value for name, value in tag.items() if name.startswith("data-"))
    return next((one for one in data if _IMAGE_FILE.search(one) and " " not in one), "")


def _candidates(sets: list[str]) -> Iterator[tuple[float, str]]:
    """Width and address of each; a density counts as that many small screens."""
    for number, each in enumerate(sets):
        for url, size, unit in _CANDIDATE.findall(each[:20_000]):
            if _real(url):
                yield float(size or 1) * (400 if unit != "w" else 1) - number / 1000, url


def _real(url: str) -> bool:
    """Returns whether it is a picture's address, not that of a stand-in until one is loaded."""
    if not url or url == "true" or url.startswith(("data:", "blob:", "{", "#", "about:")):
        return False
    return not _PLACEHOLDER.search(url.partition("?")[0])


def _pixel(tag: Mapping[str, str], url: str) -> bool:
    """Returns whether it is a tracking pixel: invisible, or named after its size."""
    small = any(
        tag.get(side, "").removesuffix("px") in ("0", "1", "2") for side in ("width", "height")
    )
    hidden = "display:none" in tag.get("style", "").replace(" ", "").lower()
    return small or hidden or "1x1" in re.split(r"\W", url.lower())


def _framed(tag: Mapping[str, str]) -> str:
    address = next(
        (tag[name] for name in ("src", "data-src", "data", "data-url") if _real(tag.get(name, ""))),
        "",
    )
    if not address or address.lower().startswith("javascript:") or _pixel(tag, address):
        return ""
    return _link(address, tag.get("title") or tag.get("aria-label") or tag.get("name") or "")


def _link(address: str, label: str) -> str:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    label = label.strip() or host.removeprefix("www.") or address
    return f'<p><a href="{html.escape(address)}">{html.escape(label)}</a></p>'


def _opened(state: _Pass, name: str, tag: dict[str, str]) -> str:
    state.player = {"kind": name.removeprefix("amp-"), **tag}
    state.mark = len(state.written)
    return ""


def _played(state: _Pass) -> str:
    """Returns a link to what the player plays, in the place of its fallback, and the enclosure."""
    player, state.player = state.player, None
    if player is None:
        return ""
    del state.written[state.mark :]
    address = next(
        (player[name] for name in ("src", "data-src") if _real(player.get(name, ""))), ""
    )
    label = player.get("title") or player.get("aria-label") or player["kind"].capitalize()
    if not address:
        return ""
    media = enclosure(address, state.base, player["kind"], player.get("type", ""), label)
    state.media += [media] if media else []
    return _link(address, label)


def enclosure(address: str, base: str, kind: str, type_: str, title: str = "") -> Media | None:
    """Audio or video at an http(s) address, of the stated type, else of that of the file's name."""
    try:
        url = urljoin(base, address.strip())
        suffix = urlsplit(url).path.rpartition(".")[2].lower()
    except ValueError:
        return None
    if not url.startswith(("http://", "https://")):
        return None
    fallback = "audio/mpeg" if kind == "audio" else "video/mp4"
    stated = type_.partition(";")[0].strip().lower()
    return Media(url, stated if "/" in stated else _TYPES.get(suffix, fallback), title=title)
