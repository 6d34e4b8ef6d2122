#!/usr/bin/env python3
"""Kills `clusteriq` at random moments, fills its disk and starts it twice, and checks that the store survives.

    bench/crash/run.py                        100 kills, the full disk (as root), two imports at once, 50 killed scans
    bench/crash/run.py --rounds 6 --only kill --clusteriq target/debug/clusteriq

After every kill `clusteriq report --json` must equal, byte for byte, the report before the import or the report after
the complete import, and importing again must give the complete one. A scan that is killed, again and again, must end
with the store of one that was not. Exits with 1 if it ever does not.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LATER = {"system.query.history", "system.compute.warehouse_events", "system.lakeflow.job_task_run_timeline"}
PARTS = ("kill", "full", "two", "scan")


class Violation(Exception):
    """The store is not what it must be."""


def run(binary, store, *args):
    """Runs one command to its end."""
    return subprocess.run([binary, "--store", store, *args], capture_output=True, check=False, stdin=subprocess.DEVNULL)


def must(binary, store, *args):
    """Runs one command that has to work; its standard output."""
    done = run(binary, store, *args)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise Violation(f"`{' '.join(map(str, args))}` failed with {done.returncode}: {said}")
    return done.stdout


def report(binary, store):
    """The report of a store, as bytes."""
    return must(binary, store, "report", "--json")


def older(export, to):
    """An earlier export of the same company: the first half of the days of telemetry, no statements, other settings."""
    shutil.copytree(export, to)
    days = sorted((to / "system.compute.node_timeline").iterdir())
    for day in days[len(days) // 2:]:
        day.unlink()
    for table in LATER:
        shutil.rmtree(to / table, ignore_errors=True)
    for file in to.glob("rest/*/clusters_list.json"):
        answer = json.loads(file.read_text())
        for cluster in answer.get("clusters", []):
            cluster["autotermination_minutes"] = 240
        file.write_text(json.dumps(answer))


class Bench:
    """An export, a store with an earlier export of it, and what is reported before and after the import."""

    def __init__(self, binary, work, options):
        self.binary, self.work = binary, work
        self.export, before = work / "export", work / "older"
        size = ["--seed", str(options.seed), "--days", str(options.days), "--clusters", str(options.clusters)]
        must(binary, work / "unused", "--quiet", "demo", "--fleet-out", self.export, *size)
        older(self.export, before)
        self.base = work / "base"
        must(binary, self.base, "--quiet", "import", before)
        # Reporting keeps day profiles in the store: the base stays without them.
        store = self.fresh("reported")
        self.old = report(binary, store)
        took = []
        for _ in range(3):
            store = self.fresh("reported")
            start = time.monotonic()
            must(binary, store, "import", self.export)
            took.append(time.monotonic() - start)
        # The shortest: on a busy machine a longer one would let most of the kills come too late.
        self.import_seconds = min(took)
        took = []
        for _ in range(3):
            store = self.fresh("reported")
            must(binary, store, "--quiet", "import", self.export)
            start = time.monotonic()
            self.new = report(binary, store)
            took.append(time.monotonic() - start)
        self.report_seconds = min(took)
        if self.old == self.new:
            raise Violation("the import changes nothing in the report, so nothing can be told")
        if report(binary, store) != self.new:
            raise Violation("two reports on the same store differ")

    def fresh(self, name):
        """A copy of the base."""
        store = self.work / name
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(self.base, store)
        return store

    def state(self, store):
        """`old` or `new`; anything else is a violation."""
        found = report(self.binary, store)
        if found == self.old:
            return "old"
        if found == self.new:
            return "new"
        raise Violation(f"the report is neither the old nor the new one: {keep(self.work, found)}")

    def completes(self, store):
        """Importing once more gives the complete report and leaves no rubbish."""
        must(self.binary, store, "import", self.export)
        if self.state(store) != "new":
            raise Violation("importing again did not complete the store")
        rubbish = [it for it in store.rglob("*.tmp")] + list((store / "staging").iterdir())
        if rubbish:
            raise Violation(f"rubbish is left after an import: {rubbish[0]}")


def keep(work, found):
    """Keeps a report that should not be, to be looked at."""
    file = work / "violation.json"
    file.write_bytes(found)
    return file


def kills(bench, options):
    """Kills imports and reports."""
    chance = random.Random(options.seed)
    tally = {"hit": 0, "too late": 0, "old": 0, "new": 0, "kept": 0}
    for round_ in range(options.rounds):
        importing = round_ % 2 == 0
        store = bench.fresh("store")
        if importing:
            command, seconds = ["import", bench.export], bench.import_seconds
        else:
            # Half of the reports are on the complete store, whose days are not profiled yet.
            if round_ % 4 == 3:
                must(bench.binary, store, "--quiet", "import", bench.export)
            command, seconds = ["report", "--json"], bench.report_seconds
        expected = None if importing else ("new" if round_ % 4 == 3 else "old")
        # Half of the kills come around the end, where an import commits.
        early, late = (0, seconds), (0.8 * seconds, 1.3 * seconds)
        delay = chance.uniform(*(early if round_ % 8 < 4 else late))
        line = [bench.binary, "--store", store, *command]
        process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.kill()
        killed = process.wait() == -9
        tally["hit" if killed else "too late"] += 1
        where = f"round {round_}: {command[0]} after {delay * 1000:.1f} ms"
        try:
            state = bench.state(store)
            if expected and state != expected:
                raise Violation(f"a killed report changed the store from {expected} to {state}")
            if importing and not killed and state != "new":
                raise Violation("an import that finished is not in the store")
            bench.completes(store)
        except Violation as it:
            raise Violation(f"{where}: {it}") from it
        tally[state] += importing
        tally["kept"] += importing and killed and state == "new"
        if options.verbose:
            print(f"{where}: {'killed' if killed else 'had finished'}, {state}")
    imports = (options.rounds + 1) // 2
    print(
        f"kill: {options.rounds} rounds, {imports} imports of {bench.import_seconds * 1000:.0f} ms and "
        f"{options.rounds - imports} reports of {bench.report_seconds * 1000:.0f} ms: {tally['hit']} kills hit a running "
        f"process, {tally['too late']} came after its end; imports ended {tally['old']} old, {tally['new']} new "
        f"({tally['kept']} of them killed after they had committed); 0 violations"
    )


def folder_bytes(folder):
    """Bytes of the pages that its files take."""
    return sum((it.stat().st_size + 4095) // 4096 * 4096 for it in folder.rglob("*") if it.is_file())


def full_disks(bench, options):
    """Imports on a disk that is too small by more and by less."""
    if os.geteuid() != 0:
        print("full: SKIPPED, only root can mount a small disk")
        return
    mount = bench.work / "disk"
    mount.mkdir()
    base = folder_bytes(bench.base)
    store = bench.fresh("reported")
    must(bench.binary, store, "--quiet", "import", bench.export)
    grown = folder_bytes(store) - base
    outcomes = []
    for step in range(options.sizes):
        size = base + 65536 + 2 * grown * step // options.sizes
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "clusteriq", mount], check=False)
        if made.returncode != 0:
            print("full: SKIPPED, this machine does not let us mount a disk")
            return
        try:
            store = mount / "store"
            shutil.copytree(bench.base, store)
            done = run(bench.binary, store, "import", bench.export)
            said = done.stderr.decode(errors="replace").replace(str(bench.work), "…")
            if done.returncode == 0:
                outcomes.append(f"{size >> 10} KiB enough")
                state = bench.state(store)
                if state != "new":
                    raise Violation(f"an import that succeeded on {size} bytes left the {state} report")
                continue
            where = f"disk of {size} bytes"
            if done.returncode != 1 or "the disk is full" not in said or "\n\nhint: " not in said:
                raise Violation(f"{where}: import ended with {done.returncode} and said: {said.strip()}")
            if bench.state(store) != "old":
                raise Violation(f"{where}: the store changed although the import failed")
            larger = f"remount,size={size + 8 * grown + (64 << 20)}"
            subprocess.run(["mount", "-o", larger, mount], check=True)
            bench.completes(store)
            outcomes.append(f"{size >> 10} KiB full")
            message = said.strip()
        finally:
            subprocess.run(["umount", mount], check=True)
    print(f"full: {', '.join(outcomes)}; every failed import left the store as it was and succeeded after enlarging")
    if any(it.endswith("full") for it in outcomes):
        print("      it says: " + message.replace("\n", "\n      ").replace("\n      \n", "\n\n"))


def two_at_once(bench, options):
    """Two imports into one store at the same moment."""
    both, one, message = 0, 0, ""
    for _ in range(options.pairs):
        store = bench.fresh("store")
        line = [bench.binary, "--store", store, "import", bench.export]
        pair = [subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)]
        said = [it.communicate()[1].decode(errors="replace") for it in pair]
        codes = sorted(it.returncode for it in pair)
        if codes == [0, 0]:
            both += 1
        elif codes == [0, 1]:
            one += 1
            message = next(text for text, it in zip(said, pair) if it.returncode == 1).strip()
            message = message.replace(str(bench.work), "…")
            if "is being written by" not in message:
                raise Violation(f"the second of two imports failed unclearly: {message}")
        else:
            raise Violation(f"two imports at once ended with {codes}: {said}")
        if bench.state(store) != "new":
            raise Violation("after two imports at once the store is not complete")
        bench.completes(store)
    print(f"two: {options.pairs} pairs: {one} times the second was refused, {both} times it came after the first")
    if message:
        print("      it says: " + message.replace("\n", "\n      ").replace("\n      \n", "\n\n"))


class Served:
    """The made-up company's workspaces, for as long as a `with` lasts."""

    def __init__(self, binary, work, options):
        size = ["--seed", str(options.seed), "--days", str(options.days), "--clusters", str(options.clusters)]
        line = [binary, "demo", "--serve-workspace", "--out", work / "served", *size]
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def __enter__(self):
        """What the program says how it is to be scanned: the arguments and the environment."""
        for line in self.process.stdout:
            words = line.split()
            if words[:1] == ["export"]:
                name, value = words[1].split("=", 1)
                environment = {**os.environ, name: value, "NO_PROXY": "127.0.0.1"}
            if "scan" in words:
                return words[words.index("scan"):], environment
        raise Violation("the workspaces were not served")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def scans(bench, options):
    """Kills scans at random moments, each store several times, until one comes to its end."""
    chance = random.Random(options.seed)
    with Served(bench.binary, bench.work, options) as (command, environment):
        def scan(store):
            line = [bench.binary, "--quiet", "--store", store, *command]
            return subprocess.Popen(line, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

        clean = bench.work / "clean"
        start = time.monotonic()
        process = scan(clean)
        said = process.communicate()[1].decode(errors="replace")
        seconds = time.monotonic() - start
        if process.returncode != 0:
            raise Violation(f"a scan failed with {process.returncode}: {said}")
        wanted = report(bench.binary, clean)
        kills, stores = 0, 0
        while kills < options.scans:
            store = bench.work / f"scanned-{stores}"
            stores += 1
            for _ in range(5):
                process = scan(store)
                try:
                    process.communicate(timeout=chance.uniform(0, seconds))
                    break
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    kills += 1
            process = scan(store)
            said = process.communicate()[1].decode(errors="replace")
            if process.returncode != 0:
                raise Violation(f"a scan that goes on failed with {process.returncode}: {said}")
            found = report(bench.binary, store)
            if found != wanted:
                raise Violation(f"a killed scan ended with another report: {keep(bench.work, found)}")
            if (store / "scan").exists():
                raise Violation(f"a scan that ended left its files: {store / 'scan'}")
            shutil.rmtree(store)
    print(
        f"scan: {kills} kills of scans of {seconds:.1f} s into {stores} stores, each of which ended with the report of a scan "
        f"that was not killed; 0 violations"
    )


def main():
    """Reads the arguments and runs the parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusteriq", type=Path, help="the binary; without it the release binary is built")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part (repeatable)")
    parser.add_argument("--rounds", type=int, default=100, help="kills")
    parser.add_argument("--sizes", type=int, default=12, help="sizes of the full disk")
    parser.add_argument("--pairs", type=int, default=5, help="pairs of imports at once")
    parser.add_argument("--scans", type=int, default=50, help="kills of scans")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--clusters", type=int, default=40)
    parser.add_argument("--verbose", action="store_true", help="a line per kill")
    options = parser.parse_args()
    if options.clusteriq is None:
        subprocess.run(["cargo", "build", "--release", "-p", "clusteriq"], cwd=ROOT, check=True)
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        options.clusteriq = target / "release" / "clusteriq"
    binary = options.clusteriq.resolve()
    parts = {"kill": kills, "full": full_disks, "two": two_at_once, "scan": scans}
    work = Path(tempfile.mkdtemp(prefix="clusteriq-crash-"))
    try:
        bench = Bench(binary, work, options)
        for name in options.only or PARTS:
            parts[name](bench, options)
    except Violation as it:
        print(f"VIOLATION: {it}\nkept for a look: {work}", file=sys.stderr)
        return 1
    shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
