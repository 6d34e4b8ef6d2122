#!/usr/bin/env python3
"""Learns what is believed of workloads that were not seen: crates/clusteriq-engine/src/predict/prior.json.

    bench/decisions/learn.py --data FOLDER                                     what is stored: where the search begins, with its score
    bench/decisions/learn.py --data FOLDER --steps 500 --to /tmp/prior.json    search on from there; the same to the byte every time
    bench/decisions/learn.py --data FOLDER --without kmeans --steps 500 --to /tmp/prior.json     without an algorithm, to see what it taught

The measurements are those of measurements.py. assumptions.json beside this file says where the search begins, which are the results of
earlier searches, rounded, and which beliefs are assumptions: those that the measurements cannot teach, such as how often workloads fail for
want of memory, as most of them leave out what failed. Further steps raised the score and made decisions no better (docs/prediction.md), so
that what is stored is where the search begins.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import measurements

ROOT = Path(__file__).resolve().parents[2]
LEARNED = ROOT / "crates" / "clusteriq-engine" / "src" / "predict" / "prior.json"


def main():
    """Writes the measurements as the engine's example reads them, and lets it search."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--without", help="leave out algorithms with this in their name")
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--to", type=Path, default=LEARNED)
    options = parser.parse_args()
    sets = {"scout": measurements.scout(options.data), "cherrypick": measurements.cherrypick(options.data),
            "c3o": measurements.c3o(options.data, contexts=5), "lumos": measurements.lumos(options.data)}
    rows = [dict(it, set=name) for name, some in sets.items() for it in some if not options.without or options.without not in it["algorithm"]]
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs.csv"
        measurements.write(runs, rows, ["set", "algorithm", *measurements.COLUMNS])
        command = ["cargo", "run", "--release", "--quiet", "--package", "clusteriq-engine", "--example", "learn", "--", runs, Path(__file__).with_name("assumptions.json"), str(options.steps)]
        done = subprocess.run([str(it) for it in command], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        return done.returncode
    learned = json.loads(done.stdout)
    stored = {
        "what": "Beliefs about workloads before any run of them was seen; crates/clusteriq-engine/src/predict/prior.rs says what each means.",
        "learned_by": "bench/decisions/learn.py --data FOLDER" + (f" --without {options.without}" if options.without else ""),
        "from": {name: f"{len(some)} configurations of {len({it['workload'] for it in some})} workloads, {len({it['algorithm'] for it in some})} algorithms" for name, some in sets.items()},
        "score": learned["score"],
        "assumed": learned["assumed"],
        "prior": learned["prior"],
    }
    lines = [f"  {json.dumps(name)}: {json.dumps(it)}" for name, it in stored.items() if name != "prior"]
    beliefs = [f"    {json.dumps(name)}: {json.dumps(it)}" for name, it in stored["prior"].items()]
    options.to.write_text("{\n" + ",\n".join(lines) + ',\n  "prior": {\n' + ",\n".join(beliefs) + "\n  }\n}\n")
    print(f"{options.to}: score {learned['score']:.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
