"""Hostile pages and networks (docs/reliability.md): what only shows where all rooms work together."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from loopback import page, redirect, status
from lxml import etree
from lxml import html as lxml_html
from pipeline import live, post

from feeder.config import Fetch
from feeder.errors import ReadError
from feeder.publish.publisher import Publisher
from feeder.read.fetcher import Fetcher

if TYPE_CHECKING:
    from loopback import Site
    from pipeline import Pipeline


@pytest.mark.row("51")
@pytest.mark.parametrize("hops", [1, 2, 5])
def test_each_hop_of_a_redirect_is_checked(there: Site, hops: int) -> None:
    """0.0.0.0 reaches this very machine, and is allowed to nobody."""
    for hop in range(1, hops):
        there.serve(f"/{hop}", redirect(there.url(f"/{hop + 1}")))
    there.serve(f"/{hops}", redirect(there.url("/secret", "0.0.0.0")))
    there.serve("/secret", page(b"<p>The keys of the harbour</p>"))

    async def main() -> None:
        settings = Fetch(allow_private=True, respect_robots=False, host_interval="0s")
        async with Fetcher(settings) as fetcher:
            await fetcher.get(there.url("/1"), trusted=True)

    with pytest.raises(ReadError, match="reserved"):
        asyncio.run(main())
    assert len(there.asked) == hops


EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>]]>"


@pytest.mark.row("56")
def test_markup_in_titles_names_addresses_and_errors_runs_nowhere(
    line: Pipeline, there: Site
) -> None:
    update = post(1, EVIL * 2, headline=EVIL, url="javascript:alert(4)", keywords=[EVIL])
    update["author"] = {"name": EVIL, "url": "javascript:alert(5)"}
    there.serve(
        "/live",
        page(live(update, post(2), description=EVIL).replace(b"</script><img", b"<\\/script><img")),
    )
    line.refresh()
    there.serve("/live", status(403, cf_mitigated=f"challenge {EVIL}"))
    line.refresh()
    Publisher(line.settings, line.store).upkeep(datetime.now(UTC))
    for file in line.settings.output.glob("harbour.*"):
        if file.suffix in {".atom", ".rss"}:
            tree = etree.parse(file)
            assert not list(tree.iter("{*}script", "{*}svg", "{*}img"))
            bodies = [*tree.iter("{*}content", "{*}summary"), *tree.iterfind(".//item/*")]
            for body in bodies:
                markup = lxml_html.fromstring(f"<div>{body.text or ''}</div>")
                assert not markup.xpath("//script | //svg | //*[@onerror]"), body.text
            addresses = [value for node in tree.iter() for value in node.attrib.values()]
            assert not [one for one in addresses if one.lower().startswith("javascript:")]
    index = lxml_html.parse(line.settings.output / "index.html")
    assert not index.xpath(
        "//script[not(@src)] | //svg[@onload] | //*[@onerror] | //a[starts-with(@href, 'javascript:')]"
    )
    etree.parse(line.settings.output / "status.atom")
    assert len(line.feed().entries) == 2
