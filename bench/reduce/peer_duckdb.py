"""The reduction in DuckDB: `peer_duckdb.py exact|daily|unique <folder> <results> <threads>`.

`exact` is the product's own SQL in one statement; `daily` the same, once per file, which a person would do who knows that a file
holds a day; `unique` one statement that does not recognise duplicates.
"""

import sys
from pathlib import Path

import duckdb

INTEGERS = ["workers", "drivers", "worker_millicores", "worker_mib", "used_millicores", "wait_millicores", "used_mib",
            "busiest_cpu", "fullest_mem", "most_swap", "network_bytes", "driver_cpu", "driver_mem", "driver_wait"]
HERE = Path(__file__).parent
EXACT = (HERE / "../../crates/clusteriq-tables/src/reduction/reduction.sql").read_text().format(
    node_timeline="node_timeline", node_types="node_types")
UNIQUE = (HERE / "unique.sql").read_text()


def main(mode, folder, results, threads):
    results.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect()
    db.execute(f"SET threads = {threads}; SET preserve_insertion_order = false; SET TimeZone = 'UTC'")
    db.execute("SET memory_limit = '8GB'")  # of more it would use more; what does not fit goes to disk
    db.execute(f"SET temp_directory = '{results / 'spill'}'")
    db.execute(f"CREATE TABLE node_types AS FROM '{folder}/node_types.parquet'")
    files = sorted((folder / "node_timeline").iterdir())
    sets = [[it] for it in files] if mode == "daily" else [files]
    sql = UNIQUE if mode == "unique" else EXACT
    for index, some in enumerate(sets):
        db.execute(f"CREATE OR REPLACE VIEW node_timeline AS FROM read_parquet({[str(it) for it in some]})")
        db.execute(("INSERT INTO cluster_minutes " if index else "CREATE TABLE cluster_minutes AS ") + sql)

    sums = db.execute(f"SELECT count(*), {', '.join(f'sum({it})' for it in INTEGERS)} FROM cluster_minutes").fetchall()[0]
    lines = [f"{name},{value}" for name, value in zip(["cluster_minutes", *INTEGERS], sums)]
    (results / "sums.csv").write_text("\n".join(lines) + "\n")
    quantiles = "[0.5, 0.95, 0.99]"
    write(db, results / "profiles.csv", f"""
        SELECT workspace_id, cluster_id, n, u[1], u[2], u[3], b[1], b[2], b[3] FROM (
          SELECT workspace_id, cluster_id, count(*) AS n, quantile_disc(used_millicores, {quantiles}) AS u,
                 quantile_disc(busiest_cpu, {quantiles}) AS b
          FROM cluster_minutes GROUP BY workspace_id, cluster_id) ORDER BY ALL""")
    write(db, results / "sample.csv", f"""
        SELECT workspace_id, cluster_id, epoch_us(minute) // 60000000 AS m, {', '.join(INTEGERS)}
        FROM cluster_minutes WHERE epoch_us(minute) // 60000000 % 997 = 0""")


def write(db, path, sql):
    db.execute(f"COPY ({sql}) TO '{path}' (HEADER false)")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
