"""What a person is warned of although the configuration allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from feeder.config import parse
from feeder.operations.check_settings import Problem, check_settings

if TYPE_CHECKING:
    from pathlib import Path

LISTEN = '[serve]\nlisten = "127.0.0.1:8000"\n'
PAGE = '[[source]]\nname = "harbour"\nurl = "https://example.org/live"\n'


def problems(folder: Path, text: str) -> list[Problem]:
    settings = parse(text.encode(), folder / "config.toml")
    return list(check_settings(settings, settings.source))


@pytest.mark.parametrize(
    "text",
    [
        "",
        LISTEN,
        'base_url = "http://127.0.0.1:8000/prefix"\n' + LISTEN,
        'base_url = "https://feeds.example.org"\n' + LISTEN,
        PAGE + 'timezone = "Europe/Oslo"\n',
        PAGE + 'timezone = "UTC"\n',
        '[[source]]\nname = "page"\npath = "page.txt"\n',
    ],
)
def test_what_can_be_right_is_not_doubted(tmp_path: Path, text: str) -> None:
    (tmp_path / "page.txt").write_text("", encoding="utf-8")
    assert problems(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "where", "told"),
    [
        ('base_url = "http://127.0.0.1:9000"\n' + LISTEN, "base_url", "listens at 127.0.0.1:8000"),
        ('base_url = "http://localhost"\n' + LISTEN, "base_url", "listens at 127.0.0.1:8000"),
        (PAGE + 'timezone = "EST"\n', "harbour", "no summer time; if the page's clock is changed"),
        (PAGE + 'timezone = "Etc/GMT-2"\n', "harbour", "with the sign reversed"),
        ('[[source]]\nname = "page"\npath = "none.txt"\n', "page", "none.txt is not a file"),
    ],
)
def test_what_cannot_be_right_is_a_warning(
    tmp_path: Path, text: str, where: str, told: str
) -> None:
    (problem,) = problems(tmp_path, text)
    assert (problem.where, problem.wrong) == (where, False)
    assert told in problem.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('output = "taken"\n', "is a file; name a folder"),
        ('output = "taken/feeds"\n', "is a file; name a folder"),
        ('output = "C:\\temp"\n', "has a control character in its name"),
        ('[[source]]\nname = "page"\npath = "C:\\new.txt"\n', "has a control character"),
    ],
)
def test_what_cannot_work_is_an_error(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "taken").write_text("", encoding="utf-8")
    (problem,) = problems(tmp_path, text)
    assert problem.wrong
    assert told in problem.text
