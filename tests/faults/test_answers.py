"""What a server says, and what that means: rows 3 to 14 of the table of faults, as far as reading goes."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from loopback import (
    Answer,
    Site,
    answer,
    page,
    redirect,
    site,
    status,
    validated,
)
from reads import PAGE, failed, of, reading, source, whole

from feeder.errors import ReadError
from feeder.model import Reading, Validators

# ------------------------------------------------------------------------------------- rows 3, 4, 5


@pytest.mark.row("3")
@pytest.mark.parametrize(
    "code",
    [400, 404, 405, 406, 408, 418, 500, 502, 503, 504, 520, 599, 201, 202, 204, 206, 300, 305],
)
def test_row_3_an_error_page_is_no_page(there: Site, code: int) -> None:
    failed(of(there, status(code)), str(code))


@pytest.mark.row("3")
@pytest.mark.parametrize("body", [b"", b"\x00\x01\x02binary\xff", b"<h1>Error</h1>"])
def test_row_3_what_comes_with_200_is_for_the_extraction_to_judge(there: Site, body: bytes) -> None:
    assert whole(of(there, page(body))).body == body


@pytest.mark.row("4")
@pytest.mark.parametrize(
    "refusal",
    [
        status(401, www_authenticate='Basic realm="x"'),
        status(402),
        status(403),
        status(429),
        status(451),
        status(403, cf_mitigated="challenge"),
        status(503, cf_mitigated="challenge"),
        answer(200, b"<script>", cf_mitigated="challenge"),
        status(202, x_amzn_waf_action="challenge"),
    ],
)
def test_row_4_a_refusal_or_challenge_is_blocked_with_the_reason(
    there: Site, refusal: Answer
) -> None:
    assert len(str(failed(of(there, refusal), state="blocked"))) > 40


@pytest.mark.row("5")
def test_row_5_a_page_that_is_gone_for_good(there: Site) -> None:
    failed(of(there, status(410)), "gone", state="gone")


# -------------------------------------------------------------------------------------------- row 6


@pytest.mark.row("6")
@pytest.mark.parametrize(
    ("codes", "moved"),
    [((301,), True), ((308,), True), ((301, 308, 301), True), ((302,), False), ((307,), False), ((303,), False),
     ((301, 302), False), ((302, 301), False)],
)  # fmt: skip
def test_row_6_a_permanent_move_is_followed_and_remembered_a_passing_one_only_followed(
    there: Site, codes: tuple[int, ...], moved: bool
) -> None:
    for hop, code in enumerate(codes[1:], 1):
        there.serve(f"/{hop}", redirect(f"/{hop + 1}" if hop + 1 < len(codes) else "/new", code))
    there.serve("/new", page(PAGE))
    result = of(there, redirect("/1" if len(codes) > 1 else "/new", codes[0]))
    assert isinstance(result, Reading)
    assert whole(result).url == result.url == there.url("/new")
    assert result.moved_to == (there.url("/new") if moved else None)


@pytest.mark.row("6")
@pytest.mark.parametrize("to", ["/live", "/live#other", "/back"])
def test_row_6_redirects_in_a_circle_are_refused(there: Site, to: str) -> None:
    there.serve("/back", redirect("/live"))
    failed(of(there, redirect(to, 301)), "circle")
    assert len(there.asked) <= 2


@pytest.mark.row("6")
def test_row_6_redirects_without_end_are_refused(there: Site) -> None:
    async def on_and_on(asked, writer) -> None:  # noqa: ANN001
        await redirect(f"/live?{len(there.asked)}", 301)(asked, writer)

    failed(of(there, on_and_on), "redirects more than")
    assert len(there.asked) == 11


@pytest.mark.row("6")
@pytest.mark.parametrize(
    "to",
    ["http://169.254.169.254/", "http://[::ffff:127.0.0.1]/", "http://168.63.129.16/", "file:///etc/passwd", "//a@b/",
     "\\\\127.0.0.1\\x", "gopher://127.0.0.1/", "http://127.0.0.1:22/", "javascript:alert(1)", "http://0/", ""],
)  # fmt: skip
def test_row_6_a_redirect_to_where_nobody_may_go_is_refused(there: Site, to: str) -> None:
    failed(of(there, redirect(to, 301)))
    assert len(there.asked) == 1


@pytest.mark.row("6")
def test_row_6_a_downgrade_from_https_to_http_is_refused(
    authority: trustme.CA, tmp_path: Path, there: Site
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    there.serve("/new", page(PAGE))
    with site(tls=context) as secure:
        failed(
            of(secure, redirect(there.url("/new"), 301), ca_file=str(tmp_path / "ca.pem")),
            "from https to http",
        )
    assert not there.asked


# ----------------------------------------------------------------------------- rows 7, 8, 9, 13, 14


@pytest.mark.row("7")
def test_row_7_a_redirect_to_the_home_page_is_reported_with_where_it_led(there: Site) -> None:
    there.serve("/", page(PAGE))
    assert whole(of(there, redirect("/"))).url == there.url("/")


@pytest.mark.row("8")
def test_row_8_304_with_nothing_stored_is_read_once_more_without_conditions(there: Site) -> None:
    assert whole(of(there, status(304), page(PAGE))).body == PAGE
    assert len(there.asked) == 2
    assert not {"if-none-match", "if-modified-since"} & set(there.asked[1].headers)


@pytest.mark.row("8")
def test_row_8_and_if_it_insists_that_is_a_failure(there: Site) -> None:
    failed(of(there, status(304)), "304")
    assert len(there.asked) == 2


CONDITIONS = Validators('"a"', "Mon, 02 Mar 2026 12:00:00 GMT", "other bytes")


@pytest.mark.row("38")
def test_row_38_at_412_the_page_is_read_once_more_without_conditions(there: Site) -> None:
    assert whole(of(there, status(412), page(PAGE), since=CONDITIONS)).body == PAGE
    assert not {"if-none-match", "if-modified-since"} & set(there.asked[1].headers)


@pytest.mark.row("38")
def test_row_38_a_last_modified_that_lies_in_the_future_is_not_sent_back(there: Site) -> None:
    ahead = Validators('"a"', "Mon, 02 Mar 2137 12:00:00 GMT")
    whole(of(there, page(PAGE), since=ahead))
    assert there.asked[0].headers["if-none-match"] == '"a"'
    assert "if-modified-since" not in there.asked[0].headers


def away(there: Site, *answers: Answer, moved_to: str = "") -> Reading | ReadError:
    """A read of /live, which has moved to /new for good; that gives these answers."""
    there.serve("/new", *answers)
    moved = replace(source(there.url("/live")), moved_to=moved_to or there.url("/new"))
    return reading(moved, CONDITIONS)


@pytest.mark.row("6")
@pytest.mark.parametrize("dead", [404, 410])
def test_row_6_a_move_to_where_there_is_nothing_any_more_is_forgotten(
    there: Site, dead: int
) -> None:
    there.serve("/live", page(PAGE))
    result = away(there, status(dead))
    assert whole(result).url == there.url("/live")
    assert isinstance(result, Reading)
    assert result.moved_to == ""
    assert not {"if-none-match", "if-modified-since"} & set(there.asked[-1].headers)


@pytest.mark.row("6")
def test_row_6_a_move_to_a_server_that_is_gone_is_forgotten(there: Site) -> None:
    there.serve("/live", page(PAGE))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    result = away(there, moved_to=f"http://127.0.0.1:{port}/new")
    assert whole(result).url == there.url("/live")


@pytest.mark.row("6")
@pytest.mark.parametrize("bad", [403, 429, 500, 503])
def test_row_6_a_move_is_remembered_while_the_new_page_has_a_bad_moment(
    there: Site, bad: int
) -> None:
    there.serve("/live", page(PAGE))
    assert isinstance(away(there, status(bad)), ReadError)
    assert [one.target for one in there.asked] == ["/new"]


@pytest.mark.row("6")
def test_row_6_where_both_addresses_are_dead_the_new_one_is_told_of(there: Site) -> None:
    there.serve("/live", redirect("/new", 301))
    failed(away(there, status(410)), "410", state="gone")


@pytest.mark.row("9")
def test_row_9_the_same_bytes_are_no_document(there: Site) -> None:
    first = of(there, page(PAGE))
    assert isinstance(first, Reading)
    again = of(there, page(PAGE, etag='"new"'), since=first.validators)
    assert again == Reading(
        None,
        Validators('"new"', None, first.validators.digest),
        there.url("/live"),
        None,
        None,
        200,
        len(PAGE),
    )


ODD = [
    ('"abc"', "Mon, 02 Mar 2026 12:00:00 GMT"),
    ('W/"abc--gzip"', ""),
    ("unquoted", ""),
    ('"a b, c"', "02.03.2026 12:00 Uhr"),
    ("", "Mon, 02 Mar 2026 12:00:00 +0000"),
    ('"ü"', "never"),
    ('""', "0"),
]


@pytest.mark.parametrize(("etag", "modified"), ODD)
def test_validators_are_sent_back_as_they_came_and_304_costs_one_request(
    there: Site, etag: str, modified: str
) -> None:
    first = of(there, validated(PAGE, etag, modified))
    assert isinstance(first, Reading)
    again = of(there, validated(PAGE, etag, modified), since=first.validators)
    assert again == Reading(None, first.validators, there.url("/live"), None, None, 304, 0)
    assert there.asked[1].headers.get("if-none-match", "") == etag
    assert there.asked[1].headers.get("if-modified-since", "") == modified


@pytest.mark.row("13", "14")
@pytest.mark.parametrize("row", [13, 14])
def test_rows_13_and_14_an_older_copy_or_another_variant_comes_whole_with_its_own_validators(
    there: Site, row: int
) -> None:
    one, two = validated(PAGE, '"1"'), validated(PAGE[:99], '"2"')
    since = Validators()
    for body, variant in ((PAGE, one), (PAGE[:99], two), (PAGE, one)):
        result = of(there, variant, since=since)
        assert isinstance(result, Reading)
        assert whole(result).body == body
        since = result.validators


# ----------------------------------------------------------------------------------- what is stated


@pytest.mark.parametrize(
    ("content_type", "media_type", "charset"),
    [
        ("text/html", "text/html", None),
        ("Text/HTML; Charset=UTF-8", "text/html", "utf-8"),
        ('text/html;charset="windows-1252"', "text/html", "windows-1252"),
        ("text/html; charset='utf-8'", "text/html", "utf-8"),
        ("application/ld+json ; a=b; charset = latin1", "application/ld+json", "latin1"),
        ("text/html; charset=", "text/html", None),
        ("html", None, None),
        ("", None, None),
        ("text/html, text/plain", None, None),
    ],
)
def test_media_type_and_charset(
    there: Site, content_type: str, media_type: str | None, charset: str | None
) -> None:
    found = whole(of(there, answer(200, PAGE, content_type=content_type, content_language="de-AT")))
    assert (found.media_type, found.charset, found.language) == (media_type, charset, "de-AT")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache_control": "public, max-age=60"}, 60),
        ({"cache_control": "max-age=60", "age": "20"}, 40),
        ({"cache_control": "max-age=60", "age": "90"}, None),
        ({"cache_control": "s-maxage=60"}, None),
        ({"cache_control": "no-cache, max-age=60"}, None),
        ({"cache_control": "max-age=999999999"}, 86400),
        ({"cache_control": "max-age=x"}, None),
        (
            {"date": "Mon, 02 Mar 2026 12:00:00 GMT", "expires": "Mon, 02 Mar 2026 12:05:00 GMT"},
            300,
        ),
        ({"expires": "0"}, None),
        ({}, None),
    ],
)
def test_how_long_the_answer_stays_fresh(
    there: Site, headers: dict[str, str], seconds: int | None
) -> None:
    result = of(there, page(PAGE, **headers))
    assert isinstance(result, Reading)
    if seconds is None:
        assert result.fresh_until is None
    else:
        assert result.fresh_until is not None
        left = result.fresh_until - datetime.now(UTC)
        assert seconds - 10 < left.total_seconds() <= seconds
