"""What keys of JSON objects are called in the world: hints between fields that could both be meant.

No name decides alone; the values do. A stem is the beginning of a word in a key.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PUBLISHED = ("publish", "releas", "posted", "issued", "display", "sent", "pub")
DATED = (
    "date", "time", "at", "ts", "when", "day", "creat", "start", "report", "log", "add", "datum",
    "fecha", "data", "on",
)  # fmt: skip
LATER = (
    "updat", "modif", "edit", "chang", "expir", "end", "until", "delet", "last", "clos", "resol",
    "sync", "index", "crawl", "seen", "fetch", "merg", "push", "geänd", "aktual",
)  # fmt: skip
GMT = ("gmt", "utc")
HEADLINE = (
    "headline", "title", "heading", "header", "subject", "titel", "titre", "título", "titulo",
    "titolo", "tytuł", "rubrik", "overskrift", "заголов",
    "標題", "标题", "タイトル", "題名", "件名", "見出し",
    "제목",
)  # fmt: skip
NAME = ("name", "label", "tag", "version", "nombre", "nom")
BODY = (
    "html", "body", "content", "cooked", "text", "message", "msg", "description", "story", "detail",
    "elements", "blocks", "note", "inhalt", "contenu", "contenido", "texto", "texte", "markdown",
)  # fmt: skip
EXCERPT = (
    "excerpt",
    "summary",
    "teaser",
    "short",
    "abstract",
    "lead",
    "preview",
    "snippet",
    "intro",
    "dek",
)
AUTHOR = (
    "author", "byline", "creator", "writer", "reporter", "contributor", "editor", "staff", "by",
    "user", "account", "from", "autor", "auteur", "redakt", "sender", "poster", "owner", "member",
    "person", "profile", "actor", "assign", "автор", "作者", "記者",
)  # fmt: skip
NO_AUTHOR = (*HEADLINE, *BODY, *EXCERPT, "role", "type", "kind", "stat", "job")
BESIDE = (
    "image", "photo", "picture", "media", "video", "gallery", "avatar", "icon", "logo",
    "attachment", "asset", "embed", "card", "thumb", "reblog", "quote", "retweet", "parent",
    "topic", "categor", "tag", "section", "site", "blog", "feed", "source", "project", "repo",
    "license", "commit", "reaction", "meta", "seo", "og", "related", "comment", "repl", "previous",
    "next", "geo", "location", "place",
)  # fmt: skip
NO_WORDS = (
    "alt",
    "copyright",
    "credit",
    "licen",
    "slug",
    "lang",
    "timezone",
    "format",
    "mime",
    "path",
)
ID = ("id", "uuid", "guid", "uid", "urn", "key", "ref", "nr", "number", "slug", "n")
LINK = ("permalink", "html", "canonical", "web", "link", "url", "href", "share", "short")
NO_LINK = (
    "image", "avatar", "thumb", "icon", "logo", "feed", "api", "git", "comment", "source",
    "external", "upload", "asset", "tarball", "zipball", "media", "photo", "picture", "video",
    "embed", "picture",
)  # fmt: skip
STATE = (
    "stat",
    "stage",
    "phase",
    "state",
    "step",
    "type",
    "kind",
    "zustand",
    "estado",
    "état",
    "etat",
)
CATEGORY = (
    "categor",
    "tag",
    "topic",
    "section",
    "keyword",
    "term",
    "rubri",
    "tema",
    "thema",
    "kategor",
)
NO_BODY = (*NO_WORDS, *CATEGORY)


def has_stem(words: Iterable[str], stems: tuple[str, ...]) -> bool:
    """Returns whether one of the words of a key begins with one of the stems.

    Short stems are whole words.
    """
    long = _long_stems(stems)
    return any(word in stems or word.startswith(long) for word in words)


@lru_cache(maxsize=64)
def _long_stems(stems: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(stem for stem in stems if len(stem) > 2)
