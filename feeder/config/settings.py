"""The tables of config.toml as frozen settings: every key, default, unit and bound."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

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
_REFER = 'refer to it as "env:NAME" or "file:PATH"'
_SECRET_HEADER = re.compile(r"authorization|cookie|token|secret|password|api-?key", re.IGNORECASE)


Duration = Annotated[timedelta, BeforeValidator(values.duration)]
Size = Annotated[int, BeforeValidator(values.size), Field(ge=0)]
Http = Annotated[str, AfterValidator(values.http)]
Hub = Annotated[str, AfterValidator(values.hub)]
Base = Annotated[str, AfterValidator(values.base)]
Zone = Annotated[str, AfterValidator(values.zone)]
Language = Annotated[str, AfterValidator(values.language)]
HostName = Annotated[str, AfterValidator(values.host_name)]
Name = Annotated[str, AfterValidator(values.valid_name)]
PageAddress = Annotated[str, AfterValidator(values.valid_page)]
Cron = Annotated[str, AfterValidator(values.crontab)]
Pattern = Annotated[str, AfterValidator(values.pattern)]
Expression = Annotated[str, AfterValidator(values.jmespath)]
Selector = Annotated[str, AfterValidator(values.selector)]
Selectors = Annotated[Selector, BeforeValidator(values.joined)]


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_default=True)


class Serve(Table):
    listen: Annotated[str, AfterValidator(values.listen)] = "127.0.0.1:8000"
    # further names that this server answers to
    hosts: tuple[HostName, ...] = Field(default=(), strict=False)
    token: str = ""
    read: Literal["open", "token"] = "open"

    @field_validator("token")
    @classmethod
    def _token(cls, value: str) -> str:
        if not re.fullmatch(r"[\x21-\x7e]*", value):  # it stands in a header
            raise ValueError("must be letters, digits and punctuation of ASCII, without spaces")
        return value

    @property
    def host(self) -> str:
        """The host or address to listen on, without brackets."""
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
    proxy: Annotated[str, AfterValidator(values.proxy)] = ""
    ca_file: str = ""

    @field_validator("user_agent")
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


class LogSettings(Table):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"


class Push(Table):
    hubs: tuple[Hub, ...] = Field(default=(), strict=False)
    webhooks: tuple[Http, ...] = Field(default=(), strict=False)


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
            raise ValueError('must have a "min" of at least "1s" and at most "max"')
        return self


class RequestSettings(Table):
    """What is sent to the source's own origin only.

    Secrets are references, which `config.resolve_secret` looks up when they are used.
    """

    headers: dict[str, str] = {}
    cookies: dict[str, str] = {}
    auth: str = ""  # "env:NAME" or "file:PATH" of user:password (RFC 7617)

    @field_validator("headers")
    @classmethod
    def _headers(cls, value: dict[str, str]) -> dict[str, str]:
        for name, content in value.items():
            if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
                raise ValueError(f"has a name that is not valid in HTTP: {name!r}")
            if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", content):
                raise ValueError(f"must be one line each; {name!r} is not")
            if _SECRET_HEADER.search(name) and not _REFERENCE.match(content):
                raise ValueError(f"must not hold the secret {name!r} itself; {_REFER}")
        return value

    @field_validator("cookies")
    @classmethod
    def _cookies(cls, value: dict[str, str]) -> dict[str, str]:
        for name, content in value.items():
            if not _REFERENCE.match(content):
                raise ValueError(f"must not hold the secret {name!r} itself; {_REFER}")
        return value

    @field_validator("auth")
    @classmethod
    def _auth(cls, value: str) -> str:
        if value and not _REFERENCE.match(value):
            raise ValueError(f"must not be the secret itself; {_REFER}")
        return value


class Select(Table):
    update: Selector = Field(min_length=1)
    time: Selector = ""
    headline: Selector = ""
    body: Selector = ""
    author: Selector = ""
    url: Selector = ""
    id: Selector = ""
    image: Selector = ""
    category: Selector = ""
    remove: Selectors = ""


class Api(Table):
    parents: Expression = ""
    group: Expression = ""
    group_url: Expression = ""
    items: Expression = Field(min_length=1)
    id: Expression = ""
    time: Expression = ""
    headline: Expression = ""
    body: Expression = ""
    author: Expression = ""
    url: Expression = ""
    image: Expression = ""
    category: Expression = ""


class SourceOptions(Table):
    """What can stand under [defaults] as well as under [[source]]."""

    title: str = ""
    every: Literal["adaptive"] | Duration = "adaptive"
    cron: Cron = ""
    adaptive: Adaptive = Adaptive()
    timezone: Zone = ""  # empty: what the page lets infer
    language: Language = ""  # empty: the page's own
    date_order: Literal["", "dmy", "mdy", "ymd"] = ""
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
    request: RequestSettings = RequestSettings()
    select: Select | None = None
    api: Api | None = None

    @field_validator("every")
    @classmethod
    def _every(cls, value: timedelta | str) -> timedelta | str:
        if isinstance(value, timedelta) and not timedelta(seconds=1) <= value <= timedelta(days=31):
            raise ValueError('must be "adaptive" or between "1s" and "31d"')
        return value

    @property
    def conflict(self) -> str:
        """What is set but could never matter, as the end of a sentence; "" where there is nothing.

        It is a mistake in a file or a request, but no reason to refuse a row that is stored.
        """
        if self.cron and "every" in self.model_fields_set:
            return 'must not have both "every" and "cron"'
        for kind in ("select", "api"):
            if getattr(self, kind) is not None and self.extract != kind:
                return f'has a table [source.{kind}], which needs extract = "{kind}"'
        return ""


class SourceSettings(SourceOptions):
    """One [[source]], with [defaults] filled in. `path` is absolute."""

    name: Name
    url: PageAddress = ""
    path: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not (self.url or self.path):
            raise ValueError('needs a "url" or a "path"')
        for kind, needed in (("select", "update"), ("api", "items")):
            if self.extract == kind and getattr(self, kind) is None:
                table = f'a table [source.{kind}] with at least "{needed}"'
                raise ValueError(f'has extract = "{kind}", which needs {table}')
        return self

    @property
    def address(self) -> str:
        """What the source was created with: its feed's identity hangs on it."""
        return self.url or f"file://{self.path}"


