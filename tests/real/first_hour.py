"""A first hour with feeder, played in an empty folder: `python tests/real/first_hour.py`.

It prints all that a person types and reads, with times, ports and the like evened out. The same
stands in tests/golden/first_hour.txt; `--write` writes it there.

feeder is installed by pip into a new environment, from wheels that are built of this tree: of the
version that it has, and of an older one, which is the same code under a lower number. pip asks no
index: what feeder needs is linked from the environment that plays the hour.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import feedparser
import httpx

TOP = Path(__file__).parents[2]
sys.path[:0] = [str(TOP / "tests"), str(TOP / "tests" / "real")]

from loopback import page, site  # noqa: E402 -- found by the line above
from running import free_port, until  # noqa: E402

if TYPE_CHECKING:
    from loopback import Site

GOLDEN = TOP / "tests" / "golden" / "first_hour.txt"
OLDER = "0.0.9"
PATIENCE = 120
POST = '<article id="u{}"><time datetime="2026-03-02T0{}:10:00Z">0{}:10</time><h2>{}</h2><p>{}</p></article>'
STORY = {
    3: ("Ferries to resume at noon", "The first boat is expected to leave at noon."),
    2: ("Power is back by the river", "All homes have it again, the grid operator says."),
    1: ("Shelters open in two schools", "People in the lower streets are asked to go there."),
}
SAME = (  # what differs from one hour to the next, and what stands for it
    (r"urn:uuid:[0-9a-f-]{36}", "urn:uuid:…"),
    (r"(?m)^[0-9a-f]{8}\t", "ID\t"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"config\.toml:\d+:", "config.toml:LINE:"),
    (r"process \d+", "process N"),
    (r"\d+ (s|min|h|d) ago", "AGO"),
    (r"in \d+ (s|min|h)|\bdue\b", "SOON"),
    (r"\+?\d+(\.\d+)?(e-\d+)? s\b", "N s"),
)


@dataclass
class Hour:
    """Someone at a shell in an empty folder, and the transcript so far."""

    home: Path
    there: Site
    port: int = field(default_factory=free_port)
    where: Path = field(init=False)
    transcript: list[str] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)  # of entries that a reader has seen

    def __post_init__(self) -> None:
        self.where = self.home

    @property
    def folder(self) -> Path:
        return self.home / "feeds"

    def enters_folder(self) -> None:
        self.where = self.folder
        self.transcript.append(f"$ cd {self.folder.name}\n")

    def says(self, text: str) -> None:
        self.transcript.append(f"\n# {text}\n")

    def does(self, command: str, exits: int = 0) -> None:
        words = command.replace("LIVE", self.there.url("/live")).split()
        done = subprocess.run(
            [str(self.home / "env" / "bin" / "python"), "-m", *words],
            cwd=self.where,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == exits, f"{command}: {done.stdout}"
        code = f"(exit {exits})\n" if exits else ""
        self.transcript.append(f"$ {command}\n{done.stdout}{code}")

    def edits(self, name: str, old: str, new: str) -> None:
        file = self.folder / name
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{old} in {name}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        before, after = old.splitlines(), new.splitlines()
        shown = [f"- {line.strip()}\n" for line in before if line and line not in after]
        shown += [f"+ {line.strip()}\n" for line in after if line and line not in before]
        self.transcript.append(f"(edits {name})\n{''.join(shown)}")

    def reads(self, name: str, least: str = "") -> None:
        """The reader shows a feed, once it has an entry of that title."""

        def titles() -> list[str]:
            address = f"http://127.0.0.1:{self.port}/feeds/{name}.atom"
            feed = feedparser.parse(httpx.get(address, trust_env=False, verify=False).content)
            for entry in feed.entries:
                assert self.ids.setdefault(f"{name}: {entry.title}", entry.id) == entry.id
            return [entry.title for entry in feed.entries]

        until(lambda: not least or least in titles(), f"{least} is not in the feed")
        listed = "".join(f"  {title}\n" for title in titles())
        self.transcript.append(f"(a reader shows {name})\n{listed}")

    def shows(self, story: dict[int, tuple[str, str]]) -> None:
        posts = "".join(POST.format(n, n, n, *words) for n, words in story.items())
        html = (
            f"<!doctype html><html lang=en><title>Harbour live</title><main>{posts}</main></html>"
        )
        self.there.serve("/live", page(html.encode()))

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("FEEDER_")}
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.home / "wheels")}
        return kept | pip | {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / "none")}

    def text(self) -> str:
        whole = "".join(self.transcript).strip("\n") + "\n"
        whole = whole.replace(str(self.home), "/home/me")
        whole = whole.replace(f":{self.there.port}", ":9000").replace(f":{self.port}", ":8000")
        for pattern, same in SAME:
            whole = re.sub(pattern, same, whole)
        return whole


def build_wheels(home: Path) -> None:
    """Builds the wheel of this tree, and one of the same code under a lower version number."""
    for version in (OLDER, ""):
        tree = home / f"tree{version}"
        copy_sources(tree)
        if version:
            told = tree / "feeder" / "__init__.py"
            text = re.sub(r'(__version__ = )"[^"]+"', rf'\1"{version}"', told.read_text("utf-8"))
            told.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d"]
        subprocess.run([*command, home / "wheels"], cwd=tree, check=True, capture_output=True)
        shutil.rmtree(tree)


def copy_sources(tree: Path) -> None:
    """Copies what the Dockerfile does into its first stage: a wheel can be built of it alone."""
    stage = (TOP / "Dockerfile").read_text("utf-8").partition("\n\n")[0]
    for names in re.findall(r"(?m)^COPY (.+) \S+$", stage):
        for name in names.split():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            if (TOP / name).is_dir():
                shutil.copytree(TOP / name, tree / name, ignore=shutil.ignore_patterns("__py*"))
            else:
                shutil.copy(TOP / name, tree / name)


def make_environment(home: Path) -> None:
    """Makes a virtual environment with what feeder needs, and pip, but not feeder."""
    venv.create(home / "env", symlinks=True)
    (there,) = (home / "env" / "lib").glob("python*/site-packages")
    for folder in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for file in Path(folder).iterdir():
            ours = "feeder" in file.name  # also the file by which an editable one is found
            if not ours and not (there / file.name).exists():
                (there / file.name).symlink_to(file)


def play(hour: Hour) -> None:
    hour.shows(STORY)
    hour.says("A new environment, and an installation of one's own with the sample that it follows")
    hour.does(f"pip install -q feeder-live=={OLDER}")
    hour.does("feeder --version")
    hour.does("feeder init feeds")
    hour.does("feeder init feeds", exits=2)
    hour.enters_folder()
    hour.edits("config.toml", 'listen = "127.0.0.1:8000"', f'listen = "127.0.0.1:{hour.port}"')
    hour.does("feeder check")
    hour.says("A page of one's own network is refused until the file allows it")
    hour.does("feeder preview LIVE", exits=1)
    hour.edits("config.toml", "allow_private = false", "allow_private = true")
    hour.edits("config.toml", 'host_interval = "1s"', 'host_interval = "0s"')
    hour.does("feeder start")
    hour.does("feeder start", exits=1)
    hour.does("feeder list")
    hour.reads("sample", "Ferries to resume at noon, operator says")
    hour.says("The sample is edited, and the feed follows")
    head = "12 minutes ago\n\nFerries"
    hour.edits(
        "live.txt", head, f"1 minute ago\n\nThe wind turns\n\nIt blows from the east now.\n\n{head}"
    )
    hour.reads("sample", "The wind turns")
    try_pages(hour)
    break_and_mend(hour)
    upgrade(hour)
    lose_and_move(hour)
    hour.says("The end")
    hour.does("feeder remove harbour --purge")
    hour.does("feeder remove harbour", exits=2)
    hour.does("feeder stop")
    hour.does("feeder stop", exits=1)
    hour.does("pip uninstall -q -y feeder-live")
    hour.does("feeder --version", exits=1)


def try_pages(hour: Hour) -> None:
    hour.says("A page is looked at, and followed")
    hour.does("feeder preview LIVE")
    hour.does("feeder add LIVE --name harbour --every 1h")
    hour.does("feeder add LIVE", exits=2)
    hour.reads("harbour", "Ferries to resume at noon")
    hour.says("The page edits a headline, and takes another update down")
    hour.shows({**STORY, 3: ("Ferries to resume at two", STORY[3][1])})
    hour.does("feeder refresh harbour")
    hour.does("feeder history harbour Ferries")
    hour.shows({3: ("Ferries to resume at two", STORY[3][1]), 1: STORY[1]})
    for _ in range(3):
        hour.does("feeder refresh harbour")
    hour.reads("harbour")
    hour.does("feeder history harbour")


def break_and_mend(hour: Hour) -> None:
    hour.says("The configuration is broken, and mended")
    hour.edits("config.toml", 'every = "2s"', 'evry = "2s"')
    hour.does("feeder reload", exits=2)
    hour.does("feeder refresh sample", exits=2)
    hour.edits("config.toml", 'evry = "2s"', 'every = "5s"')
    hour.edits("config.toml", 'timeout = "20s"', 'timeout = "30s"')
    hour.does("feeder reload")
    hour.does("feeder refresh harbor", exits=2)


def upgrade(hour: Hour) -> None:
    hour.says("An upgrade, with a backup before it: what was read keeps its ids")
    hour.does("feeder backup before-upgrade.db")
    hour.does("feeder stop")
    hour.does("pip install -q --upgrade feeder-live")
    hour.does("feeder --version")
    hour.does("feeder start")
    hour.does("feeder status")
    hour.reads("harbour", "Ferries to resume at two")
    hour.reads("sample", "The wind turns")


def lose_and_move(hour: Hour) -> None:
    hour.says("It moves behind a prefix, loses its store, and gets it back")
    hour.edits("config.toml", 'base_url = "" ', 'base_url = "https://www.example.org/live" ')
    hour.does("feeder reload")
    hour.does("feeder stop")
    (hour.folder / "feeder.db").unlink()
    hour.does("feeder restore before-upgrade.db")
    hour.does("feeder start")
    hour.reads("harbour", "Ferries to resume at two")
    hour.does("feeder secret harbour --revoke")
    hour.does("feeder check")


def play_in(home: Path) -> str:
    """Plays the hour and returns its transcript."""
    build_wheels(home)
    make_environment(home)
    with site() as there:
        hour = Hour(home, there)
        try:
            play(hour)
        except BaseException:
            print(hour.text())
            raise
        finally:
            pid = hour.folder / "feeder.pid"
            if pid.exists():
                os.kill(int(pid.read_text()), 15)
    return hour.text()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = play_in(Path(folder))
    if "--write" in sys.argv:
        GOLDEN.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
