"""What may be connected to, and in which spellings somebody may ask for it."""

from __future__ import annotations

import ast
import asyncio
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import page, redirect, site
from ssrfguard import DEFAULT_DENIED

import feeder
from feeder.config import Fetch
from feeder.errors import ReadError
from feeder.read.address import BAD_PORTS, join, parse, shown
from feeder.read.fetcher import Fetcher
from feeder.read.guard import checked, reach

if TYPE_CHECKING:
    from collections.abc import Sequence


# The networks of the registries, by an address or two inside, and their neighbours outside.
ADDRESSES = {
    "public": [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.1", "168.63.129.15", "168.63.129.17", "169.253.255.255", "172.15.255.255", "172.32.0.0",
        "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
        "2606:4700::1111", "2a00:1450:4001::200e", "2400::1", "2001:200::1",
    ],
    "private": [
        "10.0.0.1", "10.255.255.255", "127.0.0.1", "127.255.255.254", "172.16.0.1", "172.31.255.255", "192.168.0.1",
        "192.168.255.255", "100.64.0.1", "100.127.255.255", "198.18.0.1", "198.19.255.255", "::1", "fc00::1",
        "fd12:3456:789a::1",
    ],
    "never": [
        "0.0.0.0", "0.255.255.255", "100.100.100.200", "168.63.129.16", "169.254.0.1", "169.254.169.254",
        "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
        "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
        "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::",
        "2002:c0a8:101::1", "3fff::1", "5f00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%lo",
        "fec0::1", "ff02::1", "no address",
    ],
}  # fmt: skip

# The spellings of loopback, metadata and the like, with what they are the same as; None: no address
# at all.
SPELLINGS: dict[str, str | None] = {
    "127.0.0.1": "127.0.0.1",
    "127.1": "127.0.0.1",
    "127.0.1": "127.0.0.1",
    "2130706433": "127.0.0.1",
    "0x7f000001": "127.0.0.1",
    "0X7F000001": "127.0.0.1",
    "0x7f.1": "127.0.0.1",
    "0x7f.0x0.0x0.0x1": "127.0.0.1",
    "0177.0.0.1": "127.0.0.1",
    "017700000001": "127.0.0.1",
    "0177.0x0.0.1": "127.0.0.1",
    "00000177.0.0.01": "127.0.0.1",
    "127.0.0.1.": "127.0.0.1",
    "127.000.000.001": "127.0.0.1",
    "127.0.0.0x1": "127.0.0.1",
    "127。0。0。1": "127.0.0.1",
    "127．0．0．1": "127.0.0.1",
    "１２７.0.0.1": "127.0.0.1",
    "①②⑦.⓪.⓪.①": "127.0.0.1",
    "𝟏𝟐𝟕.𝟎.𝟎.𝟏": "127.0.0.1",
    "0": "0.0.0.0",
    "0.0.0.0": "0.0.0.0",
    "0x": "0.0.0.0",
    "2852039166": "169.254.169.254",
    "0xa9fea9fe": "169.254.169.254",
    "0251.0376.0251.0376": "169.254.169.254",
    "169.254.43518": "169.254.169.254",
    "3232235777": "192.168.1.1",
    "0xc0.0xa8.257": "192.168.1.1",
    "10.1": "10.0.0.1",
    "4294967295": "255.255.255.255",
    "[::1]": "::1",
    "[0:0:0:0:0:0:0:1]": "::1",
    "[0000::0001]": "::1",
    "[::]": "::",
    "[::ffff:127.0.0.1]": "::ffff:7f00:1",
    "[::ffff:7f00:1]": "::ffff:7f00:1",
    "[::FFFF:7F00:1]": "::ffff:7f00:1",
    "[0:0:0:0:0:ffff:127.0.0.1]": "::ffff:7f00:1",
    "[::127.0.0.1]": "::7f00:1",
    "[64:ff9b::127.0.0.1]": "64:ff9b::7f00:1",
    "[2002:7f00:1::]": "2002:7f00:1::",
    "[fd00:ec2::254]": "fd00:ec2::254",
    "LOCALHOST": "localhost",
    "localhost.": "localhost",
    "ｌｏｃａｌｈｏｓｔ": "localhost",
    "Ⓛocalhost": "localhost",
    "loc\u00adalhost": "localhost",
    "example.ORG": "example.org",
    "bücher.example": "xn--bcher-kva.example",
    "xn--bcher-kva.example": "xn--bcher-kva.example",
    "a_b.example": "a_b.example",
    "4294967296": None,
    "127.0.0.256": None,
    "256.0.0.1": None,
    "1.2.3.4.5": None,
    "09.0.0.1": None,
    "0x7g.1": None,
    "127.0.0.1e": "127.0.0.1e",  # a name, if a strange one
    "1.2.3.": "1.2.0.3",
    "127..1": None,
    ".127.0.0.1": None,
    "[::1%25lo]": None,
    "[::1%lo]": None,
    "[::1": None,
    "[127.0.0.1]": None,
    "[::ffff:999.0.0.1]": None,
    "%31%32%37.0.0.1": None,
    "127.0.0.1%00": None,
    "exa mple.org": None,
    "-x.example": None,
    "a..b": None,
    "": None,
    "a" * 64 + ".example": None,
    "😀\ud800.example": None,
}

