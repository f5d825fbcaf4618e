"""Kill commands at random moments and let their disks run full; look at what is left.

    python benchmarks/kills.py --kills 200 --full 50

Each command writes one of two results into the same folder, in turn. Whatever happened, the folder
has to hold one of them whole, with a stranger's file untouched; after a last run nothing of a killed
one may be left, neither beside the results nor in the temporary folder. The children are forked from
a process that has imported everything, so that kills fall into the work and not into the start; half
of them fall into its end, where files are written. The scenarios are small, the commands whole. As
root a small disk is mounted for every other full disk; the others have a limit on the size of a file.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from optimizer.errors import UserError
from optimizer.results import disk
from optimizer.results.commit import commit
from optimizer.results.manifest import seal

FILES = [f"file{i}.csv" for i in range(8)]
LITTLE = """\
name: Little
currency: CNY
horizon: 4
budget: 900
goal: customers
value_per_customer: 90
channels:
  a: {{curve: {{saturating: {{ceiling: 30, half_spend: 300}}}}, max: 600}}
  b: {{curve: {{pieces: [[300, 12], [300, 5]]}}}}
rules:
  - {{max_cac: {cac}}}
"""
Tree = dict[str, bytes]
EASE = 400_000_000  # bytes of a disk with room


@dataclass(frozen=True)
class Case:
    """A command with two results. folder: where they go, below the working folder."""

    name: str
    folder: str
    words: tuple[tuple[str, ...], tuple[str, ...]]
    fresh: bool = False  # it refuses a folder that is there


def pair(line: str, one: str, other: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two command lines, with one thing or another in them."""
    made = [tuple(line.replace("@", word).split()) for word in (one, other)]
    return made[0], made[1]


CASES = (
    Case("plan", "plan", pair("plan @ --out plan", "little", "tight")),
    Case("attribute", "credit", pair("attribute paths@.csv --report credit", "1", "2")),
    Case("journeys", "journeys", pair("attribute paths@.csv --journeys journeys/c.csv", "1", "2")),
    Case("import", "data", pair("import auto @.csv --out data/spend.csv", "sheet", "plain")),
    Case("new", "new", (("new", "new"), ("new", "new", "--template", "too_tight")), fresh=True),
    Case(
        "compare",
        "compare",
        pair("compare little --over budget=@ --out compare", "400,900", "500,600"),
    ),
    Case(
        "report",
        "report",
        pair("report @ --out report --charts report/charts --workbook report/w.xlsx", *"ab"),
    ),
    Case("simulate", "company", pair("simulate company --users 500 --weeks 8 --seed @", *"12")),
    Case("demo", "demo", pair("demo demo --users 400 --weeks 8 --seed @", *"12")),
)


READY = Case("ready", "ready", (("ready", "0"), ("ready", "1")))


def ready(which: int) -> int:
    """Commit a report's files, which are ready: all of the time is the commit's."""
    with commit("ready", FILES, "run.json") as part:
        for i, name in enumerate(FILES[: 8 - which]):
            disk.write(part / name, bytes([65 + which]) * (1_000 * 7**i % 1_000_003))
        seal(part, "run.json", "optimal")
    return 0


