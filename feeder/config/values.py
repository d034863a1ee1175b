"""The values of config.toml: each function checks what was written and returns what is used.

All raise ValueError with the end of a sentence that says what is allowed.
"""

from __future__ import annotations

import difflib
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection

NAME_PATTERN = "[a-z0-9-]{1,64}"
NAME = re.compile(rf"{NAME_PATTERN}\Z")
RESERVED = frozenset({"index", "feeds", "status"})

_SCHEMELESS = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+/\S*", re.IGNORECASE)  # an address, it seems
_ATTRIBUTE = re.compile(r"\s*@[A-Za-z][\w:-]*\Z")  # after a selector: whose value is read
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\Z")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
# The words of crontab(5) but @reboot, which has no meaning here.
_CRON_WORDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|KB|MB|GB)\Z", re.IGNORECASE)
_BYTES = {"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}


def duration(value: object) -> timedelta:
    """Returns the duration that '500ms', '30s', '5m', '2h' or '1d' stands for."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.match(value) if isinstance(value, str) else None
    if not found:
        raise ValueError('must be a duration such as "500ms", "30s", "5m", "2h" or "1d"')
    try:
        return timedelta(seconds=float(found[1]) * _SECONDS[found[2]])
    except OverflowError:
        raise ValueError('must be a duration of at most "1000000d"') from None


def duration_text(value: timedelta) -> str:
    """Returns a duration as the file writes it, such as '5m'."""
    milliseconds = round(value / timedelta(milliseconds=1))
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds and milliseconds % length == 0:
            return f"{milliseconds // length}{unit}"
    return f"{milliseconds}ms"


def size(value: object) -> int:
    """Returns the bytes that '512KB', '10MB' or '2GB' stands for."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _SIZE.match(value) if isinstance(value, str) else None
    if not found:
        raise ValueError('must be a size such as "512KB", "10MB" or "2GB"')
    return int(float(found[1]) * _BYTES[found[2].lower()])


def http(value: str) -> str:
    """Checks an address with the scheme http or https."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"is not a valid address: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        said = 'must be an address that begins with "http://" or "https://"'
        raise ValueError(said + scheme_hint(value))
    if re.search(r"[\x00-\x20\x7f]", value):
        raise ValueError("must not contain spaces or control characters")
    return value


def scheme_hint(value: str) -> str:
    """Returns the end of a sentence for what seems to be an address without its scheme, or ""."""
    return f"; did you mean https://{value}?" if _SCHEMELESS.fullmatch(value) else ""


def hub(value: str) -> str:
    """Checks the address of a hub, or "self"."""
    try:
        return value if value == "self" else http(value)
    except ValueError as error:
        raise ValueError(f'{error}, or "self"') from None


def proxy(value: str) -> str:
    """Checks the address of a proxy; "" is taken as it is."""
    try:
        return value and http(value)
    except ValueError:
        raise ValueError('must be an address such as "http://proxy.example:3128"') from None


def jmespath(value: str) -> str:
    """Checks an expression of JMESPath; "" is taken as it is."""
    import jmespath as library  # noqa: PLC0415 -- only where it is used

    try:
        _ = value and library.compile(value)
    except library.exceptions.JMESPathError as error:
        reason = " ".join(str(error).removeprefix("Invalid jmespath expression: ").split())
        raise ValueError(f"is not valid JMESPath: {reason.rstrip(' ^')}") from None
    return value


def base(value: str) -> str:
    """Checks an address that paths are appended to, and takes the slash off its end."""
    parts = urlsplit(http(value))
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError('must be just "https://host/path", without user, "?" or "#"')
    return value.rstrip("/")


def listen(value: str) -> str:
    """Checks "HOST:PORT"."""
    host, colon, port = value.rpartition(":")
    if not (host and colon and port.isdecimal() and int(port) < 1 << 16):
        raise ValueError('must be "host:port", such as "127.0.0.1:8000"')
    return value


def local_address(listening: object) -> str:
    """Returns the address under which this machine reaches a server that listens on "HOST:PORT"."""
    try:
        host, _, port = listen(str(listening)).rpartition(":")
    except ValueError:  # it is missing, or a mistake that is told where it stands
        return "http://127.0.0.1:8000"
    own = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 -- not to bind
    return f"http://{own}:{port}"


def host_name(value: str) -> str:
    """Checks the name or address of a host, without a port."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?", value):
        raise ValueError(f'must be a host name such as "feeds.lan", without a port, not {value!r}')
    return value.strip("[]").lower()