REFUSED = [
    "file:///etc/passwd", "FILE:///etc/passwd", "file:/etc/passwd", "file:etc/passwd", "file://localhost/etc/passwd",
    "file:\\\\etc\\passwd", "fi\nle:///etc/passwd", " file:///etc/passwd", "view-source:file:///etc/passwd",
    "jar:file:///x!/y", "url:file:///etc/passwd", "FiLe:////etc/passwd", "ftp://example.org/", "gopher://example.org/",
    "dict://example.org/", "data:text/html,x", "javascript:alert(1)", "blob:http://example.org/x", "about:blank",
    "ws://example.org/", "//example.org/", "/etc/passwd", "example.org", "", "http:", "http:/example.org/",
    "http:example.org", "http:///example.org/", "http://", "http://@/", "http://a@b/", "http://user:word@example.org/",
    "http://a\\@b/", "http://example.org\\@127.0.0.1/", "http://example.org\\.evil.example/", "http://a\tb/",
    "http://exam\nple.org/", "http://example.org/\r\nHost: x", "http://example.org/a b", "http://example.org/\x00",
    "http://example.org:99999/", "http://example.org:65536/", "http://example.org:-1/", "http://example.org:x/",
    "http://example.org:80:80/", "http://[::1]x/", "http://x[::1]/", "http://example.org:22/", "http://example.org:0/",
    "http://example.org:25/", "http://example.org:6667/", "http://example.org#@127.0.0.1:22/x"[:0], "h" * 9000,
    "http://example.org/" + "a" * 9000,
]  # fmt: skip


@pytest.mark.row("50")
@pytest.mark.parametrize(
    ("how", "address"), [(how, address) for how, many in ADDRESSES.items() for address in many]
)
def test_how_far_an_address_reaches(how: str, address: str) -> None:
    assert reach(address) == how


@pytest.mark.row("50")
@pytest.mark.parametrize(
    "address", [a for many in ADDRESSES.values() for a in many if a[0] != "n" and "%" not in a]
)
def test_no_address_is_public_that_the_oracle_refuses(address: str) -> None:
    if DEFAULT_DENIED.classify(address).blocked:
        assert reach(address) != "public"


@pytest.mark.row("50")
@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nowhere_are_we_more_generous_than_the_oracle(address: IPv4Address | IPv6Address) -> None:
    assert reach(str(address)) != "public" or not DEFAULT_DENIED.classify(str(address)).blocked


