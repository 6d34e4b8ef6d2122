#!/usr/bin/env python3
"""What a first scan of a fleet moves and takes: bytes, statements, CPU, memory; and what the next scan does.

    bench/scan/run.py                        1,000 all-purpose clusters and what comes with them over 30 days; some ten minutes
    bench/scan/run.py --clusters 100 --jobs 20 --days 7

The fleet is served by `clusteriq demo --serve-workspace` on this machine, so the work of the warehouse is not in the figures,
and the time that it takes is another's. Its memory is said at the end. Raw: the files of `system.compute.node_timeline`, and all of the export.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main():
    """Reads the arguments, serves a fleet and scans it twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusteriq", type=Path, help="the binary; without it the release binary is built")
    parser.add_argument("--clusters", type=int, default=1000, help="all-purpose clusters")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    if options.clusteriq is None:
        subprocess.run(["cargo", "build", "--release", "-p", "clusteriq"], cwd=ROOT, check=True)
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        options.clusteriq = target / "release" / "clusteriq"
    binary = options.clusteriq.resolve()
    base = ROOT / "bench" / "data"
    base.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="scan-", dir=base))
    size = ["--clusters", options.clusters, "--jobs", options.jobs, "--days", options.days, "--seed", options.seed]
    served = [binary, "demo", "--serve-workspace", "--fleet", "known", "--out", work, *size]
    process = subprocess.Popen([str(it) for it in served], stdout=subprocess.PIPE, text=True)
    try:
        environment, command = dict(os.environ, NO_PROXY="127.0.0.1"), None
        for line in process.stdout:
            words = line.split()
            if words[:1] == ["export"]:
                name, value = words[1].split("=", 1)
                environment[name] = value
            if "scan" in words:
                command = words[words.index("scan"):]
                break
        if command is None:
            print("the fleet was not served", file=sys.stderr)
            return 1
        raw = folder_bytes(work / "export" / "system.compute.node_timeline")
        print(f"raw: node_timeline {raw:,} bytes of Parquet, the export {folder_bytes(work / 'export'):,}")
        for name in ("first", "next"):
            scan(name, binary, work / "measured", command, environment)
    finally:
        process.kill()
        _, _, usage = os.wait4(process.pid, 0)
        print(f"the server of the fleet: {usage.ru_maxrss / 1024 / 1024:.1f} GiB")
        shutil.rmtree(work)
    return 0


def scan(name, binary, store, command, environment):
    """One scan, and what it says and takes."""
    start = time.monotonic()
    line = [binary, "--store", store, *command]
    child = subprocess.Popen([str(it) for it in line], stderr=subprocess.PIPE, env=environment, text=True)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - start
    if status != 0:
        raise SystemExit(f"the scan failed: {said}")
    print(
        f"{name} scan: {number(said, r'^system tables: ([0-9,]+) statements'):,} statements run, {number(said, r', ([0-9,]+) node-minutes'):,} "
        f"node-minutes reduced to {number(said, r'^cluster_minutes +([0-9,]+) rows'):,} cluster-minutes, "
        f"{number(said, r'^([0-9,]+) bytes of answers'):,} bytes received, {usage.ru_utime + usage.ru_stime:.0f} CPU s, "
        f"{seconds:.0f} s, {usage.ru_maxrss / 1024 / 1024:.2f} GiB"
    )


def number(said, pattern):
    """The sum of the numbers that are found."""
    return sum(int(it.replace(",", "")) for it in re.findall(pattern, said, re.MULTILINE))


def folder_bytes(folder):
    """Bytes of all files below."""
    return sum(it.stat().st_size for it in folder.rglob("*") if it.is_file())


if __name__ == "__main__":
    sys.exit(main())
