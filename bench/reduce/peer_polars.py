"""The reduction in Polars, lazily and streaming: `peer_polars.py exact|unique <folder> <results>`; see peer_duckdb.py for the modes."""

import sys
from pathlib import Path

import polars as pl
from peer_duckdb import INTEGERS

QUANTILES = [0.5, 0.95, 0.99]


def main(mode, folder, results):
    results.mkdir(parents=True, exist_ok=True)
    types = pl.scan_parquet(folder / "node_types.parquet")
    rows = pl.scan_parquet(folder / "node_timeline" / "*.parquet")
    minute = pl.col("start_time").dt.truncate("1m").alias("minute")
    measured = [known("cpu_user_percent") + known("cpu_system_percent"), known("cpu_wait_percent"), known("mem_used_percent"),
                known("mem_swap_percent")]
    measured = [it.alias(name) for it, name in zip(measured, ["cpu", "wait", "mem", "swap"])]
    network = (pl.col("network_sent_bytes").fill_null(0) + pl.col("network_received_bytes").fill_null(0)).alias("network")
    rows = rows.select("workspace_id", "cluster_id", "instance_id", minute, pl.col("driver").fill_null(False), "node_type",
                       *measured, network)
    if mode == "exact":
        rows = rows.group_by("workspace_id", "cluster_id", "instance_id", "minute").agg(pl.all().max())
    rows = rows.join(types, on="node_type", how="left")
    cores, mib = pl.col("core_count"), pl.col("memory_mb")
    worker, driver = pl.col("driver").not_(), pl.col("driver")

    def amount(of):
        return of.round(0, mode="half_away_from_zero").cast(pl.Int64)

    amounts = {
        "worker_millicores": amount(cores * 1000), "worker_mib": mib, "used_millicores": amount(pl.col("cpu") * cores * 10),
        "wait_millicores": amount(pl.col("wait") * cores * 10), "used_mib": amount(pl.col("mem") * mib / 100),
        "busiest_cpu": amount(pl.col("cpu") * 1000), "fullest_mem": amount(pl.col("mem") * 1000),
        "most_swap": amount(pl.col("swap") * 1000), "driver_cpu": amount(pl.col("cpu") * 1000),
        "driver_mem": amount(pl.col("mem") * 1000), "driver_wait": amount(pl.col("wait") * 1000),
    }
    summed = ["worker_millicores", "worker_mib", "used_millicores", "wait_millicores", "used_mib"]

    def side(name):
        return driver if name.startswith("driver_") else worker

    rows = rows.select("workspace_id", "cluster_id", "minute", "network", worker.alias("worker"), "driver",
                       pl.when(worker).then("node_type").alias("worker_type"), pl.when(driver).then("node_type").alias("driver_type"),
                       *[pl.when(side(name)).then(it).alias(name) for name, it in amounts.items()])
    minutes = rows.group_by("workspace_id", "cluster_id", "minute").agg(
        pl.col("worker").sum().cast(pl.Int64).alias("workers"), pl.col("driver").sum().cast(pl.Int64).alias("drivers"),
        pl.col("worker_type").max(), pl.col("driver_type").max(), pl.col("network").sum().alias("network_bytes"),
        *[(pl.col(it).sum() if it in summed else pl.col(it).max()) for it in amounts],
        *[pl.col(it).count().cast(pl.Int64).alias(it + "_n") for it in amounts])
    minutes = minutes.with_columns(
        pl.when(pl.col(it + "_n") == pl.col("drivers" if it.startswith("driver_") else "workers")).then(it).alias(it)
        for it in amounts).collect(engine="streaming")

    sums = minutes.select(pl.len().alias("cluster_minutes"), *[pl.col(it).sum() for it in INTEGERS]).row(0)
    lines = [f"{name},{value}" for name, value in zip(["cluster_minutes", *INTEGERS], sums)]
    (results / "sums.csv").write_text("\n".join(lines) + "\n")
    profiles = minutes.group_by("workspace_id", "cluster_id").agg(
        pl.len().alias("n"),
        *[pl.col(it).quantile(q, "equiprobable").cast(pl.Int64).alias(f"{it}{q}") for it in ["used_millicores", "busiest_cpu"]
          for q in QUANTILES])
    profiles.sort("workspace_id", "cluster_id").write_csv(results / "profiles.csv", include_header=False)
    epoch = pl.col("minute").dt.epoch("us") // 60_000_000
    sample = minutes.with_columns(epoch.alias("minute")).filter(pl.col("minute") % 997 == 0)
    sample.select("workspace_id", "cluster_id", "minute", *INTEGERS).write_csv(results / "sample.csv", include_header=False)


def known(name):
    return pl.when(pl.col(name).is_between(0, 1000)).then(name)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