@pytest.mark.row("50")
@pytest.mark.parametrize(("written", "meant"), SPELLINGS.items())
def test_a_host_in_all_its_spellings(written: str, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(ReadError):
            parse(f"http://{written}/")
    else:
        assert parse(f"http://{written}/x").host == meant


@pytest.mark.row("51")
@pytest.mark.parametrize("text", REFUSED)
def test_an_address_that_is_refused_as_it_is_written(text: str) -> None:
    with pytest.raises(ReadError):
        parse(text)


@pytest.mark.row("50")
def test_every_bad_port_of_the_fetch_standard_is_refused() -> None:
    assert len(BAD_PORTS) == 83
    for port in BAD_PORTS:
        with pytest.raises(ReadError, match=f"port {port} "):
            parse(f"https://example.org:{port}/")


@pytest.mark.row("51")
@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("HTTP://Example.ORG:80", "http://example.org/"),
        ("https://example.org:443/a?b=c#d", "https://example.org/a?b=c"),
        ("https://example.org:8443?x", "https://example.org:8443/?x"),
        ("http://[2606:4700:0:0::1111]:81/", "http://[2606:4700::1111]:81/"),
        ("http://example.org/ü/é?ö=ß", "http://example.org/%C3%BC/%C3%A9?%C3%B6=%C3%9F"),
        ("http://example.org/a%2Fb%20c", "http://example.org/a%2Fb%20c"),
        ("http://example.org/a/../b", "http://example.org/b"),
    ],
)
def test_an_address_is_read_once_and_written_in_one_way(text: str, whole: str) -> None:
    assert str(parse(text)) == whole


@pytest.mark.row("52")
@pytest.mark.parametrize(
    ("location", "there"),
    [
        ("/b", "https://example.org/b"),
        ("b?c", "https://example.org/a/b?c"),
        ("//other.example/x", "https://other.example/x"),
        ("https://other.example", "https://other.example/"),
        ("?q", "https://example.org/a/?q"),
        ("/a b", "https://example.org/a%20b"),
        ("//127。0。0。1/", "https://127.0.0.1/"),
        ("\\\\127.0.0.1/", None),
        ("/\\127.0.0.1/", None),
        ("file:///etc/passwd", None),
        ("//a@b/", None),
        ("https://[", None),
        ("/x\r\nSet-Cookie: a=b", None),
    ],
)
def test_where_a_redirect_leads(location: str, there: str | None) -> None:
    base = parse("https://example.org/a/")
    if there is None:
        with pytest.raises(ReadError):
            join(base, location)
    else:
        assert str(join(base, location)) == there


@pytest.mark.row("60")
def test_what_is_shown_of_an_address_holds_no_secret() -> None:
    assert shown("https://me:word@example.org/a?token=x#y") == "https://example.org/a"


