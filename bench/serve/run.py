#!/usr/bin/env python3
"""How fast the API answers while a scan runs: the share of answers under 100 ms on a large fleet.

    bench/serve/run.py                                   2,000 clusters, 5,000 jobs, 7 days; some twenty minutes the first time
    bench/serve/run.py --clusters 100 --jobs 200 --days 3

A known fleet is generated and imported (kept in bench/data/serve-*, `--fresh` makes it anew) and served; its workspaces are served too,
and read by a scan of the server itself while requests are made: each of the API's endpoints that read, with things of the fleet, by as
many clients as `--clients` that each wait for an answer, and then for a while. All of it shares this machine's cores.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main():
    """Reads the arguments, makes a fleet, serves it and asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clusteriq", type=Path, help="the binary; without it the release binary is built")
    parser.add_argument("--clusters", type=int, default=2000, help="all-purpose clusters")
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=float, default=150, help="requests a second, all clients together; the server refuses more than 200")
    parser.add_argument("--fresh", action="store_true", help="make the fleet anew")
    options = parser.parse_args()
    if options.clusteriq is None:
        subprocess.run(["cargo", "build", "--release", "-p", "clusteriq"], cwd=ROOT, check=True)
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        options.clusteriq = target / "release" / "clusteriq"
    binary = options.clusteriq.resolve()
    work = ROOT / "bench" / "data" / f"serve-{options.clusters}-{options.jobs}-{options.days}-{options.seed}"
    if options.fresh and work.exists():
        shutil.rmtree(work)
    store = work / "store"
    size = ["--days", options.days, "--seed", options.seed]
    if not (work / "ready").exists():
        made = [binary, "demo", "--fleet", "known", "--clusters", options.clusters, "--jobs", options.jobs, *size, "--fleet-out", work / "export"]
        subprocess.run([str(it) for it in made], check=True)
        subprocess.run([str(binary), "--store", str(store), "import", str(work / "export")], check=True)
        shutil.rmtree(work / "export")
        (work / "ready").touch()
    # The scan reads other workspaces, of a tenth of the size, so that the fleet that is asked about stays as it is; into the same store.
    small = [binary, "demo", "--serve-workspace", "--fleet", "known", "--clusters", max(5, options.clusters // 20), "--jobs", max(5, options.jobs // 20), *size]
    other = subprocess.Popen([str(it) for it in [*small, "--out", work / "small"]], stdout=subprocess.PIPE, text=True)
    server = None
    try:
        profiles, environment = workspaces(other)
        command = [binary, "--store", store, "serve", "--listen", "127.0.0.1:0", "--window", f"{options.days}d"]
        for profile in profiles:
            command += ["--profile", profile]
        begin = time.monotonic()
        server = subprocess.Popen([str(it) for it in command], stdout=subprocess.PIPE, text=True, env=environment)
        url = re.search(r"http://\S+", server.stdout.readline()).group()
        while not get(url + "/health")["ready"]:
            time.sleep(0.5)
        print(f"analysed after {time.monotonic() - begin:.0f} s; {memory(server.pid):.2f} GiB")
        stats = get(url + "/api/stats")
        print(f"{stats['jobs']:,} jobs, {stats['clusters']:,} clusters, {stats['runs']:,} runs, {stats['recommendations']:,} recommendations")
        for name in ("at rest", "while a scan runs"):
            if name != "at rest":
                post(url + "/api/analyze")
            measure(name, url, options)
        running = get(url + "/api/status")["scan"]["running"]
        print("the scan still ran at the end" if running else "the scan had ended before the requests did")
        print(f"the most memory: {memory(server.pid, 'VmHWM'):.2f} GiB")
    finally:
        for process in (server, other):
            if process is not None:
                process.kill()
                process.wait()
        shutil.rmtree(work / "small", ignore_errors=True)
    return 0


def workspaces(process):
    """The profiles of the served workspaces, and the environment in which they are known."""
    environment, profiles = dict(os.environ, NO_PROXY="127.0.0.1"), []
    for line in process.stdout:
        words = line.split()
        if words[:1] == ["export"]:
            name, value = words[1].split("=", 1)
            environment[name] = value
        if "scan" in words:
            profiles = [words[at + 1] for at, it in enumerate(words) if it == "--profile"]
            break
    return profiles, environment


def measure(name, url, options):
    """Asks for so many seconds, and prints how long answers took."""
    addresses, took, faults, lock = made_addresses(url), {}, [], threading.Lock()
    end = time.monotonic() + options.seconds

    def client(number):
        chance = random.Random(number)
        while time.monotonic() < end:
            kind, address = chance.choice(addresses)
            time.sleep(chance.expovariate(options.rate / options.clients))
            begin = time.monotonic()
            try:
                with urllib.request.urlopen(url + address, timeout=60) as answer:
                    answer.read()
            except urllib.error.HTTPError as error:
                if error.code not in (422,):
                    faults.append((address, error.code))
            with lock:
                took.setdefault(kind, []).append(time.monotonic() - begin)

    clients = [threading.Thread(target=client, args=(it,)) for it in range(options.clients)]
    for it in clients:
        it.start()
    for it in clients:
        it.join()
    every = sorted(it for some in took.values() for it in some)
    fast = sum(it < 0.1 for it in every) / len(every)
    print(f"\n{name}: {len(every):,} answers by {options.clients} clients, {fast:.1%} under 100 ms; median {at(every, 0.5):.1f} ms, 95 % {at(every, 0.95):.1f} ms, 99 % {at(every, 0.99):.1f} ms, longest {every[-1] * 1000:.0f} ms")
    for kind, some in sorted(took.items(), key=lambda it: -at(sorted(it[1]), 0.95)):
        some.sort()
        print(f"  {kind:<28} {len(some):>6,} answers, median {at(some, 0.5):>7.1f} ms, 95 % {at(some, 0.95):>7.1f} ms")
    if faults:
        raise SystemExit(f"refused: {faults[:5]}")


def at(ascending, share):
    """A quantile, in milliseconds."""
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))] * 1000


