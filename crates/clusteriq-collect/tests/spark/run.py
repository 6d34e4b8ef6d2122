"""Runs statements on Apache Spark: reads a question from stdin, writes each result as Parquet.

The question is {"statements": [{"tables": {view: folder of Parquet files}, "sql": text, "result": new folder}]}.
"""

import json
import sys

from pyspark.sql import SparkSession


def main(question):
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        # What a SQL warehouse of Databricks does unless told otherwise.
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .getOrCreate()
    )
    for it in question["statements"]:
        for view, folder in it["tables"].items():
            spark.read.parquet(folder).createOrReplaceTempView(view)
        spark.sql(it["sql"]).write.parquet(it["result"])
    spark.stop()


if __name__ == "__main__":
    main(json.load(sys.stdin))
