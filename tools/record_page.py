"""Record the picture of the README: `python tools/record_page.py`. Needs Chromium and Pillow.

A live page of our own stands beside the page of its source. It gets an update, a headline is
edited, an update is removed, and the site answers 500, which changes nothing. What is shown is a
daemon that really follows that page.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import sync_playwright

TOP = Path(__file__).parents[1]
sys.path[:0] = [str(TOP / "tests"), str(TOP / "tests" / "real")]

from loopback import Site, page, site, status  # noqa: E402 -- found by the line above
from running import TOKEN, Daemon  # noqa: E402

from feeder.web.session import COOKIE, issue  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES = TOP / "docs" / "pictures"
LEFT, RIGHT, HEIGHT, STRIP = 470, 690, 640, 46
MOST_BYTES = 1_000_000
INK, PAPER = "#1d1b18", "#faf8f4"
STYLE = """
body { margin: 0; padding: 24px 28px; background: #eef2f5; color: #14202b; }
body { font: 15px/1.5 "Liberation Sans", sans-serif; }
h1 { font-size: 25px; line-height: 1.15; margin: 0 0 16px; }
h2 { font-size: 17px; margin: 2px 0 4px; } p { margin: 0; }
article { border-top: 2px solid #14202b; padding: 10px 0 14px; }
time { color: #556573; font-size: 13px; }
"""
FIRST = {
    1: ("Lock gates hold as the tide turns", "The water stands forty centimetres under the wall."),
    2: (
        "Ferries to resume at noon",
        "The first boat is expected to leave at noon, the operator says.",
    ),
    3: ("Bridge reopened", "People may cross on foot; cars have to wait until the evening."),
}


@dataclass
class Scene:
    """The live page, and the frames that were taken so far."""

    there: Site
    daemon: Daemon
    live: Page
    ours: Page
    updates: dict[int, tuple[str, str]] = field(default_factory=lambda: dict(FIRST))
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    frames: list[Image.Image] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)  # milliseconds of each frame

    def show(self) -> None:
        self.there.serve("/harbour", page(self._html()))
        self.live.goto(self.there.url("/harbour"))

    def read(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.daemon.post("/api/sources/harbour/refresh").status_code == 200

    def take(self, caption: str, lasts: int) -> None:
        """Keeps what both sides show now."""
        frame = Image.new("RGB", (LEFT + RIGHT, HEIGHT + STRIP), PAPER)
        frame.paste(_picture(self.live), (0, STRIP))
        frame.paste(_picture(self.ours), (LEFT, STRIP))
        pen = ImageDraw.Draw(frame)
        pen.rectangle((0, 0, LEFT + RIGHT, STRIP), fill=INK)
        pen.text((20, 11), caption, fill=PAPER, font=ImageFont.load_default(20))
        self.frames.append(frame)
        self.lasts.append(lasts)

    def _html(self) -> bytes:
        articles = "".join(self._article(number) for number in sorted(self.updates, reverse=True))
        head = f"<title>Harbour flood: live</title><style>{STYLE}</style>"
        whole = f'<!doctype html><html lang="en"><head>{head}</head><body><main>'
        return f"{whole}<h1>Harbour flood: live</h1>{articles}</main></body></html>".encode()

    def _article(self, number: int) -> str:
        headline, text = self.updates[number]
        at = self.began - timedelta(minutes=9 * (4 - number))
        stamp = f'<time datetime="{at.isoformat()}">{at:%H:%M}</time>'
        return f'<article id="u{number}">{stamp}<h2>{headline}</h2><p>{text}</p></article>'


def _picture(shown: Page) -> Image.Image:
    return Image.open(io.BytesIO(shown.screenshot()))


def play(scene: Scene) -> None:
    """What happens, one scene after the other."""
    ours = scene.ours
    scene.show()
    scene.daemon.start()
    scene.read()
    ours.goto(f"{scene.daemon.base}/sources/harbour")
    scene.take("A live page, and its feed", 1800)
    scene.updates[4] = (
        "Trains run again",
        "The line to the city is open, at half the usual speed.",
    )
    scene.show()
    scene.take("An update appears on the page …", 1200)
    scene.read()
    ours.locator(".item", has_text="Trains run again").wait_for()
    scene.take("… and in the feed, without a reload", 2200)
    scene.updates[2] = ("Ferries to resume at two", scene.updates[2][1])
    scene.show()
    scene.take("A headline is edited …", 1200)
    scene.read()
    edited = ours.locator(".item", has_text="Ferries to resume at two").locator("details")
    edited.wait_for()
    edited.evaluate("one => { one.open = true; one.scrollIntoView({block: 'end'}) }")
    ours.evaluate("scrollBy(0, 30)")
    scene.take("… the same entry, with the words that changed", 2600)
    del scene.updates[3]
    scene.show()
    scene.take("An update is taken down …", 1200)
    scene.read(3)
    ours.locator(".item.removed").wait_for()
    ours.evaluate("scrollTo(0, 120)")
    scene.take("… and out of the feed: readers are told", 2600)
    scene.there.serve("/harbour", status(500))
    scene.live.goto(scene.there.url("/harbour"))
    scene.read()
    ours.reload()
    scene.take("The site answers 500: nothing changes, and it is said", 3000)


def record(browser: Browser, folder: Path) -> Scene:
    with site() as there:
        daemon = Daemon(folder)
        where = f'[[source]]\nname = "harbour"\nurl = "{there.url("/harbour")}"\nevery = "1d"\n'
        daemon.configure(where)
        there.serve("/harbour", page(b"<title>Soon</title>"))
        daemon.start()
        try:
            live = browser.new_page(viewport={"width": LEFT, "height": HEIGHT})
            context = browser.new_context(
                viewport={"width": RIGHT, "height": HEIGHT}, reduced_motion="reduce"
            )
            context.add_cookies([{"name": COOKIE, "value": issue(TOKEN), "url": daemon.base}])
            scene = Scene(there, daemon, live, context.new_page())
            play(scene)
        finally:
            daemon.kill()
    return scene


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        scene = record(browser, Path(folder))
        browser.close()
    PICTURES.mkdir(parents=True, exist_ok=True)
    first, *others = scene.frames
    moving = PICTURES / "page.webp"
    first.save(
        moving,
        save_all=True,
        append_images=others,
        duration=scene.lasts,
        loop=0,
        quality=85,
        method=6,
    )
    scene.frames[4].save(PICTURES / "page.png", optimize=True)
    assert moving.stat().st_size < MOST_BYTES
    print(*(f"{file}: {file.stat().st_size:,} bytes" for file in PICTURES.iterdir()), sep="\n")


if __name__ == "__main__":
    main()