def language(value: str) -> str:
    """Checks a BCP 47 tag such as "de" or "pt-BR"; "" is taken as it is."""
    if value and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise ValueError(f'must be a language tag such as "de" or "pt-BR", not {value!r}')
    return value


def valid_page(value: str) -> str:
    """Checks the address of a page to read; "" is taken as it is."""
    if value and urlsplit(http(value)).username is not None:
        said = 'must not contain a password; use auth = "env:NAME" under [source.request]'
        raise ValueError(said)
    return value


@lru_cache(maxsize=1024)
def zone(value: str) -> str:
    """Checks the name of an IANA time zone; "" is taken as it is."""
    if not value:
        return value
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(value, [zone for zone in _zones() if "/" in zone], 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        allowed = 'must be an IANA time zone such as "America/New_York"'
        raise ValueError(f"{allowed}, not {value!r}{hint}") from None
    return value


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    from zoneinfo import available_timezones  # noqa: PLC0415 -- walks a folder; only for an error

    return tuple(sorted(available_timezones()))


def pattern(value: str) -> str:
    """Checks a regular expression in the syntax of RE2."""
    import re2  # noqa: PLC0415 -- only where patterns are used

    options = re2.Options()
    options.log_errors = False  # they are told once, by us
    try:
        re2.compile(value, options)
    except re2.error as error:
        said = error.args[0] if error.args else error
        reason = said.decode() if isinstance(said, bytes) else said
        raise ValueError(f"is not a valid pattern: {reason}") from None
    return value


def joined(value: object) -> object:
    """Returns a list of selectors as one; anything else as it is."""
    texts = isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)
    return ", ".join(value) if texts else value  # type: ignore[arg-type]


def selector(value: str) -> str:
    """Checks a CSS selector, perhaps with "@" and an attribute at its end; "" is taken as it is."""
    # Only where selectors are used: a library takes a while to import.
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError  # noqa: PLC0415

    try:
        css = _ATTRIBUTE.sub("", value)
        _ = css and LexborHTMLParser("").css(css)
    except SelectolaxError:
        raise ValueError(f"must be a CSS selector, not {value!r}") from None
    return value


def crontab(value: str) -> str:
    """Returns the five fields of a cron line, checked; words such as @hourly are replaced.

    An empty line is taken as it is.
    """
    if not value:
        return value
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 -- only where cron is used

    allowed = 'must be five cron fields such as "*/10 6-23 * * *", or one of @hourly, @daily …'
    fields = _CRON_WORDS.get(value.strip().lower(), value)
    if len(fields.split()) != 5:
        raise ValueError(f"{allowed}, not {value!r}")
    try:
        CronSim(fields, datetime(2024, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        reason = str(error).removeprefix("Bad ")
        raise ValueError(f"{allowed}; the {reason} of {value!r} is wrong") from None
    return fields


def valid_name(value: str) -> str:
    """Checks the name of a source or bundle: its feed's file name."""
    if not NAME.match(value):
        raise ValueError("must be 1 to 64 of the characters a-z, 0-9 and -")
    if value in RESERVED or value.endswith("-digest"):
        said = "is reserved: index, feeds, status and names that end in -digest are taken"
        raise ValueError(said)
    return value


def name_for(url: str, taken: Collection[str]) -> str:
    """Returns a name made of an address, its host and last path segment, that is not `taken`."""
    parts = urlsplit(url)
    host = (parts.hostname or "source").removeprefix("www.")
    last = re.sub(r"\.[a-z]{2,5}$", "", parts.path.rstrip("/").rpartition("/")[2])
    words = re.sub(r"[^a-z0-9]+", "-", f"{host}-{last}".lower())
    base = words.strip("-")[:56].strip("-") or "source"
    if base in RESERVED or base.endswith("-digest"):
        base += "-feed"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name
