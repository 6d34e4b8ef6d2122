"""Runs statements on Apache Spark: reads a question from stdin, writes each result as Parquet.

The question is {"exports": [{"tables": {view: {"files": folder of Parquet files, "where": condition or null}},
"statements": [{"sql": text, "result": new folder}]}]}.
"""

import functools
import json
import sys
from multiprocessing.pool import ThreadPool

from pyspark.sql import SparkSession


def main(question):
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        # Of a run this short, the better part went into optimising code that is not run again.
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC")
        # What a SQL warehouse of Databricks does unless told otherwise.
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .getOrCreate()
    )

    def run(it):
        spark.sql(it["sql"]).write.parquet(it["result"])

    # Looking into files takes a job; regions share them.
    read = functools.cache(spark.read.parquet)
    for export in question["exports"]:
        for view, it in export["tables"].items():
            rows = read(it["files"])
            if it["where"]:
                rows = rows.where(it["where"])
            rows.createOrReplaceTempView(view)
        # Most statements are small: while one is planned, another runs.
        with ThreadPool(2) as pool:
            pool.map(run, export["statements"], chunksize=1)
    spark.stop()


if __name__ == "__main__":
    main(json.load(sys.stdin))
