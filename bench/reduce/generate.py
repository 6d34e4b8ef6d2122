"""Makes a fleet's `system.compute.node_timeline` as Parquet, one file per day, reproducibly from a seed.

A fleet of clusters that live for hours every day (2 to 20 nodes, some of which come and go) and of job clusters that live for
20 minutes to 3 hours, each with an id and instances of its own. All columns of the system table; percentages are doubles with all
their digits, as the real table has them, so most of a file does not compress.
"""

import datetime
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

# vCPUs and MiB as the clouds publish them; the last is in no price list and therefore not in node_types.parquet.
NODE_TYPES = [
    ("m5.large", 2, 8192), ("m5.xlarge", 4, 16384), ("m6i.xlarge", 4, 16384), ("m6i.2xlarge", 8, 32768),
    ("r5.xlarge", 4, 32768), ("r6id.xlarge", 4, 32768), ("r6id.2xlarge", 8, 65536), ("i3.xlarge", 4, 31232),
    ("i3.2xlarge", 8, 62464), ("c5.2xlarge", 8, 16384), ("c6id.4xlarge", 16, 32768), ("r5d.4xlarge", 16, 131072),
    ("unlisted.xlarge", None, None),
]
WORKSPACES = ["2801657519924735", "5206439413157315", "7474641224521178", "1044832190357766"]
FIRST_DAY = datetime.date(2026, 10, 1)
DAY = 1440


