"""Our own mistakes are corrected without new ids; saved copies make a past; forgotten words are nowhere."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from folding import Folded, at, page, update, without

from feeder.config import load
from feeder.errors import ConfigError
from feeder.operations.oneshot import refresh_here, works_here
from feeder.operations.rebuild import Rebuilt, forget, rebuild
from feeder.operations.replay import captures, replay, stamp_in
from feeder.publish.publisher import Publisher
from feeder.reconcile.rebuilding import KeptSnapshot, rebuilt, unseen
from feeder.store import Store, outbox

if TYPE_CHECKING:
    from feeder.config import Settings
    from feeder.model import Entry, Update

WORDS = (
    "The mayor confirmed that the old harbour was evacuated during the night.",
    "Rescue crews moved passengers along the northern line until the morning.",
    "Engineers at the dam expect the water to fall in the river district.",
    "The weather service warned that homes on the coast road are without power.",
    "Union leaders denied reports of missing ballots outside the capital.",
    "The coast guard counted the boats at the eastern gate twice today.",
)


# ------------------------------------------------------------------------------------ as a function


def shown(count: int = 6, hours: float = 0) -> list[Update]:
    return [update(60 * hours + 10 * n, WORDS[n]) for n in range(count)][::-1]


def known_by(source: Folded) -> Any:
    return replace(
        source.known(None),
        entries=tuple(source.entries.values()),
        next_number=len(source.entries) + 1,
    )


def apply(source: Folded, pages: list[KeptSnapshot], **more: Any) -> list[str]:
    source.now += timedelta(minutes=1)
    result = rebuilt(known_by(source), pages, source.now, rules="2", **more)
    source._keep(result)
    source.rules = "2"
    return [change.kind for change in result.changes]


def wrongly_read(*, hours: float = -5) -> tuple[Folded, list[KeptSnapshot]]:
    """A source whose times were all read in another zone: three pages, and what they should have been read as."""
    source, pages = Folded(), []
    for count in (4, 5, 6):
        source.read(page(*shown(count, hours)))
        pages.append(KeptSnapshot(source.now, page(*shown(count))))
    return source, pages


@pytest.mark.row("34")
def test_a_wrong_zone_is_corrected_without_new_ids() -> None:
    source, pages = wrongly_read()
    before = source.living
    assert apply(source, pages) == ["corrected"] * 6
    assert [(entry.id, entry.content) for entry in source.living] == [
        (entry.id, entry.content) for entry in before
    ]
    assert [entry.published for entry in source.living] == [at(10 * n) for n in range(5, -1, -1)]


def test_after_a_rebuild_the_page_is_known() -> None:
    source, pages = wrongly_read()
    apply(source, pages)
    assert source.read(page(*shown())).changes == ()
    assert apply(source, pages) == []


def test_words_that_were_read_wrongly_are_corrected_too() -> None:
    source, pages = wrongly_read()
    for index, kept in enumerate(pages):
        longer = [
            replace(
                one,
                content=replace(one.content, text=f"{one.content.text} With its second paragraph."),
            )
            for one in kept.snapshot.updates
        ]
        pages[index] = KeptSnapshot(kept.at, page(*longer))
    updated = {entry.id: entry.updated for entry in source.living}
    assert apply(source, pages) == ["corrected"] * 6
    assert all(entry.content.text.endswith("second paragraph.") for entry in source.living)
    assert all(entry.updated == max(updated[entry.id], entry.published) for entry in source.living)


def test_what_never_was_an_update_gets_a_tombstone_and_what_was_missed_comes() -> None:
    source = Folded()
    menu = update(3, "Home. World. Live. Weather. Subscribe now.")
    source.read(page(*shown(5)[:-1], menu))
    assert sorted(apply(source, [KeptSnapshot(source.now, page(*shown(5)))])) == [
        "added",
        "removed",
    ]
    assert source.texts == [one.content.text for one in shown(5)]
    assert source.read(page(*shown(5))).changes == ()


def test_what_no_kept_page_was_read_for_stays() -> None:
    source = Folded()
    source.read(page(*shown(3)))
    source.read(page(*shown(6)[:3]))
    assert apply(source, [KeptSnapshot(source.now, page(*shown(6)[:3]))]) == []
    assert len(source.living) == 6


@pytest.mark.row("34")
def test_rules_that_were_wrong_are_made_good_again() -> None:
    source = Folded()
    source.read(page(*shown()))
    read = source.now
    apply(
        source, [KeptSnapshot(read, page(update(3, "Home. World. Live. Weather. Subscribe now.")))]
    )
    assert len(source.living) == 1
    kinds = apply(source, [KeptSnapshot(read, page(*shown()))])
    assert kinds.count("restored") == 6
    assert source.texts == [one.content.text for one in shown()]


def test_a_first_version_stays_the_first_where_edits_are_off() -> None:
    source = Folded(edits="off")
    source.read(page(*shown()))
    first = source.now
    edited = [
        replace(one, content=replace(one.content, text=one.content.text + " And more of it."))
        for one in shown()
    ]
    source.read(page(*edited))
    apply(
        source,
        [KeptSnapshot(first, page(*shown())), KeptSnapshot(source.now, page(*edited))],
        edits="off",
    )
    assert source.texts == [one.content.text for one in shown()]


def edited(number: int, text: str, *, hours: float = 0) -> list[Update]:
    """The page with other words for one of its updates."""
    updates = shown(4, hours)
    where = len(updates) - 1 - number
    updates[where] = update(60 * hours + 10 * number, text)
    return updates


def told_anew(*texts: str, hours: float = -5) -> tuple[Folded, list[KeptSnapshot]]:
    """A source with `edits = "new"` that was read in a wrong zone: one update in several versions."""
    source, pages = Folded(edits="new"), []
    for text in texts:
        source.read(page(*edited(2, text, hours=hours)))
        pages.append(KeptSnapshot(source.now, page(*edited(2, text))))
    return source, pages


VERSIONS = (
    WORDS[2],
    "Engineers at the dam expect the water to fall by 3 metres in the river district.",
    "Engineers at the dam expect the water to fall by 4 metres in the river district.",
)


def test_all_versions_of_an_update_are_corrected() -> None:
    source, pages = told_anew(*VERSIONS)
    before = {entry.id: entry for entry in source.entries.values()}
    assert len(before) == 6
    assert apply(source, pages, edits="new") == ["corrected"] * 4, "a version came when it came"
    assert {entry.id: entry.edit_of for entry in source.living} == {
        name: one.edit_of for name, one in before.items()
    }
    assert sorted(entry.published for entry in source.living if entry.edit_of is None) == [
        at(10 * n) for n in range(4)
    ]
    assert source.read(page(*edited(2, VERSIONS[2]))).changes == ()
    assert apply(source, pages, edits="new") == []


def test_words_of_a_version_that_were_read_wrongly_are_corrected() -> None:
    source, pages = told_anew(*VERSIONS, hours=0)
    last = source.living[0]
    right = edited(2, f"{VERSIONS[2]} That was its second paragraph.")
    pages[2] = KeptSnapshot(pages[2].at, page(*right))
    assert apply(source, pages, edits="new") == ["corrected"]
    entry = source.entries[last.id]
    lead = last.content.html.partition("\n")[0]
    assert entry.content.html == f"{lead}\n<p>{VERSIONS[2]} That was its second paragraph.</p>"
    assert (entry.published, entry.edit_of) == (last.published, last.edit_of)


def test_a_version_that_never_was_gets_a_tombstone_and_one_that_was_missed_comes() -> None:
    source, pages = told_anew(VERSIONS[0], VERSIONS[1], VERSIONS[0], hours=0)
    first = next(
        entry for entry in source.living if entry.edit_of is None and entry.published == at(20)
    )
    pages[1:] = [
        KeptSnapshot(pages[1].at, page(*edited(2, VERSIONS[0]))),
        KeptSnapshot(pages[2].at, page(*edited(2, VERSIONS[2]))),
    ]
    kinds = apply(source, pages, edits="new")
    assert "removed" in kinds
    living = [entry for entry in source.living if first.id in {entry.id, entry.edit_of}]
    assert [entry.content.text for entry in living] == [VERSIONS[2], VERSIONS[0]]
    assert source.read(page(*edited(2, VERSIONS[2]))).changes == ()


def test_what_is_removed_later_takes_its_versions_with_it_after_a_rebuild() -> None:
    source, pages = told_anew(*VERSIONS)
    apply(source, pages, edits="new")
    for _ in range(3):
        result = source.read(without(page(*edited(2, VERSIONS[2])), 1))
    assert [change.kind for change in result.changes] == ["removed"] * 3


def test_older_copies_only_add() -> None:
    source = Folded()
    source.read(page(*shown()[:3]))
    source.read(
        page(
            replace(shown()[0], content=replace(shown()[0].content, text="Rewritten since.")),
            *shown()[1:3],
        )
    )
    result = unseen(known_by(source), [KeptSnapshot(at(60), page(*shown()))], source.now)
    assert [change.kind for change in result.changes] == ["added"] * 3
    assert result.memory is None


# ------------------------------------------------------------------------------------- as a program


def html(clocks: list[str]) -> str:
    blocks = "".join(
        f'<article><p class="when">{clock}</p><h2>Headline number {n}</h2><p>{WORDS[n]}</p></article>'
        for n, clock in reversed([*enumerate(clocks)])
    )
    return (
        "<!doctype html><html><head><meta charset=utf-8><title>Harbour live</title>"
        '<meta property="article:published_time" content="2022-03-02T08:00:00+01:00"></head>'
        f"<body><main><h1>Harbour live</h1>{blocks}</main></body></html>"
    )


CLOCKS = [f"Mar 02, 2022, {8 + n}:04 AM" for n in range(4)]


def installation(folder: Path, zone: str = "America/New_York") -> Settings:
    (folder / "config.toml").write_text(
        f'store = "sqlite:///feeder.db"\noutput = "feeds"\n[serve]\nlisten = "127.0.0.1:0"\n'
        f'[[source]]\nname = "harbour"\npath = "page.html"\ntimezone = "{zone}"\nurl = "https://harbour.example/live"\n'
    )
    return load(folder / "config.toml")


def entries(settings: Settings) -> list[Entry]:
    with Store.open(settings.store) as store:
        return store.entries(1)


def read_twice(folder: Path) -> Settings:
    settings = installation(folder)
    for count in (3, 4):
        (folder / "page.html").write_text(html(CLOCKS[:count]))
        assert asyncio.run(refresh_here(settings, []))[0].outcome == "changed"
    return settings


async def _rebuild(settings: Settings, *, dry_run: bool = False) -> Rebuilt:
    async with works_here(settings) as works:
        source, source_state = works.store.sources()[0]
        return await rebuild(source, source_state, works, dry_run=dry_run)


@pytest.mark.row("34")
def test_a_corrected_zone_corrects_the_store_and_the_feed(tmp_path: Path) -> None:
    before = entries(read_twice(tmp_path))
    settings = installation(tmp_path, "Europe/Berlin")
    tried = asyncio.run(_rebuild(settings, dry_run=True))
    assert entries(settings) == before
    done = asyncio.run(_rebuild(settings))
    assert (
        [change.what for change in done.changes]
        == [change.what for change in tried.changes]
        == [("time",)] * 4
    )
    assert (done.pages, done.problems) == (2, ())
    after = entries(settings)
    assert [entry.id for entry in after] == [entry.id for entry in before]
    assert [entry.published for entry in after] == [
        entry.published - timedelta(hours=6) for entry in before
    ]
    assert "2022-03-02T07:04:00" in (tmp_path / "feeds" / "harbour.atom").read_text()
    assert asyncio.run(refresh_here(settings, []))[0].outcome == "unchanged"
    assert asyncio.run(_rebuild(settings)).changes == ()


@pytest.mark.row("34")
def test_what_the_page_removed_stays_removed_when_kept_pages_are_read_again(
    tmp_path: Path,
) -> None:
    """It is certain at the third read of the same bytes, of which no page is kept."""
    settings = read_twice(tmp_path)
    head, *blocks = html(CLOCKS).split("<article>")
    (tmp_path / "page.html").write_text("<article>".join([head, *blocks[:1], *blocks[2:]]))
    outcomes = [asyncio.run(refresh_here(settings, []))[0].outcome for _ in range(3)]
    assert outcomes == ["unchanged", "unchanged", "changed"]
    before = entries(settings)
    assert [entry.removed is None for entry in before] == [True, False, True, True]
    assert asyncio.run(_rebuild(settings)).changes == ()
    corrected = installation(tmp_path, "Europe/Berlin")
    assert len(asyncio.run(_rebuild(corrected)).changes) == 3
    assert {entry.id for entry in entries(settings) if entry.removed} == {before[1].id}
    assert asyncio.run(refresh_here(corrected, []))[0].outcome == "unchanged"


def test_a_page_that_cannot_be_read_under_the_present_rules_is_said(tmp_path: Path) -> None:
    settings = read_twice(tmp_path)
    text = (tmp_path / "config.toml").read_text() + 'extract = "jsonld"\n'
    (tmp_path / "config.toml").write_text(text)
    done = asyncio.run(_rebuild(load(tmp_path / "config.toml")))
    assert (done.changes, done.pages, len(done.problems)) == ((), 0, 2)
    assert len(entries(settings)) == 4


def test_forgotten_words_are_nowhere_and_stay_away(tmp_path: Path) -> None:
    settings = read_twice(tmp_path)
    victim = entries(settings)[1]
    with Store.open(settings.store) as store:
        assert (
            forget("urn:uuid:00000000-0000-0000-0000-000000000000", Publisher(settings, store))
            is None
        )
        change = forget(victim.id, Publisher(settings, store))
        assert change is not None
        assert store.revisions(victim.id) == [change]
        assert all(
            victim.content.text.encode() not in kept.document.body for kept in store.pages(1)
        )
    assert asyncio.run(refresh_here(settings, []))[0].added == 0
    (tmp_path / "page.html").write_text(
        html(CLOCKS).replace(WORDS[2], f"{WORDS[2]} It was said again.")
    )
    asyncio.run(refresh_here(settings, []))
    published = [
        file
        for file in (tmp_path / "feeds").rglob("harbour*")
        if file.suffix in {".atom", ".rss", ".json"}
    ]
    assert published
    for file in [*published, *tmp_path.glob("feeder.db*")]:
        assert victim.content.text.encode() not in file.read_bytes(), file
    assert victim.id in (tmp_path / "feeds" / "harbour.atom").read_text(), "its tombstone"
    left = next(entry for entry in entries(settings) if entry.id == victim.id)
    assert left.removed
    assert not left.content.text


def test_what_only_erased_pages_said_is_not_taken_back(tmp_path: Path) -> None:
    """With an update's words go the newest pages; those that are left know nothing of a later edit."""
    settings = read_twice(tmp_path)
    (tmp_path / "page.html").write_text(
        html(CLOCKS).replace(WORDS[0], f"{WORDS[0]} Both pumps were repaired by noon.")
    )
    assert asyncio.run(refresh_here(settings, []))[0].edited == 1
    with Store.open(settings.store) as store:
        forget(entries(settings)[0].id, Publisher(settings, store))
        assert len(store.pages(1)) == 1
    before = entries(settings)
    assert asyncio.run(_rebuild(settings)).changes == ()
    done = asyncio.run(_rebuild(installation(tmp_path, "Europe/Berlin")))
    assert [change.what for change in done.changes] == [("time",)] * 3
    assert [entry.content for entry in entries(settings)] == [entry.content for entry in before]
    assert asyncio.run(refresh_here(installation(tmp_path, "Europe/Berlin"), []))[0].added == 0


