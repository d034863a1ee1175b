"""init and secret: what an installation of one's own begins with."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from feeder.cli import app

SHIPPED = Path("feeder/sample/config.toml")
OURS = Path(__file__).parents[2]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def test_the_configuration_that_is_shipped_is_the_one_in_the_repository() -> None:
    assert (OURS / SHIPPED).read_bytes() == (OURS / "config.toml").read_bytes()


def test_what_init_writes_is_sound_and_follows_the_sample(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "home"
    made = run("init", folder)
    assert made.exit_code == 0
    assert f"feeder --config {folder / 'config.toml'} run" in made.output
    assert run("--config", folder / "config.toml", "refresh").exit_code == 0
    assert (folder / "feeds" / "sample.atom").is_file()
    assert run("--config", folder / "config.toml", "check").exit_code == 0


@pytest.mark.parametrize("there", ["config.toml", "live.txt"])
def test_init_overwrites_nothing(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    made = run("init", tmp_path)
    assert made.exit_code == 2
    assert f"{tmp_path / there} is there already; nothing was written" in made.output
    assert [file.name for file in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "mine"


def test_init_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    made = run("init", tmp_path / "file" / "below")
    assert made.exit_code == 2
    assert "cannot write into" in made.output


def test_the_secret_of_webhooks_is_the_same_each_time(tmp_path: Path) -> None:
    run("init", tmp_path)
    first = run("--config", tmp_path / "config.toml", "secret", "--webhooks")
    assert first.exit_code == 0
    assert len(first.output.strip()) >= 32
    assert run("--config", tmp_path / "config.toml", "secret", "--webhooks").output == first.output


@pytest.mark.parametrize("arguments", [(), ("sample", "--webhooks")])
def test_a_secret_is_of_a_feed_or_of_the_webhooks(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    run("init", tmp_path)
    said = run("--config", tmp_path / "config.toml", "secret", *arguments)
    assert said.exit_code == 2
    assert "say either the NAME of a feed or --webhooks" in said.output