def main() -> None:
    """Run the kills and the full disks, print what was found, fail where anything was mixed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--full", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="names of commands, with commas")
    parser.add_argument("--ready", action="store_true", help="only commits of files that are ready")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    cases = [case for case in CASES if not given.only or case.name in given.only.split(",")]
    if given.ready:
        cases = [READY]
    with tempfile.TemporaryDirectory() as name, small_disk(Path(name) / "work") as resize:
        bench = Bench(Path(name) / "work", Path(name) / "temporary", chance, resize)
        bench.lay()
        for case in cases:
            bench.warm(case)
        for case in cases:
            bench.learn(case)
        print({name: round(took, 2) for name, took in bench.seconds.items()}, flush=True)
        for i in range(given.kills):
            bench.kill(cases[i % len(cases)], i)
            if i % 20 == 19:
                print(i + 1, dict(sorted(bench.found.items())), bench.wrong, flush=True)
        for i in range(given.full):
            bench.fill(cases[i % len(cases)], i)
        for case in cases:
            bench.last(case)
        print(json.dumps(bench.told(), indent=1))
        sys.exit(1 if bench.wrong else 0)


@contextmanager
def small_disk(place: Path) -> Iterator[Callable[[int], None] | None]:
    """As root a disk whose size can be changed; else None."""
    place.mkdir()
    size = ["mount", "-t", "tmpfs", "-o", f"size={EASE}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(size, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield lambda size: subprocess.run(
            ["mount", "-o", f"remount,size={size}", str(place)], check=True
        ).check_returncode()
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


class Bench:
    """The working folder, what each command's two results are, and what was found."""

    def __init__(
        self,
        work: Path,
        temporary: Path,
        chance: random.Random,
        resize: Callable[[int], None] | None,
    ) -> None:
        self.work, self.temporary, self.chance, self.resize = work, temporary, chance, resize
        self.results: dict[str, list[Tree]] = {}
        self.seconds: dict[str, float] = {}
        self.found: Counter[str] = Counter()
        self.wrong: list[str] = []
        temporary.mkdir()

    def lay(self) -> None:
        """Files to read."""
        for name, cac in (("little", 90), ("tight", 1), ("a", 90), ("b", 80)):
            (self.work / name).mkdir()
            (self.work / name / "scenario.yaml").write_text(LITTLE.format(cac=cac))
        weeks = [f"2026-{1 + i // 4:02}-{1 + 7 * (i % 4):02}" for i in range(40)]
        (self.work / "sheet.csv").write_text(
            "date,spend search,spend feed,new customers\n"
            + "".join(
                f"{week},{100 + i},{50 + i % 7},{9 + i % 5}\n" for i, week in enumerate(weeks)
            )
        )
        (self.work / "plain.csv").write_text(
            "period,channel,spend\n"
            + "".join(f"{week},search,{200 + i}\n" for i, week in enumerate(weeks))
        )
        for number in (1, 2):
            rows = (f"a > b{i % 900} > c{i},{1 + i % number}\n" for i in range(300))
            (self.work / f"paths{number}.csv").write_text("path,conversions\n" + "".join(rows))

    def warm(self, case: Case) -> None:
        """Import here what a command imports on its way: what is forked later has it."""
        listen, tell = os.pipe()
        child = self.start(case.words[0], names=tell)
        os.close(tell)
        with os.fdopen(listen) as told:
            names = told.read().split()
        os.waitpid(child, 0)
        self.clear(case)
        for name in names:
            if name not in sys.modules:
                with suppress(Exception):
                    importlib.import_module(name)

    def learn(self, case: Case) -> None:
        """Both results of a command, and how long it takes."""
        for words in case.words:
            self.clear(case)
            start = time.perf_counter()
            code, said = self.run(words)
            took = time.perf_counter() - start
            self.seconds[case.name] = min(took, self.seconds.get(case.name, took))
            if code not in (0, 3):
                raise SystemExit(f"{case.name}: {said}")
            self.results.setdefault(case.name, []).append(tree(self.work / case.folder))
        if not case.fresh:
            (self.work / case.folder / "stranger.txt").write_text("mine")

    def clear(self, case: Case) -> None:
        """Take the folder away."""
        shutil.rmtree(self.work / case.folder, ignore_errors=True)

    def kill(self, case: Case, number: int) -> None:
        """Start the other result, kill it some time later, look."""
        if case.fresh:
            self.clear(case)
        late = number % 2 == 0
        after = self.seconds[case.name] * self.chance.uniform(*((0.7, 1.8) if late else (0.0, 1.0)))
        child = self.start(case.words[self.chance.randrange(2)])
        time.sleep(after)
        if os.waitpid(child, os.WNOHANG)[0]:
            self.found["ended before its kill"] += 1
        else:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            self.found["killed"] += 1
            left = [*self.work.rglob(".*.part"), *self.temporary.iterdir()]
            self.found["kills that left a room"] += bool(left)
        self.look(case, "kill")

    def fill(self, case: Case, number: int) -> None:
        """Run the other result with too little room for it, look."""
        if case.fresh:
            self.clear(case)
        words = case.words[self.chance.randrange(2)]
        need = sum(
            map(len, max(self.results[case.name], key=lambda t: sum(map(len, t.values()))).values())
        )
        limit = 0
        if self.resize is not None and number % 2 == 0:
            used = sum(f.stat().st_blocks * 512 for f in self.work.rglob("*") if f.is_file())
            self.resize(int(used + 40_000 + need * self.chance.uniform(0.0, 1.0)))
        else:
            largest = max(len(data) for t in self.results[case.name] for data in t.values())
            limit = int(largest * self.chance.uniform(0.02, 1.0))
        code, said = self.run(words, limit)
        if self.resize is not None:
            self.resize(EASE)
        if code not in (0, 1, 3) or "Traceback" in said:
            self.wrong.append(f"{case.name}: exit code {code}: {said[-2000:]}")
        self.found["disk was full" if code == 1 else "had room"] += 1
        self.look(case, "full disk")

    def last(self, case: Case) -> None:
        """One run to its end: it has to remove what killed ones left."""
        if case.fresh:
            self.clear(case)
        code, said = self.run(case.words[0])
        if code not in (0, 3):
            self.wrong.append(f"{case.name}: at last: {said}")
        self.look(case, "last run")
        left = [*self.work.glob(f".{case.folder}.*"), *(self.work / case.folder).rglob(".*")]
        left += self.temporary.iterdir()
        if left:
            self.wrong.append(f"{case.name}: left: {', '.join(map(str, left))}")

    def look(self, case: Case, what: str) -> None:
        """Which result the folder holds."""
        folder = self.work / case.folder
        if not folder.exists():
            self.found[f"{what}: nothing there"] += 1
            if not case.fresh:
                self.wrong.append(f"{case.name}: after a {what} the folder is gone")
            return
        found = tree(folder)
        if not case.fresh and found.pop("stranger.txt", b"") != b"mine":
            self.wrong.append(f"{case.name}: after a {what} the stranger's file is gone")
        if found in self.results[case.name]:
            which = self.results[case.name].index(found) + 1
            self.found[f"{what}: result {which} whole"] += 1
        elif not found:  # the folder was emptied only by this program's own first run
            self.found[f"{what}: nothing there"] += 1
        else:
            self.wrong.append(f"{case.name}: after a {what} it holds {sorted(found)}")
            self.clear(case)
            self.run(case.words[0])
            (folder / "stranger.txt").write_text("mine")

    def run(self, words: tuple[str, ...], limit: int = 0) -> tuple[int, str]:
        """Run to the end; the exit code and what was said on standard error."""
        said = self.temporary.parent / "said"
        child = self.start(words, limit, said)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return code, said.read_text(errors="replace")

    def start(
        self, words: tuple[str, ...], limit: int = 0, said: Path | None = None, names: int = -1
    ) -> int:
        """A child at work; it writes the names of its modules into `names`."""
        child = os.fork()
        if child:
            return child
        code = 70
        try:
            os.chdir(self.work)
            os.environ["TMPDIR"] = str(self.temporary)
            tempfile.tempdir = None
            nowhere = os.open(os.devnull, os.O_RDWR)
            errors = (
                nowhere if said is None else os.open(said, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
            )
            os.dup2(nowhere, 1)
            os.dup2(errors, 2)
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            sys.argv = ["optimizer", *words]
            if words[0] == "ready":
                code = ready(int(words[1]))
            else:
                code = importlib.import_module("optimizer.cli.app").run()
        except UserError as error:
            print(error, file=sys.stderr, flush=True)
            code = 1
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            if names >= 0:
                os.write(names, "\n".join(sys.modules).encode())
            os._exit(code)
        return 0

    def told(self) -> dict[str, object]:
        """What was found."""
        return {
            "seconds of a run": {name: round(took, 2) for name, took in self.seconds.items()},
            "found": dict(sorted(self.found.items())),
            "wrong": self.wrong,
        }


def tree(folder: Path) -> Tree:
    """Every file with its bytes; of a run's record without its times."""
    found = {}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and not any(p.startswith(".") for p in name.split("/")):
            data = file.read_bytes()
            if file.name == "run.json":
                data = json.dumps({**json.loads(data), "times": None}).encode()
            found[name] = data
    return found


if __name__ == "__main__":
    main()
