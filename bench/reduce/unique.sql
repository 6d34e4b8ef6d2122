-- The reduction without recognising duplicates: what DuckDB is asked in the variant that may assume there are none.
WITH amounts AS (
  SELECT
    workspace_id, cluster_id, date_trunc('minute', start_time) AS minute, driver, node_timeline.node_type,
    CASE WHEN cpu_user_percent BETWEEN 0 AND 1000 AND cpu_system_percent BETWEEN 0 AND 1000
         THEN cpu_user_percent + cpu_system_percent END AS cpu,
    CASE WHEN cpu_wait_percent BETWEEN 0 AND 1000 THEN cpu_wait_percent END AS wait,
    CASE WHEN mem_used_percent BETWEEN 0 AND 1000 THEN mem_used_percent END AS mem,
    CASE WHEN mem_swap_percent BETWEEN 0 AND 1000 THEN mem_swap_percent END AS swap,
    coalesce(network_sent_bytes, 0) + coalesce(network_received_bytes, 0) AS network,
    core_count AS cores, memory_mb AS mib
  FROM node_timeline LEFT JOIN node_types ON node_types.node_type = node_timeline.node_type
),
sums AS (
  SELECT
    workspace_id, cluster_id, minute,
    count(*) FILTER (NOT driver) AS workers,
    count(*) FILTER (driver) AS drivers,
    max(node_type) FILTER (NOT driver) AS worker_type,
    max(node_type) FILTER (driver) AS driver_type,
    count(cores) FILTER (NOT driver) AS sized,
    count(cpu) FILTER (NOT driver) AS cpus,
    count(wait) FILTER (NOT driver) AS waits,
    count(mem) FILTER (NOT driver) AS mems,
    count(swap) FILTER (NOT driver) AS swaps,
    coalesce(sum(CAST(round(cores * 1000) AS BIGINT)) FILTER (NOT driver), 0) AS worker_millicores,
    coalesce(sum(mib) FILTER (NOT driver), 0) AS worker_mib,
    coalesce(sum(CAST(round(cpu * cores * 10) AS BIGINT)) FILTER (NOT driver), 0) AS used_millicores,
    coalesce(sum(CAST(round(wait * cores * 10) AS BIGINT)) FILTER (NOT driver), 0) AS wait_millicores,
    coalesce(sum(CAST(round(mem * mib / 100) AS BIGINT)) FILTER (NOT driver), 0) AS used_mib,
    max(CAST(round(cpu * 1000) AS BIGINT)) FILTER (NOT driver) AS busiest_cpu,
    max(CAST(round(mem * 1000) AS BIGINT)) FILTER (NOT driver) AS fullest_mem,
    max(CAST(round(swap * 1000) AS BIGINT)) FILTER (NOT driver) AS most_swap,
    sum(network) AS network_bytes,
    max(CAST(round(cpu * 1000) AS BIGINT)) FILTER (driver) AS driver_cpu,
    max(CAST(round(mem * 1000) AS BIGINT)) FILTER (driver) AS driver_mem,
    max(CAST(round(wait * 1000) AS BIGINT)) FILTER (driver) AS driver_wait,
    count(cpu) FILTER (driver) AS driver_cpus,
    count(mem) FILTER (driver) AS driver_mems,
    count(wait) FILTER (driver) AS driver_waits
  FROM amounts
  GROUP BY workspace_id, cluster_id, minute
)
SELECT
  workspace_id, cluster_id, minute, workers, drivers, worker_type, driver_type,
  CASE WHEN sized = workers THEN CAST(worker_millicores AS BIGINT) END AS worker_millicores,
  CASE WHEN sized = workers THEN CAST(worker_mib AS BIGINT) END AS worker_mib,
  CASE WHEN sized = workers AND cpus = workers THEN CAST(used_millicores AS BIGINT) END AS used_millicores,
  CASE WHEN sized = workers AND waits = workers THEN CAST(wait_millicores AS BIGINT) END AS wait_millicores,
  CASE WHEN sized = workers AND mems = workers THEN CAST(used_mib AS BIGINT) END AS used_mib,
  CASE WHEN cpus = workers THEN busiest_cpu END AS busiest_cpu,
  CASE WHEN mems = workers THEN fullest_mem END AS fullest_mem,
  CASE WHEN swaps = workers THEN most_swap END AS most_swap,
  CAST(network_bytes AS BIGINT) AS network_bytes,
  CASE WHEN driver_cpus = drivers THEN driver_cpu END AS driver_cpu,
  CASE WHEN driver_mems = drivers THEN driver_mem END AS driver_mem,
  CASE WHEN driver_waits = drivers THEN driver_wait END AS driver_wait
FROM sums
