"""What the tests of the pages share: a site of our own whose pages change, followed by a daemon."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TYPE_CHECKING

import httpx
from loopback import page, site
from running import TOKEN, Daemon

from feeder.web.session import COOKIE, issue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from loopback import Site

WORDS = (
    "Lock gates hold as the tide turns",
    "Ferries to resume at noon",
    "Bridge reopened to pedestrians",
    "Power is back in the old town",
    "School stays closed until Thursday",
    "Market moved to the upper square",
    "Trains run again between port and city",
    "Volunteers asked to bring sandbags",
)
_ANYWHERE = (
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//%0D%0A%0d%0a//</stYle/</titLe/"
    "</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd=alert()//>\\x3e"
)
POLYGLOTS = (
    _ANYWHERE,
    "\"><img src=x onerror=alert(1)>'><svg/onload=alert(2)>",
    "{{7*7}}{% raw %}${7*7}<%= 7*7 %>",
    "</title><script>alert(3)</script>",
)

# The site is asked as a proxy: what a page of ours adds may live at no private address.
SITE = "http://pages.example"
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass
class LivePage:
    """A page with updates, the newest first. Its titles and texts are escaped as a site does."""

    title: str
    updates: dict[int, tuple[str, str]] = field(default_factory=dict)
    lang: str = "en"

    def html(self) -> bytes:
        articles = "".join(self._article(n) for n in sorted(self.updates, reverse=True))
        head = f'<!doctype html><html lang="{self.lang}"><head><title>{escape(self.title)}</title>'
        return f"{head}</head><body><main>{articles}</main></body></html>".encode()

    def _article(self, number: int) -> str:
        headline, text = self.updates[number]
        at = NOW - timedelta(minutes=7 * (40 - number))
        return (
            f'<article class="update" id="u{number}"><time datetime="{at.isoformat()}">'
            f"{at:%H:%M}</time><h2>{escape(headline)}</h2><p>{escape(text)}</p></article>"
        )


def live(title: str = "Harbour flood: live", count: int = 6) -> LivePage:
    updates = {n: (WORDS[n % len(WORDS)], f"Crews of shift {n} say so.") for n in range(count)}
    return LivePage(title, updates)


@dataclass
class Followed:
    """The daemon and the site; `more` sources can be configured before it starts."""

    daemon: Daemon
    site: Site
    more: str = ""
    prefix: str = ""
    serve: str = ""

    def start(self) -> None:
        self.show("/harbour", live())
        proxy = f'proxy = "{self.site.url("")}"\n'
        text = f'[[source]]\nname = "harbour"\nurl = "{SITE}/harbour"\nevery = "1d"\n'
        self.daemon.configure(proxy + text + self.more)
        file = self.daemon.folder / "config.toml"
        plain = file.read_text("utf-8")
        based = plain.replace(self.daemon.base, self.daemon.base + self.prefix, 1)
        file.write_text(based.replace("[serve]\n", f"[serve]\n{self.serve}"), "utf-8")
        self.daemon.start()
        self.read("harbour")

    def show(self, path: str, shown: LivePage) -> None:
        self.site.serve(f"{SITE}:80{path}", page(shown.html()))

    def read(self, name: str) -> dict[str, object]:
        answer = self.daemon.post(f"/api/sources/{name}/refresh")
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def client(self, *, logged_in: bool = False) -> httpx.Client:
        """A client that sends what a browser sends with a form of our own pages."""
        return httpx.Client(
            base_url=self.daemon.base,
            trust_env=False,
            verify=False,
            headers={"Origin": self.daemon.base},
            cookies={COOKIE: issue(TOKEN)} if logged_in else None,
        )


@contextmanager
def following(folder: Path, **how: str) -> Iterator[Followed]:
    with site() as there:
        made = Followed(Daemon(folder), there, **how)
        try:
            made.start()
            yield made
        finally:
            made.daemon.kill()