def test_hubs_and_webhooks_are_told_of_forgotten_words(tmp_path: Path) -> None:
    hub, hook = "https://hub.example/", "https://hook.example/"
    read_twice(tmp_path)
    (tmp_path / "config.toml").write_text(
        f'{(tmp_path / "config.toml").read_text()}[push]\nhubs = ["{hub}"]\nwebhooks = ["{hook}"]\n'
        '[[bundle]]\nname = "all"\n'
    )
    settings = load(tmp_path / "config.toml")
    victim = entries(settings)[1]
    with Store.open(settings.store) as store:
        forget(victim.id, Publisher(settings, store))
        with store.database.reading() as connection:
            pings, [call] = outbox.parcels(connection, hub), outbox.parcels(connection, hook)
    addresses = [f"{settings.base_url}/feeds/{name}" for name in ("harbour", "all")]
    assert [one.message.topic for one in pings] == [
        f"{a}.{f}" for a in addresses for f in ("atom", "rss", "json")
    ]
    [change] = json.loads(call.message.payload)["changes"]
    assert (change["change"], change["id"], change["title"]) == ("forgotten", victim.id, "")


def test_all_versions_of_an_update_are_forgotten_together(tmp_path: Path) -> None:
    settings = installation(tmp_path)
    (tmp_path / "config.toml").write_text(
        (tmp_path / "config.toml").read_text() + 'edits = "new"\n'
    )
    settings = load(tmp_path / "config.toml")
    for text in (WORDS[2], "At 9 the water fell.", "At 11 the water rose again."):
        (tmp_path / "page.html").write_text(html(CLOCKS).replace(WORDS[2], text))
        asyncio.run(refresh_here(settings, []))
    versions = [entry for entry in entries(settings) if entry.content.title == "Headline number 2"]
    assert len(versions) == 3
    with Store.open(settings.store) as store:
        forget(versions[1].id, Publisher(settings, store))
        assert not store.pages(1)
    assert [entry.content.text for entry in entries(settings) if entry.removed] == [""] * 3
    assert "the water" not in (tmp_path / "feeds" / "harbour.atom").read_text()


