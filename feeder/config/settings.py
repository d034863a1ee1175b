"""The tables of config.toml as frozen settings: every default, unit and bound. The names are the keys of the file."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from feeder.config import values

Kind = Literal[
    "auto", "jsonld", "microdata", "hfeed", "amp", "feed", "blocks", "text", "select", "api"
]

# Headers whose values are secrets: they are named by reference, so that no copy of the store holds
# them.
_REFERENCE = re.compile(r"(env|file):.")
_SECRET_HEADER = re.compile(r"authorization|cookie|token|secret|password|api-?key", re.IGNORECASE)


Duration = Annotated[timedelta, BeforeValidator(values.duration)]
Size = Annotated[int, BeforeValidator(values.size), Field(ge=0)]
Http = Annotated[str, AfterValidator(values.http)]
Base = Annotated[str, AfterValidator(values.base)]
Zone = Annotated[str, AfterValidator(values.zone)]
Pattern = Annotated[str, AfterValidator(values.pattern)]
Selector = Annotated[str, AfterValidator(values.selector)]


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)


class Serve(Table):
    listen: str = "127.0.0.1:8000"
    token: str = ""
    read: Literal["open", "token"] = "open"

    @field_validator("listen")
    @classmethod
    def _listen(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if not (host and colon and port.isdecimal() and int(port) < 1 << 16):
            raise ValueError('must be "host:port", such as "127.0.0.1:8000"')
        return value

    @field_validator("token")
    @classmethod
    def _token(cls, value: str) -> str:
        if not re.fullmatch(r"[\x21-\x7e]*", value):  # it stands in a header
            raise ValueError("must be letters, digits and signs of ASCII, without blanks")
        return value

    @property
    def host(self) -> str:
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        return int(self.listen.rpartition(":")[2])


class Fetch(Table):
    user_agent: str = ""  # empty: name and version of this program, and its address
    timeout: Duration = "20s"  # type: ignore[assignment]
    max_bytes: Size = "10MB"  # type: ignore[assignment]
    host_interval: Duration = "1s"  # type: ignore[assignment]
    respect_robots: bool = True
    allow_private: bool = False
    proxy: str = ""
    ca_file: str = ""

    @field_validator("user_agent", "proxy")
    @classmethod
    def _line(cls, value: str) -> str:
        if re.search(r"[\x00-\x1f\x7f]", value):
            raise ValueError("must be one line without control characters")
        return value

    @field_validator("timeout")
    @classmethod
    def _timeout(cls, value: timedelta) -> timedelta:
        if not timedelta(seconds=0.1) <= value <= timedelta(minutes=10):
            raise ValueError('must be between "100ms" and "10m"')
        return value

    @field_validator("max_bytes")
    @classmethod
    def _max_bytes(cls, value: int) -> int:
        if not value:
            raise ValueError("must be more than 0: no page would be read")
        return value


class Push(Table):
    hubs: tuple[str, ...] = Field(default=(), strict=False)
    webhooks: tuple[Http, ...] = Field(default=(), strict=False)

    @field_validator("hubs")
    @classmethod
    def _hubs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(hub if hub == "self" else values.http(hub) for hub in value)


class Keep(Table):
    pages: int = Field(default=20, ge=0)
    pages_total: Size = "2GB"  # type: ignore[assignment]
    entries: Literal["forever"] | Duration = "forever"

    @field_validator("entries")
    @classmethod
    def _entries(cls, value: timedelta | str) -> timedelta | str:
        if isinstance(value, timedelta) and value < timedelta(days=1):
            raise ValueError('must be "forever" or at least "1d"')
        return value


class Adaptive(Table):
    min: Duration = "30s"  # type: ignore[assignment]
    max: Duration = "6h"  # type: ignore[assignment]

    @model_validator(mode="after")
    def _order(self) -> Self:
        if not timedelta(seconds=1) <= self.min <= self.max:
            raise ValueError('"min" must be at least "1s" and at most "max"')
        return self


class Request(Table):
    """What is sent to the source's own origin only. Secrets are references, resolved by `secret` when they are used."""

    headers: dict[str, str] = {}
    cookies: dict[str, str] = {}
    auth: str = ""  # "env:NAME" or "file:PATH" of user:password (RFC 7617)

    @model_validator(mode="after")
    def _secrets(self) -> Self:
        for key, value in self.headers.items():
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", key):
                raise ValueError(f"{key!r} is no header name")
            if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
                raise ValueError(f"the header {key!r} must be one line")
            if _SECRET_HEADER.search(key) and not _REFERENCE.match(value):
                raise ValueError(
                    f'the header {key!r} is a secret: name it as "env:NAME" or "file:PATH"'
                )
        named = {f"the cookie {key!r}": value for key, value in self.cookies.items()}
        for what, value in (named | ({"auth": self.auth} if self.auth else {})).items():
            if not _REFERENCE.match(value):
                raise ValueError(f'{what} is a secret: name it as "env:NAME" or "file:PATH"')
        return self