def main(folder: Path, rows: int, days: int, order: str, seed: int, row_group: int) -> None:
    """Fills the folder, unless it already holds just this."""
    asked = {"rows": rows, "days": days, "order": order, "seed": seed, "row_group": row_group, "version": 1}
    mark = folder / "made.json"
    if mark.exists() and json.loads(mark.read_text()) == asked:
        return
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "node_timeline").mkdir(parents=True)
    listed = [it for it in NODE_TYPES if it[1]]
    node_types = pa.table({
        "node_type": [it[0] for it in listed],
        "core_count": pa.array([it[1] for it in listed], pa.float64()),
        "memory_mb": pa.array([it[2] for it in listed], pa.int64()),
    })
    pq.write_table(node_types, folder / "node_types.parquet")
    lasting = lasting_clusters(np.random.default_rng(seed), rows // days)
    total = cluster_minutes = 0
    for day in range(days):
        nodes = nodes_of_day(np.random.default_rng([seed, day]), lasting, rows // days, day)
        table = timeline(np.random.default_rng([seed, day, 1]), nodes, day, order)
        date = FIRST_DAY + datetime.timedelta(days=day)
        pq.write_table(table, folder / "node_timeline" / f"{date}.parquet", compression="zstd", row_group_size=row_group)
        total += len(table)
        # The driver is there as long as its cluster.
        cluster_minutes += int(np.array(nodes["minutes"])[np.array(nodes["driver"])].sum())
    size = sum(it.stat().st_size for it in (folder / "node_timeline").iterdir())
    print(f"made {total:,} rows, {days} days, {total / days / DAY:,.0f} nodes at a time on average "
          f"in {cluster_minutes / days / DAY:,.0f} clusters, {size / 1e6:,.0f} MB")
    mark.write_text(json.dumps(asked))


def lasting_clusters(rng, rows_per_day):
    """Clusters that are there every day, as many as make three quarters of the rows: (nodes, first minute, minutes, type)."""
    clusters, rows = [], 0
    while rows < rows_per_day * 0.75:
        nodes = int(2 + 18 * rng.beta(1.2, 2.2))
        hours = 24 if rng.random() < 0.4 else int(rng.integers(6, 16))
        first = 0 if hours == 24 else int(rng.integers(5, 24 - hours + 1) if hours < 19 else 0) * 60
        minutes = min(hours * 60, DAY - first)
        clusters.append((nodes, first, minutes, int(rng.integers(0, len(NODE_TYPES))) if rng.random() < 0.9 else 1))
        rows += int(nodes * minutes * 0.8)
    return clusters


def nodes_of_day(rng, lasting, rows_per_day, day):
    """One entry per node: its cluster, name, type, whether it is the driver, its first minute and how many."""
    out = {key: [] for key in ("cluster", "cluster_name", "workspace", "instance", "type", "driver", "first", "minutes", "load")}
    rows = 0

    def add(cluster, name, workspace, nodes, first, minutes, node_type, load, instance):
        nonlocal rows
        for node in range(nodes):
            begin, length = first, minutes
            if node > 0 and node >= nodes // 2 and minutes > 90 and rng.random() < 0.6:  # autoscaling
                begin = first + int(rng.integers(0, minutes // 2))
                length = int(rng.integers(30, first + minutes - begin + 1)) if first + minutes - begin > 30 else 30
                length = min(length, first + minutes - begin)
            length = min(length, rows_per_day - rows)
            if length <= 0:
                return
            for key, value in zip(out, (cluster, name, workspace, instance(node), node_type, node == 0, begin, length, load)):
                out[key].append(value)
            rows += length

    for index, (nodes, first, minutes, node_type) in enumerate(lasting):
        name = f"0101-{index:06d}-{index * 7919 % 16**8:08x}"
        add(index, name, WORKSPACES[index % 4], nodes, first, minutes, node_type, rng.beta(1.5, 4),
            lambda node, index=index: f"i-{(index * 64 + node) * 11400714819323198485 % 16**17:017x}")
    run = 0
    while rows < rows_per_day:
        minutes = int(np.clip(rng.lognormal(3.9, 0.6), 20, 180))
        nodes = int(2 + 10 * rng.beta(1.2, 1.8))
        first = int(rng.integers(0, DAY - minutes))
        index = len(lasting) + run
        name = f"{1001 + day:04d}-{run:06d}-{(day * 10007 + run) * 7919 % 16**8:08x}"
        add(index, name, WORKSPACES[run % 4], nodes, first, minutes, int(rng.integers(0, len(NODE_TYPES))), rng.beta(3, 3),
            lambda node, run=run: f"i-{((day << 24) + (run << 8) + node + (1 << 44)) * 11400714819323198485 % 16**17:017x}")
        run += 1
    return out


def timeline(rng, nodes, day, order):
    """The table: each node's entry becomes one row per minute."""
    minutes = np.array(nodes["minutes"])
    first = np.array(nodes["first"])
    node = np.repeat(np.arange(len(minutes)), minutes)
    starts = np.cumsum(minutes) - minutes
    minute = np.arange(len(node)) - starts[node] + first[node]
    if order == "time":  # every minute all nodes
        by = np.argsort(minute * len(minutes) + node)
    elif order == "hour":  # as it is ingested: every hour, node after node
        by = np.argsort((minute // 60 * len(minutes) + node) * DAY + minute)
    elif order == "node":  # every node its day
        by = np.arange(len(node))
    else:
        raise ValueError(order)
    node, minute = node[by], minute[by]
    rows = len(node)

    load = np.array(nodes["load"])[node]
    wave = 0.5 + 0.5 * np.sin(minute / 45.0 + node)
    user = np.clip(100 * load * wave + rng.normal(0, 6, rows), 0.05, 92.0)
    system = user * 0.08 + rng.random(rows)
    wait = rng.exponential(0.6, rows)
    memory = np.clip(30 + 50 * load + rng.normal(0, 3, rows), 2, 99)
    swaps = (node % 37 == 0)
    swap = np.where(swaps, rng.exponential(0.5, rows), 0.0)
    sent = rng.lognormal(14, 2, rows).astype(np.int64)
    received = rng.lognormal(14.2, 2, rows).astype(np.int64)
    unmeasured = rng.random(rows) < 1e-5
    root = 120_000_000_000 - rng.integers(0, 1 << 20, rows) * 4096
    local = 300_000_000_000 - rng.integers(0, 1 << 24, rows) * 4096
    disk = pa.MapArray.from_arrays(
        pa.array(np.arange(rows + 1) * 2, pa.int32()),
        pa.DictionaryArray.from_arrays(pa.array(np.tile([0, 1], rows), pa.int32()), ["/", "/local_disk0"]).cast(pa.string()),
        pa.array(np.column_stack([root, local]).ravel(), pa.int64()),
    )
    midnight = int(datetime.datetime.combine(FIRST_DAY, datetime.time(), datetime.timezone.utc).timestamp()) + day * 86_400
    start = (midnight + minute * 60) * 1_000_000
    time = pa.timestamp("us", "UTC")

    def text(values):
        values, codes = np.unique(np.array(values), return_inverse=True)
        return pa.DictionaryArray.from_arrays(pa.array(codes[node], pa.int32()), pa.array(values)).cast(pa.string())

    names = [it[0] for it in NODE_TYPES]
    return pa.table({
        "account_id": text(["8b4ae5f1-a941-46a0-956a-26afbccdafe5"] * len(minutes)),
        "workspace_id": text(nodes["workspace"]),
        "cluster_id": text(nodes["cluster_name"]),
        "instance_id": text(nodes["instance"]),
        "start_time": pa.array(start, time),
        "end_time": pa.array(start + 60_000_000, time),
        "driver": pa.array(np.array(nodes["driver"])[node]),
        "cpu_user_percent": pa.array(user),
        "cpu_system_percent": pa.array(system),
        "cpu_wait_percent": pa.array(wait, mask=unmeasured),
        "mem_used_percent": pa.array(memory),
        "mem_swap_percent": pa.array(swap),
        "network_sent_bytes": pa.array(sent),
        "network_received_bytes": pa.array(received),
        "disk_free_bytes_per_mount_point": disk,
        "node_type": text([names[it] for it in nodes["type"]]),
    })


if __name__ == "__main__":
    where, rows, days, order, *rest = sys.argv[1:]
    main(Path(where), int(rows), int(days), order, *map(int, rest))