# ------------------------------------------------------------------------------------------- replay


async def _replay(settings: Settings, *paths: Path) -> list[Any]:
    async with works_here(settings) as works:
        source, source_state = works.store.sources()[0]
        return await replay(source, source_state, works, captures(paths))


def saved(folder: Path) -> Path:
    copies = folder / "copies"
    copies.mkdir()
    for name, count in (
        ("20220302170000.html", 4),
        ("20220302150000.html", 2),
        ("20220302160000.html", 3),
    ):
        (copies / name).write_text(html(CLOCKS[:count]))
    (copies / "20220302163000.html").write_text("<h1>Internal Server Error</h1>")
    return copies


def test_saved_copies_make_a_past(tmp_path: Path) -> None:
    settings = installation(tmp_path)
    (tmp_path / "page.html").write_text(html(CLOCKS))
    outcomes = asyncio.run(_replay(settings, saved(tmp_path)))
    assert [(one.outcome, one.added) for one in outcomes] == [
        ("changed", 2),
        ("changed", 1),
        ("failed", 0),
        ("changed", 1),
    ]
    found = entries(settings)[::-1]
    assert [entry.first_seen.hour for entry in found] == [15, 15, 16, 17]
    assert [entry.published.hour for entry in found] == [13, 14, 15, 16]
    assert asyncio.run(refresh_here(settings, []))[0].outcome == "unchanged"


