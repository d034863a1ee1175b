"""What is published of a body is safe, absolute, legal in XML, and says what the page said."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from feeder.model import Image, Media
from feeder.sanitize.clean import clean, plain

BASE = "https://news.example/live/page"

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>a</a>",
    "<a href=' java\tscript:alert(1)'>a</a>",
    "<a href='&#106;avascript:alert(1)'>a</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>a</a>",
    "<a href='vbscript:x'>a</a>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='data:text/html,x'>",
    "<form action='https://evil.example'><input name=password><button formaction='javascript:x'>go</button></form>",
    "<p style='position:fixed;background:url(javascript:x)' onclick=x class=y id=z>a</p>",
    "<base href='https://evil.example/'><a href='/a'>a</a>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href='https://evil.example/x.css'>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<textarea><script>alert(1)</script></textarea>",
    "<video><source onerror=alert(1)></video>",
    "<video src='javascript:alert(1)'></video>",
    "<picture><source srcset='javascript:alert(1) 2x'><img src=a.jpg></picture>",
    "<a href='//evil.example\\@news.example'>a</a>",
    "<plaintext><script>alert(1)</script>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<p>a<![CDATA[<script>alert(1)</script>]]></p>",
    "<!--><script>alert(1)</script>-->",
]
ALLOWED = set(
    re.findall(
        r"\w+",
        "a abbr b blockquote br caption cite code dd del dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins"
        " kbd li mark ol p pre q s samp small strike strong sub sup table tbody td tfoot th thead tr u ul var",
    )
)


@pytest.mark.row("56")
@pytest.mark.parametrize("fragment", HOSTILE)
def test_nothing_that_runs_or_tracks_is_left(fragment: str) -> None:
    html = clean(f"<p>before</p>{fragment}<p>after</p>", BASE).html
    tags = re.findall(r"<([a-z0-9]+)([^>]*)>", html)
    assert {tag for tag, _ in tags} <= ALLOWED
    names = {
        name for _, rest in tags for name in re.findall(r"([a-z-]+)=", re.sub(r'"[^"]*"', "", rest))
    }
    assert names <= {"href", "src", "alt", "width", "height"}
    for url in re.findall(r'(?:href|src)="([^"]*)"', html):
        assert urlsplit(url).scheme in ("http", "https", "mailto")


@pytest.mark.parametrize(
    ("fragment", "html", "text"),
    [
        ("plain &amp; simple", "plain &amp; simple", "plain & simple"),
        ("<p>One.</p>\n\n  <p>Two  words.</p>", "<p>One.</p><p>Two words.</p>", "One.\n\nTwo words."),
        ("<p>a<br>b</p>", "<p>a<br>b</p>", "a\nb"),
        ("<p>a<br><br></p><p> &nbsp; </p><ul></ul>", "<p>a</p>", "a"),
        ("<div class=x><div>a</div><div>b <b>c</b></div></div>", "<p>a</p><p>b <b>c</b></p>", "a\n\nb c"),
        ("<section><h2>H</h2><article>t</article></section>", "<h2>H</h2><p>t</p>", "H\n\nt"),
        ("<p>5 &lt; 6 &amp; 7 &gt; 2</p>", "<p>5 &lt; 6 &amp; 7 &gt; 2</p>", "5 < 6 & 7 > 2"),
        ("<pre>a\n   b</pre><p> c </p>", "<pre>a\n   b</pre><p>c</p>", "a\n   b\n\nc"),
        ("<p><b> </b>a<i></i></p>", "<p>a</p>", "a"),
        ("<span>a</span><span> b</span>", "a b", "a b"),
        ("<table><tr><td>1</td><td>2</td></tr></table>",
         "<table><tbody><tr><td>1</td><td>2</td></tr></tbody></table>", "1\n\n2"),
    ],
)  # fmt: skip
def test_words_stay_and_white_space_is_tidied(fragment: str, html: str, text: str) -> None:
    cleaned = clean(fragment, BASE)
    assert (cleaned.html, cleaned.text) == (html, text)


@pytest.mark.parametrize(
    ("href", "base", "url"),
    [
        ("/a", BASE, "https://news.example/a"),
        ("b?x=1&amp;y=2", BASE, "https://news.example/live/b?x=1&amp;y=2"),
        ("#u1", BASE, "https://news.example/live/page#u1"),
        ("//other.example/c", BASE, "https://other.example/c"),
        ("mailto:a@b.example", BASE, "mailto:a@b.example"),
        ("HTTPS://Other.example/d", BASE, "HTTPS://Other.example/d"),
    ],
)
def test_links_are_absolute(href: str, base: str, url: str) -> None:
    assert clean(f'<a href="{href}">x</a>', base).html == f'<a href="{url}">x</a>'


@pytest.mark.parametrize("base", ["", "file:///etc/passwd"])
def test_a_document_without_an_address_has_no_relative_links(base: str) -> None:
    assert clean('<a href="/a">x</a>', base).html == "<a>x</a>"


@pytest.mark.parametrize(
    ("fragment", "url"),
    [
        ('<img src="/a.jpg">', "https://news.example/a.jpg"),
        ('<img src="data:image/gif;base64,R0" data-src="/b.jpg">', "https://news.example/b.jpg"),
        ('<img src="spacer.gif" data-lazy-src="/c.jpg">', "https://news.example/c.jpg"),
        (
            '<img src="s.jpg" srcset="s.jpg 100w, /m.jpg 500w, /l.jpg 900w">',
            "https://news.example/l.jpg",
        ),
        ('<img srcset="/x1.jpg 1x, /x2.jpg 2x">', "https://news.example/x2.jpg"),
        (
            '<img src="t.jpg" data-srcset="/d,w_10.jpg 10w, /d,w_20.jpg 20w">',
            "https://news.example/d,w_20.jpg",
        ),
        (
            '<picture><source srcset="/p.webp 800w"><img src="t.jpg"></picture>',
            "https://news.example/p.webp",
        ),
        ('<noscript><img src="/n.jpg"></noscript>', "https://news.example/n.jpg"),
        ('<amp-img src="/amp.jpg" width=10 height=20></amp-img>', "https://news.example/amp.jpg"),
        ('<img data-hero="https://cdn.example/h.png?w=1">', "https://cdn.example/h.png?w=1"),
    ],
)
def test_the_best_image_is_found(fragment: str, url: str) -> None:
    assert [image.url for image in clean(fragment, BASE).images] == [url]


@pytest.mark.parametrize(
    "fragment",
    [
        '<img src="/p.gif" width="1" height="1">',
        '<img src="/pixel.gif">',
        '<img src="/a.jpg" style="display: none">',
        '<img src="data:image/gif;base64,R0lGOD">',
        "<img alt=nothing>",
    ],
)
def test_tracking_pixels_and_placeholders_are_no_images(fragment: str) -> None:
    cleaned = clean(f"<p>a</p>{fragment}", BASE)
    assert (cleaned.html, cleaned.images) == ("<p>a</p>", ())


@pytest.mark.parametrize(
    ("caption", "image"),
    [
        ("The dam.", ("The dam.", "")),
        ("The dam. <span class='photo-credit'>Ana Lind</span>", ("The dam.", "Ana Lind")),
        ("The dam. Photo: Ana Lind", ("The dam.", "Ana Lind")),
        ("The dam (Foto: Ana Lind/Agency)", ("The dam", "Ana Lind/Agency")),
        ("The dam, Feb. 27, 2022. Ana Lind/Pool", ("The dam, Feb. 27, 2022.", "Ana Lind/Pool")),
        ("© Ana Lind", ("", "Ana Lind")),
    ],
)
def test_captions_and_credits_go_with_their_image_and_not_into_the_text(
    caption: str, image: tuple[str, str]
) -> None:
    cleaned = clean(
        f'<p>a</p><figure><img src="/d.jpg" width=300><figcaption>{caption}</figcaption></figure>',
        BASE,
    )
    assert cleaned.images == (Image("https://news.example/d.jpg", *image, width=300),)
    assert cleaned.text == "a"


def test_players_and_frames_become_links_with_their_name() -> None:
    frame = '<iframe src="//player.example/v/1" title="A film"></iframe>'
    fragment = frame + '<video title="A clip"><source src="c.mp4">old</video>'
    cleaned = clean(fragment, BASE)
    assert cleaned.html == (
        '<p><a href="https://player.example/v/1">A film</a></p>'
        '<p><a href="https://news.example/live/c.mp4">A clip</a></p>'
    )
    assert cleaned.media == (Media("https://news.example/live/c.mp4", "video/mp4", title="A clip"),)


def test_an_embedded_post_keeps_its_words_and_its_link() -> None:
    post = '<blockquote class=x><p>Water is rising</p>&mdash; A (@a) <a href="https://s.example/1">March</a></blockquote>'
    cleaned = clean(f"{post}<script src=//s.example/widget.js></script>", BASE)
    assert cleaned.text == "Water is rising\n\n— A (@a) March"
    assert 'href="https://s.example/1"' in cleaned.html


@pytest.mark.parametrize("bad", ["a\x00b", "a\x0bb", "a&#x1f;b", "a\ud800b", "a￾b", "a\x7fb"])
def test_characters_that_xml_cannot_hold_are_gone(bad: str) -> None:
    assert clean(f"<p>{bad}</p>", BASE).text in ("ab", "a\ufffdb")


def test_a_pair_of_surrogates_is_the_character_that_it_stands_for() -> None:
    assert clean("<p>\ud83c\udf0a</p>", BASE).text == "🌊"


@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        ("A &amp; B", "A & B"),
        ("<b>A</b>\n  b", "A b"),
        ("5 < 6", "5 < 6"),
        ("AT&T", "AT&T"),
        ("", ""),
    ],
)
def test_a_headline_is_words_on_one_line(fragment: str, words: str) -> None:
    assert plain(fragment) == words