class BundleSettings(Table):
    name: Name
    title: str = ""
    sources: tuple[str, ...] = Field(default=("*",), strict=False)
    keep: int = Field(default=200, ge=1, le=10_000)


class Settings(Table):
    """The whole file. Paths are absolute; `fingerprint` is of the file's bytes and its folder."""

    store: str = "sqlite:///feeder.db"
    output: Path = Field(default=Path("feeds"), strict=False)
    # processes that extract pages; 0: one for each core, four at most
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    base_url: Base = ""  # never empty once validated: see `_base_url`
    serve: Serve = Serve()
    fetch: Fetch = Fetch()
    log: LogSettings = LogSettings()
    push: Push = Push()
    keep: Keep = Keep()
    defaults: SourceOptions = SourceOptions()
    source: tuple[SourceSettings, ...] = Field(default=(), strict=False)
    bundle: tuple[BundleSettings, ...] = Field(default=(), strict=False)
    fingerprint: str = Field(default="", exclude=True)
    file: Path | None = Field(default=None, exclude=True, strict=False)

    @model_validator(mode="before")
    @classmethod
    def _base_url(cls, given: Any) -> Any:
        """Fills in the address that is listened on, where no public one is set."""
        if not isinstance(given, dict) or given.get("base_url", ""):
            return given
        serve = given.get("serve", {})
        said = serve.get("listen") if isinstance(serve, dict) else getattr(serve, "listen", None)
        return given | {"base_url": values.local_address(said)}

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
        """Returns the file beside the store with a suffix: ".token", ".log" or ".pid"."""
        if self.store_file:
            return self.store_file.with_suffix(suffix)
        return (self.file.parent if self.file else Path.cwd()) / f"feeder{suffix}"
