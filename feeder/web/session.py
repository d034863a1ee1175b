"""The session of a browser: a signed cookie that whoever has the token is given.

Nothing is kept of it here: it ends with its time, or with the token. A link that logs in once is
signed in the same way, and the store remembers the last one that was used.
"""

from __future__ import annotations

import hmac
import time
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from feeder.store import Store

COOKIE = "feeder_session"
LASTS = 30 * 86_400  # seconds
LINK_LASTS = 900  # seconds in which a link can be used
_USED = "login_link_used"


def issue(token: str) -> str:
    """Returns the value of a new session's cookie."""
    return _signed(token, "session", int(time.time()) + LASTS)


def is_valid(token: str, cookies: str) -> bool:
    """Returns whether the header Cookie holds a session that has not ended."""
    try:
        found = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return False
    stamp = _stamp(token, "session", found.value) if found else None
    return stamp is not None and time.time() < stamp


def login_link(base: str, token: str) -> str:
    """Returns an address that logs a browser in, once and soon."""
    return f"{base}/login?once={_signed(token, 'login', time.time_ns())}"


def redeem(token: str, once: str, store: Store) -> bool:
    """Returns whether a link logs in: ours, not too old, and neither it nor a later one used."""
    made = _stamp(token, "login", once)
    if made is None or time.time_ns() - made > LINK_LASTS * 1_000_000_000:
        return False
    if made <= int(store.get(_USED) or 0):
        return False
    store.put(_USED, str(made))
    return True


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Returns whether a browser sent this from a page of ours: other sites' forms name theirs."""
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == headers.get("host")
    return headers.get("sec-fetch-site") == "same-origin"


def _signed(token: str, purpose: str, stamp: int) -> str:
    return f"{stamp}.{_seal(token, purpose, stamp)}"


def _stamp(token: str, purpose: str, value: str) -> int | None:
    """Returns the number that was signed; None: we did not sign this."""
    number, _, seal = value.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 20):
        return None
    right = _seal(token, purpose, int(number))
    return int(number) if hmac.compare_digest(right.encode(), seal.encode()) else None


def _seal(token: str, purpose: str, stamp: int) -> str:
    return hmac.new(token.encode(), f"{purpose}:{stamp}".encode(), "sha256").hexdigest()
