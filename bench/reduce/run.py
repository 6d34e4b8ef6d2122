#!/usr/bin/env python3
"""Measures the reduction of node-minutes against DuckDB, Polars and the bare decoding of the same columns.

    bench/reduce/run.py --rows 50_000_000

Every contender is a process of its own on the same files; they take turns, and the medians of CPU time (user and system, from
wait4), wall time and peak memory are printed with their ratios. Afterwards the results are compared: counts, sums and a sample of
cluster-minutes exactly, quantiles to 1 %.
"""

import argparse
import csv
import importlib.util
import os
import platform
import statistics
import subprocess
import sys
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DATA = HERE.parent / "data"
sys.dont_write_bytecode = True
# The unit of a process's peak memory: bytes on macOS, KiB on Linux.
PEAK = 1 if sys.platform == "darwin" else 1024


def in_environment():
    """Starts again with an interpreter that has the requirements; makes it the first time."""
    # Found and not imported: a process begins with the peak memory of the one that started it.
    if all(importlib.util.find_spec(it) for it in ["duckdb", "numpy", "polars", "pyarrow"]):
        return
    home = DATA / "venv"
    python = home / "bin" / "python"
    if Path(sys.prefix) == home:
        sys.exit(f"requirements.txt is installed in {home} and still something is missing; delete the folder")
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
    os.execv(python, [python, *sys.argv])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000_000, help="node-minutes (default: %(default)s)")
    parser.add_argument("--days", type=int, help="default: so many that about 1,150 nodes run at a time")
    parser.add_argument("--order", default="hour", choices=["hour", "node", "time"], help="of the rows in a file")
    parser.add_argument("--row-group", type=int, default=500_000, help="rows per row group (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--peers", default="duckdb-exact,duckdb-daily,duckdb-unique,polars-unique",
                        help="of duckdb-exact, duckdb-daily, duckdb-unique, polars-exact, polars-unique (default: %(default)s)")
    return parser.parse_args()


def build():
    """The release binary; `CARGO_TARGET_DIR` is respected."""
    subprocess.run(["cargo", "build", "--release", "-p", "clusteriq-tables", "--example", "reduce_bench"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "release" / "examples" / "reduce_bench"


def contenders(options, binary, folder, results):
    """Name, command and what is in its environment."""
    threads = str(options.threads)
    ours = {"THREADS": threads}
    all = {
        "clusteriq": ([binary, "reduce", folder, results / "clusteriq"], ours),
        "decode": ([binary, "decode", folder, results / "decode"], ours),
    }
    for name in filter(None, options.peers.split(",")):
        peer, mode = name.split("-")
        command = [sys.executable, HERE / f"peer_{peer}.py", mode, folder, results / name]
        all[name] = (command + ([threads] if peer == "duckdb" else []), {"POLARS_MAX_THREADS": threads})
    return all


def measure(command, environment):
    """CPU seconds, wall seconds and peak memory in MB of a process."""
    start = time.monotonic()
    process = subprocess.Popen([str(it) for it in command],
                               env=os.environ | environment | {"PYTHONDONTWRITEBYTECODE": "1"}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if status != 0:
        sys.exit(f"failed: {command}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * PEAK / 1e6


def table(runs, rows):
    """A line per contender."""
    medians = {name: [statistics.median(it) for it in zip(*values)] for name, values in runs.items()}
    print("| contender | CPU s | ns/row | wall s | peak MB | CPU of clusteriq / its own | CPU runs |\n|---|---|---|---|---|---|---|")
    for name, (cpu, wall, memory) in medians.items():
        ratio = medians["clusteriq"][0] / cpu
        each = " ".join(f"{it[0]:.2f}" for it in runs[name])
        print(f"| {name} | {cpu:.2f} | {cpu / rows * 1e9:.0f} | {wall:.2f} | {memory:.0f} | {ratio:.3f} | {each} |")


def compare(ours, theirs):
    """What differs, in words."""
    def read(folder, name):
        with open(folder / name) as file:
            return sorted(csv.reader(file))

    differences = []
    for name in ["sums.csv", "sample.csv"]:
        a, b = read(ours, name), read(theirs, name)
        if a != b:
            first = next((it for it in zip(a, b) if it[0] != it[1]), (len(a), len(b)))
            differences.append(f"{name}: {first[0]} against {first[1]}")
    profiles = {tuple(it[:2]): it[2:] for it in read(theirs, "profiles.csv")}
    mine = {tuple(it[:2]): it[2:] for it in read(ours, "profiles.csv")}
    if profiles.keys() != mine.keys():
        differences.append("profiles.csv: other clusters")
    for key in profiles.keys() & mine.keys():
        for a, b in zip(mine[key], profiles[key]):
            if (a == "") != (b == "") or a and abs(int(a) - int(b)) > max(1, 0.01 * int(b)):
                differences.append(f"profiles.csv: {key}: {mine[key]} against {profiles[key]}")
                break
    return differences, len(read(ours, "sample.csv")), len(mine)


def main():
    in_environment()
    options = arguments()
    days = options.days or max(1, round(options.rows / 1_667_000))
    folder = DATA / "reduce" / f"{options.rows}-{days}-{options.order}"
    results = DATA / "reduce" / "results"
    made = [folder, options.rows, days, options.order, options.seed, options.row_group]
    subprocess.run([sys.executable, "-B", HERE / "generate.py", *map(str, made)], check=True)
    all = contenders(options, build(), folder, results)
    runs = {name: [] for name in all}
    for turn in range(options.repeat):
        # Each turn begins with another one, so that none always runs after the same neighbour.
        names = list(all)
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            runs[name].append(measure(*all[name]))
            print(f"{name}: CPU {runs[name][-1][0]:.2f} s, wall {runs[name][-1][1]:.2f} s", file=sys.stderr)
    print(f"{options.rows:,} rows, {days} days, order {options.order}, {options.threads} threads, median of {options.repeat}, "
          f"{platform.machine()}, {time.strftime('%F')}\n")
    table(runs, options.rows)
    print()
    failed = False
    for name in all.keys() - {"clusteriq", "decode"}:
        differences, sample, clusters = compare(results / "clusteriq", results / name)
        failed |= bool(differences)
        print(f"{name}: " + ("; ".join(differences[:5]) if differences else
              f"the same counts and sums, {sample:,} sampled cluster-minutes equal, {clusters:,} clusters' quantiles within 1 %"))
    sys.exit(failed)


if __name__ == "__main__":
    main()
