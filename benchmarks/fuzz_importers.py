"""5,000 mutated exports over all importers and readers: no traceback, no hang, no silently wrong number. Run by hand.

Half of them are generated tables, half the samples that every importer has.

python benchmarks/fuzz_importers.py [COUNT] [SEED]
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from optimizer.data.importers.declare import declared
from optimizer.errors import UserError
from tests.importer_samples import MAIN, SAMPLES
from tests.importer_worlds import READERS, WORLDS, attempt, intact_values, made, mutate, packed

# After these the file itself says something else: fewer rows, another digit (in UTF-16 lost bytes may be one),
# another column under a name.
SEALED = ("xlsx", "zip", "gz")  # these carry checksums: damage inside is never silent
CHANGED = (
    "flip",
    "flip_many",
    "insert",
    "cut_rows",
    "cut_bytes",
    "swap_header",
    "drop_column",
    "repeat_column",
    "nulls",
)


def example(rng: random.Random) -> tuple[str, list[list[str]], float, str]:
    """(reader, table, the sum of its main number, that column where it is a sample's)"""
    if rng.random() < 0.5:
        name = rng.choice([*WORLDS, *READERS])
        rows = made(name, rng, rng.randrange(3, 60))
        return name, rows, sum(intact_values(name, rows)), ""
    sample = rng.choice(SAMPLES)
    return sample.name, sample.rows, sample.total, MAIN[declared(sample.name).table]


def main(count: int, seed: int) -> int:
    rng = random.Random(seed)
    seen: Counter[tuple[str, str]] = Counter()
    bad, slowest = [], (0.0, 0, "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        for number in range(count):
            if number and number % 50 == 0:
                print(f"{number} files, {len(bad)} bad", flush=True)
            name, rows, whole, main = example(rng)
            boxed = name not in READERS and rng.random() < 0.2
            kind, data = packed(rows, rng) if boxed else mutate(rows, rng)
            path.write_bytes(data)
            start = time.process_time()  # of the processor: other work on the machine is no hang
            try:
                outcome = attempt(name, path, rng.choice(["auto", name]), main)
            except UserError:
                seen[kind, "refused"] += 1
                continue
            except BaseException:
                bad.append((number, kind, name, traceback.format_exc()[-800:]))
                print(*bad[-1], flush=True)
                path.rename(f"/tmp/fuzz_{seed}_{number}.csv")
                continue
            finally:
                slowest = max(slowest, (time.process_time() - start, number, f"{name}, {kind}"))
            if outcome.refused is not None:
                seen[kind, "refused"] += 1
                continue
            same = outcome.total is not None and abs(outcome.total - whole) < 0.005
            seen[kind, "same" if same else "told" if outcome.told else "differs"] += 1
            changed = kind in CHANGED or (
                kind == "quotes" and data[:2] in (b"\xff\xfe", b"\xfe\xff")
            )  # half a character is another one
            if (
                not same
                and not outcome.told
                and not changed
                and (": " not in kind or kind.startswith(SEALED))
            ):
                bad.append((number, kind, name, f"silently {outcome.total} instead of {whole}"))
                print(*bad[-1], flush=True)
                path.rename(f"/tmp/fuzz_{seed}_{number}.csv")
    for kind in sorted({k for k, _ in seen}):
        print(f"{kind:15}", {what: n for (k, what), n in sorted(seen.items()) if k == kind})
    print(f"slowest: {slowest[0]:.2f} s (number {slowest[1]}: {slowest[2]}); bad: {len(bad)}")
    return len(bad)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(min(1, main(numbers[0] if numbers else 5000, numbers[1] if len(numbers) > 1 else 1)))
