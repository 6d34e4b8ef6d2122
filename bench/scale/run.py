#!/usr/bin/env python3
"""A fleet of 2,000 clusters and 5,000 jobs over 30 days: what it takes to make, import and analyse it, and how that grows.

    bench/scale/run.py                          a quarter, half and all of 250 jobs and 100 all-purpose clusters
    bench/scale/run.py --jobs 5000 --clusters 2000 --parts 20,1 --clusteriq target/release/clusteriq

Warehouses, pools and pipelines come on top, as many as the known fleet's deck deals meanwhile, and pools bring jobs of their
own. What a fleet really holds is counted in its report; the clusters that jobs and pipelines start for their runs are not
counted as resources, there are hundreds of times as many. Each step is a process of its own; CPU seconds and peak memory
are from `wait4`. The store is new for each size, so the first report profiles every day; the second finds the days profiled
and must say the same. Exits with 1 if a fleet has fewer all-purpose clusters or jobs than were asked for, or if a node-minute
of the largest fleet costs any step more than --tolerance times the CPU that it costs in the smallest.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("demo", "import", "report", "report again")
KINDS = ("job", "cluster", "warehouse", "pool", "pipeline")


class Failed(Exception):
    """A step failed, or the largest fleet is not what it must be."""


def measured(line, out=os.devnull):
    """Runs a process to its end: CPU and wall seconds, peak memory in MiB, and what it said."""
    start = time.monotonic()
    with open(out, "wb") as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(line, stdout=stdout, stderr=stderr, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        stderr.seek(0)
        said = stderr.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise Failed(f"`{' '.join(map(str, line))}` ended with {process.returncode}: {said}")
    cpu = usage.ru_utime + usage.ru_stime
    return {"cpu": cpu, "wall": time.monotonic() - start, "peak": usage.ru_maxrss / 1024, "said": said}


def mib(path):
    """Of a file, or of the files in a folder."""
    files = [path] if path.is_file() else [it for it in path.rglob("*") if it.is_file()]
    return sum(it.stat().st_size for it in files) / 2**20


def analysed(report):
    """How many resources of each kind the report describes, how many recommendations it makes. A large report is long, so
    it is read by its lines, which are indented by two."""
    counts = dict.fromkeys((*KINDS, "recommendation"), 0)
    section = None
    with open(report, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('  "'):
                section = line.split('"')[1]
            elif section == "recommendations" and line.startswith('      "rank": '):
                counts["recommendation"] += 1
            elif section == "resources" and line.startswith('        "kind": "'):
                counts[line.split('"')[3]] += 1
    return counts


def one(binary, work, asked, options):
    """Makes, imports and reports one fleet: measurements by step, what it holds, and how large the files are."""
    folder = work / str(asked["job"])
    export, store, truth, report = (folder / it for it in ("export", "store", "truth.json", "report.json"))
    folder.mkdir()
    command = ["demo", "--fleet", "known", "--days", str(options.days), "--seed", str(options.seed)]
    command += ["--jobs", str(asked["job"]), "--clusters", str(asked["cluster"])]
    command += ["--fleet-out", export, "--truth", truth]
    steps = {"demo": measured([binary, *command])}
    made = re.search(r"(\d+) jobs with (\d+) runs, .* (\d+) node-minutes", steps["demo"]["said"])
    if made is None:
        raise Failed(f"`demo` said something else: {steps['demo']['said']}")
    steps["import"] = measured([binary, "--store", store, "--quiet", "import", export])
    sizes = {"export": mib(export), "store": mib(store)}
    if not options.keep:
        shutil.rmtree(export)
    steps["report"] = measured([binary, "--store", store, "report", "--json"], report)
    first = digest(report)
    steps["report again"] = measured([binary, "--store", store, "report", "--json"], report)
    if digest(report) != first:
        raise Failed("the second report differs from the first")
    counts = analysed(report)
    counts |= {"run": int(made[2]), "node-minute": int(made[3])}
    sizes["report"] = mib(report)
    if not options.keep:
        shutil.rmtree(folder)
    return steps, counts, sizes


def digest(file):
    """Of a file's bytes."""
    with open(file, "rb") as it:
        return hashlib.file_digest(it, "sha256").hexdigest()


