"""What is logged, in which form, and where."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from feeder.config import LogSettings
from feeder.errors import ConfigError
from feeder.runtime import logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leaves the root logger as pytest has it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    for handler in handlers:  # or basicConfig would close them
        root.removeHandler(handler)
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)


def logged(file: Path, settings: LogSettings) -> list[str]:
    logs.set_up(settings, file)
    logging.getLogger("feeder").debug("harbour: unchanged")
    logging.getLogger("feeder").info("harbour: changed", extra={"source": "harbour"})
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    return file.read_text(encoding="utf-8").splitlines()


def test_a_file_holds_lines_for_people_those_of_the_server_too(tmp_path: Path) -> None:
    first, second = logged(tmp_path / "log", LogSettings())
    assert first.endswith("INFO    harbour: changed")
    assert second.endswith("WARNING Invalid HTTP request received.")


def test_json_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    first, second = map(json.loads, logged(tmp_path / "log", LogSettings(format="json")))
    assert (first["message"], first["source"]) == ("harbour: changed", "harbour")
    assert (second["level"], second["logger"]) == ("warning", "uvicorn.error")


@pytest.mark.parametrize(
    ("level", "lines"), [("debug", 3), ("info", 2), ("warning", 1), ("error", 0)]
)
def test_the_level_decides_what_is_written(tmp_path: Path, level: str, lines: int) -> None:
    settings = LogSettings.model_validate({"level": level})
    assert len(logged(tmp_path / "log", settings)) == lines


def test_the_journal_gets_no_time_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    logs.set_up(LogSettings())
    logging.getLogger("feeder").info("harbour: changed")
    assert capsys.readouterr().err == "INFO    harbour: changed\n"


def test_a_file_is_rotated_and_few_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "FILE_BYTES", 200)
    logs.set_up(LogSettings(), tmp_path / "log")
    for number in range(100):
        logging.getLogger("feeder").info("line %d", number)
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["log", "log.1", "log.2", "log.3", "log.4"]
    assert (tmp_path / "log").read_text(encoding="utf-8").endswith("line 99\n")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"the log .*/none/log cannot be written: No such file"):
        logs.set_up(LogSettings(), tmp_path / "none" / "log")


@pytest.mark.parametrize("breaks", ["\n", "\r\n", "\x1b[2K", "\x85", "\u2028"])
def test_no_word_of_a_page_begins_a_line_of_its_own(breaks: str) -> None:
    words = f"harbour failed: {breaks}INFO all is well"
    record = logging.makeLogRecord({"levelname": "WARNING", "msg": "%s", "args": (words,)})
    line = logs.TextLines().format(record)
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert "all is well" in line
    encoded = logs.JsonLines().format(record)
    assert not {"\n", "\r", "\x1b"} & set(encoded)
    assert json.loads(encoded)["message"] == words