def resolver(*answers: Sequence[str]):  # noqa: ANN201
    """A name server that gives one answer after the other; and how often it was asked."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


@pytest.mark.row("50")
@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["8.8.8.8", "169.254.169.254"],
        ["::ffff:10.0.0.1"],
        ["fe80::1%eth0"],
        [],
    ],
)
def test_one_address_inside_refuses_the_whole_name(addresses: list[str]) -> None:
    resolve, _ = resolver(addresses)
    with pytest.raises(ReadError):
        asyncio.run(checked("rebind.example", 80, private=False, resolve=resolve))


@pytest.mark.row("51")
def test_a_name_that_changes_its_address_between_check_and_use_is_asked_once_only() -> None:
    """DNS rebinding: the second answer, inside, is never seen, because nobody asks for it."""
    resolve, asked = resolver(["127.0.0.2"], ["127.0.0.1"])
    with site(("127.0.0.1", "127.0.0.2")) as there:
        there.serve("/", page(b"<p>x"))

        async def main() -> None:
            settings = Fetch(allow_private=True, respect_robots=False)
            async with Fetcher(settings, resolve=resolve) as fetcher:
                await fetcher.get(there.url("/", "rebind.example"), trusted=True)

        asyncio.run(main())
        assert [request.host for request in there.asked] == ["127.0.0.2"]
        assert there.asked[0].headers["host"] == f"rebind.example:{there.port}"
    assert asked == ["rebind.example"]


@pytest.mark.row("50")
@pytest.mark.parametrize(
    ("allowed", "trusted", "reached"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_a_private_address_is_for_those_who_allow_it_in_the_file(
    allowed: bool, trusted: bool, reached: bool
) -> None:
    with site() as there:
        there.serve("/", page(b"<p>x"))
        assert fetched(there.url("/"), allowed=allowed, trusted=trusted) is reached
        assert len(there.asked) == reached


@pytest.mark.row("51")
def test_a_connection_to_an_address_inside_is_not_lent_to_a_stranger() -> None:
    with site() as there:
        there.serve("/", page(b"<p>x"))

        async def main() -> None:
            async with Fetcher(
                Fetch(allow_private=True, respect_robots=False, host_interval="0s")
            ) as fetcher:
                await fetcher.get(there.url("/"), trusted=True)
                with pytest.raises(ReadError, match="private"):
                    await fetcher.get(there.url("/"))

        asyncio.run(main())
        assert len(there.asked) == 1


@pytest.mark.row("51")
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_does_not_lead_past_the_guard(code: int) -> None:
    with site() as there:
        there.serve("/", redirect("http://169.254.169.254/latest/meta-data", code))
        assert not fetched(there.url("/"), allowed=True, trusted=True)


def test_nothing_is_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither a proxy nor a password."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with site() as there:
        there.serve("/", page(b"<p>x"))
        assert fetched(there.url("/"), allowed=True, trusted=True)
        assert "authorization" not in there.asked[0].headers


def test_a_proxy_is_used_where_the_file_names_one_and_addresses_written_as_such_are_still_checked() -> (
    None
):
    with site() as there:
        there.serve("http://example.org:80/live", page(b"<p>x"))

        async def main() -> None:
            settings = Fetch(proxy=there.url("/"), respect_robots=False)
            async with Fetcher(settings) as fetcher:
                answer = await fetcher.get("http://example.org/live")
                assert answer.wire == b"<p>x"
                for inside in (
                    "http://127.0.0.1/",
                    "http://2130706433/",
                    "http://[::1]/",
                    "http://[fd00:ec2::254]/",
                ):
                    with pytest.raises(ReadError):
                        await fetcher.get(inside)

        asyncio.run(main())
        assert [asked.target for asked in there.asked] == ["http://example.org:80/live"]


@pytest.mark.row("50")
def test_there_is_no_other_way_out() -> None:
    """Only the reading room speaks to the network; the rest asks the Fetcher."""
    outward = {
        "httpx",
        "httpcore",
        "socket",
        "http.client",
        "urllib.request",
        "requests",
        "aiohttp",
        "ftplib",
        "smtplib",
    }
    root = Path(feeder.__file__).parent
    found = {
        (str(file.relative_to(root)), name)
        for file in root.rglob("*.py")
        for name in imported(ast.parse(file.read_text()))
        if name in outward or name.partition(".")[0] in outward
    }
    # These speak to systemd, to browsers that come to us, and to the daemon beside us: all on this
    # machine.
    allowed = {
        "read/address.py",
        "read/connections.py",
        "read/fetcher.py",
        "read/guard.py",
    }
    assert {file for file, _ in found} - allowed <= {
        "runtime/systemd.py",
        "runtime/http_server.py",
        "cli/local.py",
    }


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def fetched(url: str, *, allowed: bool, trusted: bool) -> bool:
    async def main() -> bool:
        async with Fetcher(Fetch(allow_private=allowed, respect_robots=False)) as fetcher:
            try:
                await fetcher.get(url, trusted=trusted)
            except ReadError:
                return False
            return True

    return asyncio.run(main())