class Select(Table):
    update: Selector = Field(min_length=1)
    time: Selector = ""
    headline: Selector = ""
    body: Selector = ""
    author: Selector = ""


class Api(Table):
    parents: str = ""
    group: str = ""
    group_url: str = ""
    items: str = Field(min_length=1)
    id: str = ""
    time: str = ""
    headline: str = ""
    body: str = ""
    author: str = ""
    url: str = ""
    image: str = ""
    category: str = ""

    @model_validator(mode="after")
    def _expressions(self) -> Self:
        import jmespath  # noqa: PLC0415 -- only where it is used

        for key, value in self.model_dump().items():
            try:
                _ = value and jmespath.compile(value)
            except jmespath.exceptions.JMESPathError as error:
                raise ValueError(f"{key!r} is no JMESPath: {error}") from None
        return self


class SourceOptions(Table):
    """What can stand under [defaults] as well as under [[source]]."""

    title: str = ""
    every: Literal["adaptive"] | Duration = "adaptive"
    cron: str = ""
    adaptive: Adaptive = Adaptive()
    timezone: Zone = "UTC"
    extract: Kind = "auto"
    keep: int = Field(default=200, ge=1, le=10_000)
    content: Literal["full", "excerpt", "link"] = "full"
    edits: Literal["inplace", "new", "off"] = "inplace"
    include: tuple[Pattern, ...] = Field(default=(), strict=False)
    exclude: tuple[Pattern, ...] = Field(default=(), strict=False)
    older_pages: int = Field(default=0, ge=0, le=1000)
    follow_successor: bool = True
    digest: Literal["", "1h", "1d"] = ""
    respect_robots: bool = True
    request: Request = Request()
    select: Select | None = None
    api: Api | None = None

    @field_validator("every")
    @classmethod
    def _every(cls, value: timedelta | str) -> timedelta | str:
        if isinstance(value, timedelta) and not timedelta(seconds=1) <= value <= timedelta(days=31):
            raise ValueError('must be "adaptive" or between "1s" and "31d"')
        return value

    @field_validator("cron")
    @classmethod
    def _cron(cls, value: str) -> str:
        return values.crontab(value) if value else value


class SourceSettings(SourceOptions):
    """One [[source]], with [defaults] filled in. `path` is absolute."""

    name: str
    url: str = ""
    path: str = ""

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        return values.valid_name(value)

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        return values.page(value) if value else value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not (self.url or self.path):
            raise ValueError('needs a "url" or a "path"')
        if self.extract == "select" and self.select is None:
            raise ValueError(
                'extract = "select" needs a table [source.select] with at least "update"'
            )
        if self.extract == "api" and self.api is None:
            raise ValueError('extract = "api" needs a table [source.api] with at least "items"')
        return self

    @property
    def address(self) -> str:
        """What the source was created with: its feed's identity hangs on it."""
        return self.url or f"file://{self.path}"


class BundleSettings(Table):
    name: str
    title: str = ""
    sources: tuple[str, ...] = Field(default=("*",), strict=False)
    keep: int = Field(default=200, ge=1, le=10_000)

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        return values.valid_name(value)


class Settings(Table):
    """The whole file. Paths are absolute; `fingerprint` is of the file's bytes."""

    store: str = "sqlite:///feeder.db"
    output: Path = Field(default=Path("feeds"), strict=False)
    base_url: Base = "http://127.0.0.1:8000"
    serve: Serve = Serve()
    fetch: Fetch = Fetch()
    push: Push = Push()
    keep: Keep = Keep()
    defaults: SourceOptions = SourceOptions()
    source: tuple[SourceSettings, ...] = Field(default=(), strict=False)
    bundle: tuple[BundleSettings, ...] = Field(default=(), strict=False)
    fingerprint: str = Field(default="", exclude=True)
    file: Path | None = Field(default=None, exclude=True, strict=False)

    @field_validator("store")
    @classmethod
    def _store(cls, value: str) -> str:
        if not re.match(r"(sqlite:///.|postgres(ql)?(\+psycopg)?://.)", value):
            raise ValueError('must be "sqlite:///FILE" or "postgresql://USER@HOST/NAME"')
        return value

    @property
    def store_file(self) -> Path | None:
        """The SQLite file that the store is; None: it is a PostgreSQL database."""
        kind, _, path = self.store.partition("///")
        return Path(path) if kind == "sqlite:" else None

    def beside_store(self, suffix: str) -> Path:
        """The file that stands beside the store for token (".token"), log (".log") or process id (".pid")."""
        if self.store.startswith("sqlite:///"):
            return Path(self.store.removeprefix("sqlite:///")).with_suffix(suffix)
        return (self.file.parent if self.file else Path.cwd()) / f"feeder{suffix}"