def made_addresses(url):
    """What is asked: a kind and an address, several of each kind."""
    some = {it: get(f"{url}/api/{it}?limit=200")["items"] for it in ("jobs", "clusters", "warehouses", "recommendations")}
    which = lambda it: f"{it['target']['id']}?workspace_id={it['target']['workspace_id']}"
    asked = [("overview", "/api/overview"), ("stats", "/api/stats"), ("status", "/api/status"), ("schedules", "/api/schedules"), ("data-quality", "/api/data-quality")]
    for by in ("workspace", "sku", "owner", "resource"):
        asked.append(("costs", f"/api/costs?by={by}"))
    for kind, sorts in {"jobs": ("-spend", "-savings", "name", "-failed_share"), "clusters": ("-spend", "-idle_usd", "name"), "recommendations": ("rank", "-savings"), "gaps": ("-touches",), "warehouses": ("-spend",)}.items():
        for sort in sorts:
            asked.append((kind, f"/api/{kind}?sort={sort}&limit=200"))
        asked.append((kind, f"/api/{kind}?q=a"))
    for word in ("etl", "a", "prod finance"):
        asked.append(("search", "/api/search?q=" + urllib.parse.quote(word)))
    chance = random.Random(1)
    for it in chance.sample(some["jobs"], min(20, len(some["jobs"]))):
        asked.append(("job", f"/api/jobs/{which(it)}"))
        asked.append(("job runs", f"/api/jobs/{which(it).replace('?', '/runs?')}"))
        asked.append(("what-if", f"/api/what-if?kind=job&id={it['target']['id']}&workspace_id={it['target']['workspace_id']}&workers=2"))
    for it in chance.sample(some["clusters"], min(20, len(some["clusters"]))):
        asked.append(("cluster", f"/api/clusters/{which(it)}"))
        asked.append(("cluster metrics", f"/api/clusters/{which(it).replace('?', '/metrics?')}"))
    for it in chance.sample(some["recommendations"], min(20, len(some["recommendations"]))):
        asked.append(("recommendation", f"/api/recommendations/{it['id']}"))
    return asked


def get(address):
    """An answer as JSON."""
    with urllib.request.urlopen(address, timeout=600) as answer:
        return json.load(answer)


def post(address):
    """Starts something."""
    request = urllib.request.Request(address, data=b"{}", headers={"content-type": "application/json"}, method="POST")
    urllib.request.urlopen(request, timeout=60).read()


def memory(process, what="VmRSS"):
    """GiB that a process holds, or held at most."""
    text = Path(f"/proc/{process}/status").read_text()
    return int(re.search(what + r":\s+(\d+)", text).group(1)) / 1024 / 1024


if __name__ == "__main__":
    sys.exit(main())
