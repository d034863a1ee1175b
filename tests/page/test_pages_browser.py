"""The pages as a person uses them, in Chromium: nothing that they need is asked of another host."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from loopback import page as html_page
from running import TOKEN
from watching import POLYGLOTS, SITE, LivePage, following, live

from feeder.web.session import COOKIE, issue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from watching import Followed

AXE = Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")
SCREENS = {"phone": (390, 844), "wide": (1280, 900)}
PATIENCE = 20_000  # milliseconds for what takes a moment
# Without times, so that nothing is found until someone points at it.
CARDS = "".join(
    f'<div class="card"><p class="ttl"><a href="/x{n}">Notice {n} of the council</a></p>'
    f"<p>Words of notice {n}, which are long enough to be read as text.</p></div>"
    for n in range(5)
)
ODD = f'<!doctype html><html lang="en"><head><title>Notices</title></head><body><main><div class="list">{CARDS}</div></main></body></html>'


@dataclass
class Watched:
    """A page of the browser, with all that went wrong in it."""

    page: Page
    base: str
    trouble: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.base + path)
        return self.page

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()


@contextmanager
def watched(
    browser: Browser, followed: Followed, *, screen: str = "wide", dark: bool = False,
    logged_in: bool = True,
) -> Iterator[Watched]:  # fmt: skip
    width, height = SCREENS[screen]
    base = followed.daemon.base
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    if logged_in:
        context.add_cookies([{"name": COOKIE, "value": issue(TOKEN), "url": base}])
    made = Watched(context.new_page(), base)
    host = urlsplit(base).netloc

    def note_request(request: Any) -> None:
        if urlsplit(request.url).netloc != host:
            made.trouble.append(f"asked {request.url}")

    made.page.on("request", note_request)
    made.page.on("dialog", lambda dialog: made.trouble.append(f"dialog {dialog.message}"))
    made.page.on("pageerror", lambda error: made.trouble.append(f"error {error}"))
    made.page.on(
        "console",
        lambda said: made.trouble.append(said.text) if said.type in {"error", "warning"} else None,
    )
    yield made
    context.close()
    assert made.trouble == []


def violations(page: Page) -> list[str]:
    """What axe finds, or what is wider than the screen, on a phone and a wide screen, dark and light."""
    before = page.viewport_size
    assert before
    page.evaluate(f"{AXE};0")
    found = []
    for screen, (width, height) in SCREENS.items():
        page.set_viewport_size({"width": width, "height": height})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{screen}: wider than the screen")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            nodes = [(one["id"], node["target"]) for one in told for node in one["nodes"]]
            found += [f"{screen}, {scheme}: {rule}: {target}" for rule, target in nodes]
    page.emulate_media(color_scheme=None)
    page.set_viewport_size(before)
    return found


def test_someone_logs_in_looks_at_a_page_and_follows_it(
    browser: Browser, followed: Followed
) -> None:
    followed.show("/council", live("Council meeting: live", 4))
    with watched(browser, followed, logged_in=False) as here:
        here.go("/add").get_by_role("link", name="Log in").first.click()
        here.page.fill("#token", TOKEN)
        here.click("Log in")
        here.page.wait_for_url(f"{here.base}/")
        here.go("/add").fill("#url", f"{SITE}/council")
        here.click("Look")
        assert here.page.locator(".preview li").count() == 4
        assert here.page.input_value("#name") == "pages-example-council"
        here.page.fill("#name", "council")
        here.page.fill("#every", "1h")
        here.click("Follow")
        here.page.wait_for_url(f"{here.base}/sources/council")
        here.page.locator(".item").first.wait_for()  # it comes without a reload
        assert here.page.locator(".item").count() == 4
        assert 'every = "1h"' in here.page.inner_text("#toml")
        assert "added here" in here.page.inner_text("main")
        here.page.locator("details.danger summary").click()
        here.click("Stop following council")
        here.page.wait_for_url(f"{here.base}/")
        assert "no longer followed" in here.page.inner_text(".notice")


@pytest.mark.parametrize("screen", SCREENS)
def test_pointing_at_one_update_finds_the_others(
    browser: Browser, followed: Followed, screen: str
) -> None:
    followed.site.serve(f"{SITE}:80/odd", html_page(ODD.encode()))
    with watched(browser, followed, screen=screen) as here:
        here.go("/add").fill("#url", f"{SITE}/odd")
        here.click("Look")
        assert "Nothing to publish" in here.page.inner_text("#found-title")
        assert violations(here.page) == []
        here.page.get_by_role("link", name="Point at an update").click()
        still = here.page.frame_locator("iframe")
        still.get_by_text("Words of notice 2").wait_for()
        place_of(here.page, "Words of notice 2")
        here.page.get_by_text("5 updates found").wait_for()
        place_of(here.page, "Notice 3 of the council")
        here.page.locator(".over .headline").first.wait_for()
        assert here.page.locator(".over .update").count() == 5
        assert here.page.locator(".over .headline").count() == 5
        assert violations(here.page) == []
        here.click("Use these")
        assert here.page.locator(".preview .title").all_inner_texts() == [
            f"Notice {n} of the council" for n in range(5)
        ]
        here.click("Follow")
        here.page.wait_for_url("**/sources/*")
        assert 'update = "div.card"' in here.page.inner_text("#toml")
        here.page.locator(".item").first.wait_for()
        here.page.locator("details.danger summary").click()
        here.page.locator(".danger button").click()
        here.page.wait_for_url(f"{here.base}/")


def place_of(page: Page, words: str) -> None:
    """Clicks the place over the still at which these words are."""
    over = page.locator(".over")
    at = page.evaluate(
        """(words) => {
          const all = [...document.querySelector("iframe").contentDocument.querySelectorAll("[data-n]")];
          const found = all.filter((one) => one.textContent.startsWith(words)).pop();
          const box = found.getBoundingClientRect();
          return {x: box.left + 8, y: box.top + 6};
        }""",
        words,
    )
    over.click(position=at)


def test_pointing_works_by_keyboard(browser: Browser, followed: Followed) -> None:
    followed.site.serve(f"{SITE}:80/odd", html_page(ODD.encode()))
    with watched(browser, followed) as here:
        here.go("/add").fill("#url", f"{SITE}/odd")
        here.page.keyboard.press("Enter")
        here.page.get_by_role("link", name="Point at an update").click()
        here.page.frame_locator("iframe").get_by_text("Words of notice 2").wait_for()
        here.page.locator(".over").focus()
        for _ in range(4):  # main, list, the first card, its first line
            here.page.keyboard.press("ArrowDown")
        here.page.keyboard.press("Enter")
        here.page.get_by_text("5 updates found").wait_for()


def test_an_update_its_edit_and_its_removal_arrive_without_a_reload(
    browser: Browser, followed: Followed
) -> None:
    shown = live("Harbour flood: live", 6)
    followed.show("/harbour", shown)
    followed.read("harbour")
    with watched(browser, followed) as here:
        here.go("/sources/harbour")
        here.page.evaluate("window.same = true")
        shown.updates[6] = ("Ferry leaves the quay", "It carries forty passengers.")
        followed.show("/harbour", shown)
        followed.read("harbour")
        item = here.page.locator(".item", has_text="Ferry leaves the quay")
        item.wait_for()
        shown.updates[6] = ("Ferry leaves the quay", "It carries fifty passengers and a band.")
        followed.show("/harbour", shown)
        followed.read("harbour")
        item.locator("details").wait_for()
        item.locator("summary").click()
        assert item.locator("del").all_inner_texts() == ["forty"]
        assert "".join(item.locator("ins").all_inner_texts()) == "fifty and a band"
        del shown.updates[3]
        followed.show("/harbour", shown)
        for _ in range(3):
            followed.read("harbour")
        here.page.locator(".item.removed").wait_for()
        assert here.page.evaluate("window.same") is True


def test_under_a_path_an_update_arrives_without_a_reload_too(
    browser: Browser, tmp_path: Path
) -> None:
    """With `base_url` under /live, as behind a proxy that passes the path on."""
    with following(tmp_path, prefix="/live") as made, watched(browser, made) as here:
        shown = live("Harbour flood: live", 6)
        here.go("/live/").get_by_role("link", name="Harbour flood: live").click()
        here.page.evaluate("window.same = true")
        shown.updates[6] = ("Ferry leaves the quay", "It carries forty passengers.")
        made.show("/harbour", shown)
        made.read("harbour")
        item = here.page.locator(".item", has_text="Ferry leaves the quay")
        item.wait_for()
        assert here.page.evaluate("window.same") is True
        item.locator(".when a").click()
        here.page.wait_for_url(f"{here.base}/live/entries/*")
        here.go("/live/sources/harbour")
        here.click("Read now")
        here.page.get_by_text("Read just now: nothing has changed").wait_for()
        assert here.page.url == f"{here.base}/live/sources/harbour"


def test_the_overview_lives_and_reads_when_asked(browser: Browser, followed: Followed) -> None:
    shown = live("Harbour flood: live", 6)
    with watched(browser, followed) as here:
        here.go("/")
        here.page.evaluate("window.same = true")
        shown.updates[9] = ("Sluice opened by hand", "Two people turned the wheel.")
        followed.show("/harbour", shown)
        here.click("Read Harbour flood: live now")
        here.page.locator("#row-harbour", has_text="Sluice opened by hand").wait_for()
        here.page.locator("#latest", has_text="Sluice opened by hand").wait_for()
        here.page.get_by_label("Find").fill("nothing is like this")
        here.page.get_by_text("No page that is followed is like that").wait_for()
        assert "q=nothing" in here.page.url
        here.page.get_by_label("Find").fill("flood harb")
        here.page.locator("#row-harbour").wait_for()
        assert here.page.evaluate("window.same") is True


def test_a_page_is_held_shown_and_accepted(browser: Browser, followed: Followed) -> None:
    shown = live("Reservoir levels: live", 8)
    followed.show("/reservoir", shown)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with followed.client() as client:
        source = {"url": f"{SITE}/reservoir", "name": "reservoir", "every": "1d"}
        assert client.post("/api/sources", json=source, headers=bearer).status_code == 201
    followed.read("reservoir")
    shown.updates = {n: shown.updates[n] for n in (0, 7)}
    followed.show("/reservoir", shown)
    with watched(browser, followed) as here:
        here.go("/sources/reservoir")
        here.click("Read now")
        hold = here.page.locator(".hold")
        assert "updates of the last read are missing" in hold.inner_text()
        assert hold.locator("del").count() == 6
        assert violations(here.page) == []
        here.click("Compare with the page now")
        here.page.get_by_role("heading", name="The feed, and the page now").wait_for()
        assert here.page.locator(".sides del").count() == 6
        assert here.page.locator(".sides section").nth(1).locator("li").count() == 2
        assert violations(here.page) == []
        here.click("Accept the page as it is")
        hold.wait_for(state="detached")
        assert here.page.locator(".item").count() == 8  # what is missing has rolled off
        here.page.locator("details.danger summary").click()
        here.page.locator(".danger button").click()
        here.page.wait_for_url(f"{here.base}/")


def test_settings_are_changed_and_the_past_is_read_again(
    browser: Browser, followed: Followed
) -> None:
    """A zone that was wrong: what would change is shown first, then done."""
    days = "".join(
        f'<article class="update" id="t{n}"><time>{n} March 2026, 10:00</time>'
        f"<h2>Tide table {n} is out</h2><p>High water is expected at gate {n}.</p></article>"
        for n in range(5, 0, -1)
    )
    body = f'<!doctype html><html lang="en"><head><title>Tides</title></head><body><main>{days}</main></body></html>'
    followed.site.serve(f"{SITE}:80/tides", html_page(body.encode()))
    with watched(browser, followed) as here:
        here.go("/add").fill("#url", f"{SITE}/tides")
        here.click("Look")
        here.page.fill("#name", "tides")
        here.page.fill("#timezone", "UTC")
        here.click("Follow")
        here.page.locator(".item").first.wait_for()
        assert "10:00" in here.page.inner_text("#stream")
        here.page.get_by_text("Change settings").click()
        here.page.fill("#timezone", "America/New_York")
        here.click("Keep")
        here.page.get_by_text("The settings were changed").wait_for()
        here.click("Read the kept pages again")
        here.page.get_by_role("heading", name="5 updates would change").wait_for()
        assert violations(here.page) == []
        here.click("Correct the feed")
        here.page.get_by_text("Corrected: 5 updates").wait_for()
        assert "15:00" in here.page.inner_text("#stream")
        here.page.get_by_text("Change settings").click()
        here.page.fill("#every", "soon")
        here.trouble.clear()
        here.click("Keep")
        here.page.get_by_role("heading", name="That did not work").wait_for()
        assert violations(here.page) == []
        here.trouble.clear()  # the browser tells its console of the status 422
        here.go("/sources/tides").locator("details.danger summary").click()
        here.page.locator(".danger button").click()
        here.page.wait_for_url(f"{here.base}/")


def test_hostile_words_do_nothing_in_a_browser(browser: Browser, followed: Followed) -> None:
    hostile = LivePage(POLYGLOTS[3], {n: (words, words) for n, words in enumerate(POLYGLOTS)})
    followed.show("/hostile", hostile)
    with watched(browser, followed) as here:
        here.go("/add").fill("#url", f"{SITE}/hostile?q=%22%3E%3Csvg/onload=alert(1)%3E")
        here.click("Look")
        assert here.page.locator(".preview li").count() == len(POLYGLOTS)
        here.page.get_by_role("link", name="Not right?").click()
        here.page.frame_locator("iframe").locator("[data-n]").first.wait_for()
        here.page.go_back()
        here.page.fill("#name", "hostile")
        here.page.fill("#title", POLYGLOTS[1])
        here.click("Follow")
        here.page.locator(".item").first.wait_for()
        here.page.locator(".when a").first.click()
        here.page.locator("h1").wait_for()
        here.go("/").locator("#row-hostile").wait_for()
        here.go("/sources/hostile").locator("details.danger summary").click()
        here.page.locator(".danger button").click()
        here.page.wait_for_url(f"{here.base}/")


def test_one_travels_in_time(browser: Browser, followed: Followed) -> None:
    with watched(browser, followed) as here:
        page = here.go("/sources/harbour")
        now = page.locator(".item").count()
        slider = page.get_by_label("As it was known")
        slider.evaluate(
            "one => { one.value = one.min; one.dispatchEvent(new Event('change', {bubbles: true})) }"
        )
        page.get_by_text("This is the feed as it was known").wait_for()
        assert "at=" in page.url
        assert violations(page) == []
        page.get_by_role("link", name="Back to now").click()
        page.wait_for_url(f"{here.base}/sources/harbour")
        assert page.locator(".item").count() == now


def test_every_page_is_for_everyone(browser: Browser, followed: Followed) -> None:
    """No barrier that axe finds, nothing wider than the screen, no word to the console."""
    one = followed.daemon.get("/api/sources/harbour/updates").json()["updates"][0]["id"]
    paths = ["/", "/sources/harbour", f"/entries/{one.split(':')[-1]}", "/add", "/login", "/docs"]
    paths += ["/feeds/", "/sources/harbour?at=2020-01-01T00:00:00Z"]
    with followed.client(logged_in=True) as client:
        looked = client.post("/add/preview", data={"url": f"{SITE}/harbour"})
        paths.append(looked.headers["location"])
    with watched(browser, followed) as here:
        for path in paths:
            page = here.go(path)
            for details in page.locator("details").all():
                details.evaluate("one => { one.open = true }")
            assert violations(page) == [], path
        here.go("/add").get_by_text("Many at once").click()
        here.page.fill("#list", f"{SITE}/harbour\nnot an address")
        here.page.locator("form[action$='/add/list'] button").click()
        here.page.wait_for_url(f"{here.base}/add/list")
        assert violations(here.page) == [], "the result of a list"
        for path in ("/nothing", "/sources/nothing"):
            assert violations(here.go(path)) == [], path
        here.trouble.clear()  # the browser tells its console of the status 404


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_a_feed_that_is_opened_is_readable(browser: Browser, followed: Followed, form: str) -> None:
    """By a style sheet; programs get the feed's own media type."""
    with watched(browser, followed) as here:
        page = here.go(f"/feeds/harbour.{form}")
        title = page.locator("title").nth(1)
        assert title.is_visible()
        assert "feed reader" in page.evaluate(
            "getComputedStyle(document.documentElement, '::before').content"
        )
    assert (
        followed.daemon.get(f"/feeds/harbour.{form}")
        .headers["content-type"]
        .startswith(f"application/{form}+xml")
    )


def test_strangers_see_and_change_nothing(browser: Browser, followed: Followed) -> None:
    with watched(browser, followed, logged_in=False) as here:
        for path in ("/", "/sources/harbour", "/add", "/login"):
            page = here.go(path)
            assert violations(page) == [], path
            posts = page.locator("form[method=post]").evaluate_all(
                "all => all.map(one => one.action)"
            )
            assert posts == ([f"{here.base}/login"] if path == "/login" else []), path
