"""Logs as [log] asks for them: lines for people, or JSON. No secret is ever handed to a logger."""

from __future__ import annotations

import logging
import os
import re
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

import msgspec

from feeder.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from feeder.config import LogSettings

FILE_BYTES = 10 << 20  # of a log file, until the next one is begun
FILES_KEPT = 4  # before the present one
_LINE = "%(levelname)-7s %(message)s"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Writes one object a line: time, level, logger, message, and the record's other fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _PLAIN}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


class TextLines(logging.Formatter):
    """Writes one line a record, and a traceback below it; no word of a page can begin another."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's name
        record.message = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", record.message)
        return super().formatMessage(record)


def set_up(settings: LogSettings, file: Path | None = None) -> None:
    """Sends all log lines, those of the HTTP server too, to stderr, or to a file that is rotated.

    Raises:
        ConfigError: the file cannot be written.
    """
    handler = _open(file) if file else logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(settings, to_file=file is not None))
    logging.basicConfig(level=settings.level.upper(), handlers=[handler], force=True)
    least = logging.getLevelName(settings.level.upper())
    # What these tell below a warning is of their own insides.
    for library in ("uvicorn", "alembic", "httpx", "httpcore", "asyncio"):
        logging.getLogger(library).setLevel(max(least, logging.WARNING))
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _open(file: Path) -> logging.Handler:
    try:
        return RotatingFileHandler(
            file, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
        )
    except OSError as error:
        raise ConfigError(f"the log {file} cannot be written: {error.strerror}") from error


def _formatter(settings: LogSettings, *, to_file: bool) -> logging.Formatter:
    if settings.format == "json":
        return JsonLines()
    if to_file:
        return TextLines(f"%(asctime)s {_LINE}")
    if os.environ.get("JOURNAL_STREAM"):  # the journal notes the time itself
        return TextLines(_LINE)
    clock = "%H:%M:%S" if sys.stderr.isatty() else None
    return TextLines(f"%(asctime)s {_LINE}", clock)
