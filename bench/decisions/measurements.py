"""Public measurements of workloads on several configurations, in the columns of `clusteriq rightsize --history`.

None of them is in the repository; give a folder with them as --data:

  scout_multinode/scout_public_half.csv   AWS, Hadoop and Spark, 69 configurations (Hsu et al., "Arrow", ICDCS 2018; github.com/oxhead/scout)
  cherrypick/cherrypick.csv               AWS, 5 applications (Alipourfard et al., "CherryPick", NSDI 2017)
  c3o/*.csv                               AWS EMR, Spark, 5 algorithms (Will et al., "C3O", 2021; github.com/dos-group/c3o)
  lumos/lumos_aws.csv                     AWS, single nodes with utilisation (github.com/jind5182/lumos-dataset)
"""

import csv
import statistics
from collections import defaultdict
from pathlib import Path

COLUMNS = ["workload", "node_type", "workers", "vcpus", "memory_gib", "price_usd_hour", "completed", "runtime_s", "input_bytes",
           "cpu_busy_mean", "io_wait_mean", "memory_used_gib_max"]
# vCPUs, GiB and US dollars an hour of the node types of C3O, whose files have the memory rounded and no prices: AWS us-east-1 in 2018.
C3O = {"c4.2xlarge": (8, 15, 0.398), "m4.2xlarge": (8, 32, 0.4), "r4.2xlarge": (8, 61, 0.532), "r4.xlarge": (4, 30.5, 0.266)}


def table(path):
    """Rows of a CSV file."""
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def run(algorithm, workload, node_type, workers, vcpus, memory, price, completed, runtime, **more):
    """A row; `algorithm` tells which workloads must not help each other."""
    return {"algorithm": algorithm, "workload": workload, "node_type": node_type, "workers": workers, "vcpus": vcpus, "memory_gib": memory,
            "price_usd_hour": price, "completed": completed, "runtime_s": runtime, **more}


def scout(data):
    """Clusters of 4 to 48 nodes, one run each, failed ones among them."""
    rows = table(Path(data) / "scout_multinode" / "scout_public_half.csv")
    size = lambda it: float(it["input_bytes"]) if it["input_bytes"] not in ("", "-1") else None
    return [run(it["workload"], it["job"], it["vm_type"], int(it["nodes"]), float(it["vcpu_per_node"]), float(it["mem_gb_per_node"]),
                float(it["price_usd_hr_node"]), it["completed"] == "True", float(it["runtime_s"]), input_bytes=size(it),
                spark=it["framework"].startswith("spark")) for it in rows]


def medians(groups):
    """One row of each group of repetitions: the median runtime."""
    return [dict(some[0], runtime_s=statistics.median(it["runtime_s"] for it in some)) for some in groups.values()]


def cherrypick(data):
    """Clusters of 2 to 56 nodes."""
    groups = defaultdict(list)
    for it in table(Path(data) / "cherrypick" / "cherrypick.csv"):
        key = (it["exp_name"], it["vm_name"], it["num_machines"])
        groups[key].append(run(it["exp_name"], it["exp_name"], it["vm_name"], int(it["num_machines"]), float(it["cpu_count"]), float(it["ram"]), float(it["vm_cost"]), True, float(it["time"])))
    return medians(groups)


def c3o(data, contexts=None):
    """Clusters of 2 to 12 nodes; of each algorithm so many inputs and parameters, evenly chosen, that were run on five configurations."""
    rows = []
    for algorithm in ("grep", "kmeans", "pagerank", "sgd", "sort"):
        groups = defaultdict(list)
        for it in table(Path(data) / "c3o" / f"{algorithm}.csv"):
            apart = ("instance_count", "machine_type", "slots", "memory", "gross_runtime")
            context = algorithm + " " + " ".join(value for name, value in it.items() if name not in apart)
            vcpus, memory, price = C3O[it["machine_type"]]
            groups[context, it["machine_type"], it["instance_count"]].append(run(algorithm, context, it["machine_type"], int(it["instance_count"]), vcpus, memory, price, True, float(it["gross_runtime"]), input_bytes=float(it["data_size_MB"]) * 1e6))
        by_context = defaultdict(list)
        for it in medians(groups):
            by_context[it["workload"]].append(it)
        some = [it for _, it in sorted(by_context.items()) if len(it) >= 5]
        step = max(1, len(some) // contexts) if contexts else 1
        rows += [it for one in some[::step][:contexts] for it in one]
    return rows


def lumos(data):
    """Single nodes of 2, 4 and 8 vCPUs with utilisation; medians of the repetitions, and prices by vCPU and memory."""
    vcpus_of = {"large": 2, "xlarge": 4, "2xlarge": 8}
    groups = defaultdict(list)
    for it in table(Path(data) / "lumos" / "lumos_aws.csv"):
        known = it["campaign"] == "1s" and it["framework"] == "spark" and it["completed"] == "True" and it["cpu_busy_mean"]
        if known and it["vm"].split(".")[-1] in vcpus_of:
            groups[it["workload"], it["job"], it["vm"]].append(it)
    rows = []
    for (algorithm, workload, node_type), some in groups.items():
        middle = lambda name, some=some: statistics.median(float(it[name]) for it in some if it[name])
        vcpus, memory = vcpus_of[node_type.split(".")[-1]], middle("mem_total_kb") / 2**20
        rows.append(run(algorithm, workload, node_type, 1, vcpus, memory, vcpus * 0.04073 + memory * 0.005458, True, middle("elapsed_s"),
                        input_bytes=float(some[0]["input_bytes"]) if some[0]["input_bytes"] else None, cpu_busy_mean=middle("cpu_busy_mean"),
                        io_wait_mean=middle("iowait_mean"), memory_used_gib_max=middle("mem_app_kb_max") / 2**20))
    return rows


def cell(value):
    """A value as a cell."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value


def write(path, rows, columns):
    """Rows as a CSV file."""
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(columns)
        out.writerows([cell(it.get(name)) for name in columns] for it in rows)