def show(asked, steps, counts, sizes):
    """The rows of a size."""
    resources = sum(counts[it] for it in KINDS)
    holds = ", ".join(f"{counts[it]:,} {it}s" for it in KINDS)
    holds = holds.replace("clusters", "all-purpose clusters")
    print(f"\n{asked['job']:,} jobs and {asked['cluster']:,} clusters asked for: {holds};")
    print(f"{counts['run']:,} runs, {counts['node-minute']:,} node-minutes;", end=" ")
    print(f"export {sizes['export']:,.0f} MiB, store {sizes['store']:,.0f} MiB, report {sizes['report']:,.0f} MiB", end="")
    print(f" with {counts['recommendation']:,} recommendations\n")
    print("| step | CPU s | wall s | peak MiB | CPU ms per resource | peak KiB per resource | CPU ns per node-minute |")
    print("|---|---|---|---|---|---|---|")
    for name in STEPS:
        it = steps[name]
        each = f"{it['cpu'] * 1e3 / resources:.1f} | {it['peak'] * 1024 / resources:.0f}"
        row = f"{it['cpu'] * 1e9 / counts['node-minute']:.0f}"
        print(f"| {name} | {it['cpu']:.1f} | {it['wall']:.0f} | {it['peak']:,.0f} | {each} | {row} |", flush=True)


def verdict(done, options):
    """What is wrong with the largest fleet, or with how the cost grows."""
    (_, small), (_, large) = done[0], done[-1]
    wrong = []
    for asked, (_, counts) in done:
        short = {kind: least for kind, least in asked.items() if counts[kind] < least}
        wrong += [f"only {counts[kind]} of {kind}, wanted {least}" for kind, least in short.items()]
    for name in STEPS:
        per = [steps[name]["cpu"] / counts["node-minute"] for steps, counts in (small, large)]
        growth = per[1] / per[0]
        print(f"{name}: a node-minute costs {growth:.2f} times the CPU that it costs in the smallest fleet")
        if growth > options.tolerance:
            wrong.append(f"{name} grows faster than its data: {growth:.2f}")
    return wrong


def main():
    """Reads the arguments, runs the sizes from the smallest, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusteriq", type=Path, help="the binary; without it the release binary is built")
    parser.add_argument("--jobs", type=int, default=250, help="of the largest fleet")
    parser.add_argument("--clusters", type=int, default=100, help="all-purpose ones of the largest fleet")
    parser.add_argument("--parts", default="4,2,1", help="the sizes, as divisors, smallest size first")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--tolerance", type=float, default=1.3, help="growth of the CPU per node-minute that still passes")
    parser.add_argument("--keep", action="store_true", help="keep exports, stores and reports")
    parser.add_argument("--work", type=Path, help="where to put them; needs 20 GB for the full size")
    options = parser.parse_args()
    if options.clusteriq is None:
        subprocess.run(["cargo", "build", "--release", "-p", "clusteriq"], cwd=ROOT, check=True)
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        options.clusteriq = target / "release" / "clusteriq"
    binary = options.clusteriq.resolve()
    work = Path(tempfile.mkdtemp(prefix="clusteriq-scale-", dir=options.work))
    done = []
    try:
        for part in options.parts.split(","):
            asked = {"job": options.jobs // int(part), "cluster": options.clusters // int(part)}
            it = one(binary, work, asked, options)
            show(asked, *it)
            done.append((asked, it[:2]))
        print()
        wrong = verdict(done, options)
    except Failed as it:
        wrong = [str(it)]
    finally:
        if options.keep:
            print(f"kept: {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    for it in wrong:
        print(f"FAILED: {it}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