def test_saved_copies_add_to_a_feed_only_what_it_lacks(tmp_path: Path) -> None:
    settings = installation(tmp_path)
    (tmp_path / "page.html").write_text(_only(html(CLOCKS), 2))
    asyncio.run(refresh_here(settings, []))
    assert [one.added for one in asyncio.run(_replay(settings, saved(tmp_path)))] == [2]
    assert len(entries(settings)) == 4
    assert [one.outcome for one in asyncio.run(_replay(settings, tmp_path / "copies"))] == [
        "unchanged"
    ]


def _only(page: str, newest: int) -> str:
    head, *blocks = page.split("<article>")
    return (
        head
        + "".join(f"<article>{block}" for block in blocks[:newest]).removesuffix(
            "</main></body></html>"
        )
        + "</main></body></html>"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("20220302130405.html", datetime(2022, 3, 2, 13, 4, 5, tzinfo=UTC)),
        ("live-2022-03-02T13-04-05Z.html", datetime(2022, 3, 2, 13, 4, 5, tzinfo=UTC)),
        ("page_2022-03-02 13.04.htm", datetime(2022, 3, 2, 13, 4, tzinfo=UTC)),
        ("2022-03-02.txt", datetime(2022, 3, 2, tzinfo=UTC)),
        ("1646226245.html", datetime(2022, 3, 2, 13, 4, 5, tzinfo=UTC)),
        ("99999999999999.html", None),
        ("live.html", None),
    ],
)
def test_the_moment_in_a_name(name: str, expected: datetime | None) -> None:
    assert stamp_in(name) == expected


def test_a_name_without_a_moment_counts_by_the_files_time(tmp_path: Path) -> None:
    file = tmp_path / "live.html"
    file.write_text("x")
    assert captures([file])[0].at == datetime.fromtimestamp(file.stat().st_mtime, UTC)
    with pytest.raises(ConfigError, match="there is no such file"):
        captures([tmp_path / "other.html"])
