"""Record the picture of the README: `python tools/record_page.py`. Needs Chromium and Pillow.

It runs `feeder demo` for one episode: reports come, a typo is mended, a headline is edited, the
site answers 500, which changes nothing, and a report is taken down. On the left is the page that is
played, on the right the page of its source, and above them what the demonstration says.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import sync_playwright

from feeder.web.session import COOKIE, issue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
LEFT, RIGHT, HEIGHT, STRIP = 440, 700, 640, 46
SPEED = 1.5  # times as fast as usual
LOOK = 0.2  # seconds between two looks
LINGER = 1.5  # seconds after the last thing has happened
MOST_SECONDS = 120.0
MOST_BYTES = 1_000_000
INK, PAPER = "#1d1b18", "#faf8f4"
ADDRESS = re.compile(r"http://\S+")
# The page alone: its feed is looked at on the right.
STYLE = """
body { display: block; background: #eef2f5; color: #14202b; }
#feed { display: none; } section { padding: 22px 26px; }
h1 { font-size: 24px; line-height: 1.15; } article { border-color: #14202b; padding: 9px 0 12px; }
"""


@dataclass
class Demo:
    """A demonstration that runs, and what it has said."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def listen(self) -> None:
        assert self.process.stdout
        with suppress(ValueError):  # it was closed at the end
            for line in self.process.stdout:
                self.said.append(line.strip())

    def find_address(self, words: str) -> str:
        deadline = time.monotonic() + MOST_SECONDS
        while time.monotonic() < deadline:
            for line in [line for line in self.said if words in line]:
                return ADDRESS.findall(line)[0]
            time.sleep(LOOK)
        raise TimeoutError(words)

    @property
    def happenings(self) -> list[str]:
        """What happened, and what came of it."""
        return [
            line for line in self.said if line[:1] in set("+~−!") or line.startswith("The page:")
        ]


@contextmanager
def playing(token: str) -> Iterator[Demo]:
    command = [sys.executable, "-u", "-m", "feeder", "demo", "--speed", str(SPEED)]
    environment = os.environ | {"FEEDER_TOKEN": token}
    with subprocess.Popen(  # noqa: S603 -- ours
        command, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        demo = Demo(process)
        threading.Thread(target=demo.listen, daemon=True).start()
        try:
            yield demo
        finally:
            process.terminate()


@dataclass
class Film:
    """Pictures, and for how many milliseconds each of them was to be seen."""

    frames: list[Image.Image] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)

    def take(self, frame: Image.Image, lasts: int) -> None:
        if self.frames and frame.tobytes() == self.frames[-1].tobytes():
            self.lasts[-1] += lasts
        else:
            self.frames.append(frame)
            self.lasts.append(lasts)


def film(demo: Demo, browser: Browser, token: str) -> tuple[Film, Image.Image]:
    """Returns one episode, and the picture of an edited headline."""
    site, feed = demo.find_address("side by side"), demo.find_address("Subscribe")
    base = feed.partition("/feeds/")[0]
    live = browser.new_page(viewport={"width": LEFT, "height": HEIGHT})
    live.goto(site)
    live.add_style_tag(content=STYLE)
    context = browser.new_context(
        viewport={"width": RIGHT, "height": HEIGHT}, reduced_motion="reduce"
    )
    context.add_cookies([{"name": COOKIE, "value": issue(token), "url": base}])
    ours = context.new_page()
    ours.goto(f"{base}/sources/demo")
    made, still, ended = Film(), None, float("inf")
    began = seen = time.monotonic()
    while time.monotonic() < min(ended + LINGER, began + MOST_SECONDS):
        ours.evaluate(UNFOLD)
        frame = compose(live, ours, demo.happenings)
        now = time.monotonic()
        made.take(frame, round(1000 * (now - seen)))
        seen = now
        if any("edited" in line for line in demo.happenings):
            still = still or frame
        if ended > now and any(line.startswith("−") for line in demo.happenings):
            ended = now
        time.sleep(LOOK)
    assert still is not None, demo.said
    return made, still


# The differences of what was changed last are shown, and the stream begins at the top.
UNFOLD = """() => {
  document.querySelectorAll(".item details.revisions").forEach(one => { one.open = true });
  scrollTo(0, document.querySelector("#travel").offsetTop - 12);
}"""


def compose(live: Page, ours: Page, happenings: list[str]) -> Image.Image:
    frame = Image.new("RGB", (LEFT + RIGHT, HEIGHT + STRIP), PAPER)
    frame.paste(_shot(live), (0, STRIP))
    frame.paste(_shot(ours), (LEFT, STRIP))
    pen = ImageDraw.Draw(frame)
    pen.rectangle((0, 0, LEFT + RIGHT, STRIP), fill=INK)
    font = ImageFont.load_default(18)
    happens, *others = [*happenings[_last_of_page(happenings) :], "The page, and its feed"]
    pen.text((26, 12), happens, fill=PAPER, font=font)
    if len(others) > 1:
        pen.text((LEFT + 24, 12), others[-2].replace("−", "-"), fill=PAPER, font=font)
    return frame


def _last_of_page(happenings: list[str]) -> int:
    """Returns where the last thing stands that happened on the page; past the end: nothing has."""
    places = [place for place, line in enumerate(happenings) if line.startswith("The page:")]
    return places[-1] if places else len(happenings)


def _shot(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot()))


def main() -> None:
    token = secrets.token_urlsafe()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver, playing(token) as demo:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        made, still = film(demo, browser, token)
        browser.close()
    PICTURES.mkdir(parents=True, exist_ok=True)
    first, *others = made.frames
    moving = PICTURES / "page.webp"
    first.save(
        moving, save_all=True, append_images=others, duration=made.lasts, loop=0, quality=80,
        method=4,
    )  # fmt: skip
    still.save(PICTURES / "page.png", optimize=True)
    print(f"{len(made.frames)} pictures, {sum(made.lasts) / 1000:.0f} seconds")
    print(*(f"{file}: {file.stat().st_size:,} bytes" for file in PICTURES.iterdir()), sep="\n")
    assert moving.stat().st_size < MOST_BYTES


if __name__ == "__main__":
    main()
