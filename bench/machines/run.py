#!/usr/bin/env python3
"""Machine series from public traces through the real path: wrapped as an export, imported, reported; and sized by quantiles.

    bench/machines/run.py [--data DIR] [--clusteriq target/release/clusteriq]

DIR holds `planetlab/`, `bitbrains/` and `dc_fleet/` as CSV (PlanetLab/CoMon 2011, GWA-T-12 Bitbrains 2013, Alibaba 2018; their
licences do not allow passing them on, so they are not in this repository). Without it the benchmark says so and ends.
"""

import argparse, csv, datetime, gzip, json, pathlib, shutil, subprocess, sys, tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
START = datetime.datetime(2026, 9, 1, tzinfo=datetime.timezone.utc)


def planetlab(data):
    for path in sorted((data / "planetlab").glob("planetlab_*.csv")):
        rows = list(csv.reader(path.open()))[1:]
        yield path.stem, [[float(x) for x in row[1:] if x] for row in rows], None


def bitbrains(data):
    folder = data / "bitbrains"
    meta = {r["id"]: float(r["cpu_capacity"]) for r in csv.DictReader((folder / "bitbrains_small_meta.csv").open())}
    series = {}
    for path in sorted(folder.glob("bitbrains_small_cpu_*.csv")):
        for row in csv.DictReader(path.open()):
            repeats = max(1, round(float(row["dur_s"]) / 300))
            value = 100 * float(row["cpu_use_mhz"]) / meta[row["id"]]
            series.setdefault(row["id"], []).extend([min(100.0, value)] * repeats)
    yield "bitbrains", list(series.values()), None
    rows = list(csv.DictReader((folder / "bitbrains_vm_full.csv").open()))
    memory = [100 * float(r["mem_use_kb"]) / float(r["mem_cap_kb"]) for r in rows]
    yield "bitbrains_vm", [[min(100.0, float(r["cpu_use_pct"])) for r in rows]], [memory]


def dc_fleet(data):
    path = next((data / "dc_fleet").glob("alibaba*.csv"))
    rows = list(csv.DictReader(path.open()))
    cpu = [float(r["cpu_util_percent"]) for r in rows if r["cpu_util_percent"]]
    memory = [float(r["mem_util_percent"]) for r in rows if r["cpu_util_percent"]]
    yield "alibaba", [cpu], [memory]


def export(folder, name, cpus, memories):
    """Each machine is an all-purpose single-node cluster of an m5.xlarge; a five-minute sample is five equal minutes."""
    table = lambda t: gzip.open(folder / f"system.{t}.jsonl.gz", "at", compresslevel=1)
    write = lambda out, row: out.write(json.dumps(row) + "\n")
    at = lambda minute: (START + datetime.timedelta(minutes=minute)).isoformat()
    days = 1 + max(len(it) for it in cpus) * 5 // 1440
    with table("compute.node_timeline") as nodes, table("billing.usage") as usage, table("compute.clusters") as clusters:
        for number, cpu in enumerate(cpus):
            cluster = f"{name}-{number}"
            write(clusters, {"workspace_id": "1", "cluster_id": cluster, "cluster_name": cluster, "cluster_source": "UI",
                             "change_time": at(0), "worker_count": 0, "driver_node_type": "m5.xlarge",
                             "worker_node_type": "m5.xlarge", "auto_termination_minutes": 0})
            memory = memories[number] if memories else None
            for index, value in enumerate(cpu[: 7 * 288]):
                for minute in range(index * 5, index * 5 + 5):
                    write(nodes, {"workspace_id": "1", "cluster_id": cluster, "instance_id": f"i-{cluster}",
                                  "start_time": at(minute), "driver": True, "node_type": "m5.xlarge",
                                  "cpu_user_percent": value, "cpu_system_percent": 0.0, "cpu_wait_percent": 0.0,
                                  "mem_used_percent": memory[index] if memory else 30.0, "mem_swap_percent": 0.0,
                                  "network_sent_bytes": 0, "network_received_bytes": 0})
            for hour in range(min(len(cpu), 7 * 288) * 5 // 60):
                write(usage, {"record_id": f"{cluster}-{hour}", "record_type": "ORIGINAL", "workspace_id": "1",
                              "sku_name": "PREMIUM_ALL_PURPOSE_COMPUTE", "cloud": "AWS", "usage_unit": "DBU",
                              "usage_start_time": at(hour * 60), "usage_end_time": at(hour * 60 + 60),
                              "usage_quantity": "0.69", "usage_metadata": {"cluster_id": cluster, "node_type": "m5.xlarge"}})
    with table("billing.list_prices") as prices:
        write(prices, {"sku_name": "PREMIUM_ALL_PURPOSE_COMPUTE", "cloud": "AWS", "usage_unit": "DBU", "currency_code": "USD",
                       "price_start_time": at(-60), "pricing": {"default": "0.55"}})
    return days


def sizing(example, title, series):
    lines = "\n".join(",".join(f"{x:.4f}" for x in it) for it in series)
    out = subprocess.run([example], input=lines, text=True, capture_output=True, check=True).stdout
    print(f"\n### {title}: {len(series)} series\n\n| policy | reclaimed | exceeded | series ever exceeded |\n|---|---|---|---|")
    for line in out.splitlines():
        name, reclaimed, exceeded, ever = line.split("\t")
        print(f"| {name} | {float(reclaimed):.3f} | {100 * float(exceeded):.2f} % | {100 * float(ever):.0f} % |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=ROOT.parent / "shared" / "data", type=pathlib.Path)
    parser.add_argument("--clusteriq", default=ROOT / "target/release/clusteriq", type=pathlib.Path)
    args = parser.parse_args()
    if not (args.data / "planetlab").is_dir():
        print(f"skipped: no machine series in {args.data}")
        return
    subprocess.run(["cargo", "build", "--release", "-p", "clusteriq", "--bins", "--examples"], cwd=ROOT, check=True)
    example = args.clusteriq.parent / "examples" / "percentile_sizing"
    parts = [*planetlab(args.data), *bitbrains(args.data), *dc_fleet(args.data)]
    for name, cpus, memories in parts:
        with tempfile.TemporaryDirectory() as temp:
            folder = pathlib.Path(temp) / "export"
            folder.mkdir()
            days = export(folder, name, cpus, memories)
            run = lambda *words: subprocess.run([args.clusteriq, "--store", f"{temp}/store", *words], check=True,
                                                capture_output=True, text=True).stdout
            run("import", folder)
            report = json.loads(run("report", "--json", "--window", f"{days}d"))
            clusters = len(report["costs"]["clusters"])
            assert clusters == len(cpus), f"{clusters} of {len(cpus)} machines came through"
            print(f"{name}: {clusters} machines imported and reported, {len(report['recommendations'])} recommendations")
    for name, cpus, memories in parts:
        sizing(example, f"{name}, CPU", cpus)
        if memories:
            sizing(example, f"{name}, memory", memories)


if __name__ == "__main__":
    main()
