"""An upgrade by git: what a person has changed in their clone is there after it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from feeder.config import load

ROOT = Path(__file__).parents[2]
SAMPLE = "feeder/sample/live.txt"
OURS = "2 minutes ago\n\nThe harbour master speaks\n\nShe expects a calm night.\n\n"
THEIRS = "1 minute ago\n\nThe wind turns\n\nIt blows from the east now.\n\n"

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")


def git(folder: Path, *words: str) -> str:
    someone = ["-c", "user.name=Someone", "-c", "user.email=someone@example.org"]
    done = subprocess.run(
        ["git", *someone, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def put_first(file: Path, update: str) -> None:
    title, _, rest = file.read_text("utf-8").partition("\n\n")
    file.write_text(f"{title}\n\n{update}{rest}", encoding="utf-8")


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    made = tmp_path / "upstream"
    for name in (".gitattributes", ".gitignore", "config.toml", SAMPLE, "feeds/.gitkeep"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, made / name)
    git(made, "init", "-q")
    git(made, "add", "-A")
    git(made, "commit", "-qm", "First")
    return made


def test_a_pull_keeps_an_edited_sample_and_configuration(upstream: Path, tmp_path: Path) -> None:
    told = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    assert "\ngit pull --autostash " in told
    git(tmp_path, "clone", "-q", str(upstream), "mine")
    mine = tmp_path / "mine"
    put_first(mine / SAMPLE, THEIRS)
    config = mine / "config.toml"
    config.write_text(
        config.read_text("utf-8").replace("allow_private = false", "allow_private = true"), "utf-8"
    )
    for name in ("sources.toml", "feeder.db", "feeder.token", "feeder.log", "feeds/sample.atom"):
        (mine / name).write_text("", "utf-8")  # what running feeder leaves
    put_first(upstream / SAMPLE, OURS)
    git(upstream, "commit", "-qam", "Another update in the sample")
    git(mine, "pull", "-q", "--autostash")
    assert {line[3:] for line in git(mine, "status", "--porcelain").splitlines()} == {
        "config.toml",
        SAMPLE,
    }
    sample = (mine / SAMPLE).read_text("utf-8")
    for update in (OURS, THEIRS):
        assert update.partition("\n\n")[2].strip() in sample
    assert "<<<<" not in sample
    assert load(config).fetch.allow_private
