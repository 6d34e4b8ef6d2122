-- Cluster-minutes from node-minutes: the definition of clusteriq-tables' Reducer as SQL.
-- `{node_timeline}` and `{node_types}` are what to read: a table, or a query in parentheses.
-- Rows of the same node-minute are equal, so that `max` picks one of them.
WITH node_minutes AS (
  SELECT
    workspace_id, cluster_id, instance_id, date_trunc('minute', start_time) AS minute,
    coalesce(max(driver), false) AS driver,
    max(nullif(node_type, '')) AS node_type,
    max(CASE WHEN cpu_user_percent BETWEEN 0 AND 1000 AND cpu_system_percent BETWEEN 0 AND 1000
             THEN cpu_user_percent + cpu_system_percent END) AS cpu,
    max(CASE WHEN cpu_wait_percent BETWEEN 0 AND 1000 THEN cpu_wait_percent END) AS wait,
    max(CASE WHEN mem_used_percent BETWEEN 0 AND 1000 THEN mem_used_percent END) AS mem,
    max(CASE WHEN mem_swap_percent BETWEEN 0 AND 1000 THEN mem_swap_percent END) AS swap,
    max(coalesce(network_sent_bytes, 0) + coalesce(network_received_bytes, 0)) AS network
  FROM {node_timeline} AS node_timeline
  GROUP BY workspace_id, cluster_id, instance_id, date_trunc('minute', start_time)
),
sizes AS (
  SELECT node_type, max(core_count) AS cores, max(memory_mb) AS mib
  FROM {node_types} AS node_types
  WHERE core_count > 0 AND core_count <= 100000 AND memory_mb BETWEEN 1 AND 1099511627776
  GROUP BY node_type
),
sized AS (
  SELECT node_minutes.*, sizes.cores, sizes.mib
  FROM node_minutes LEFT JOIN sizes ON sizes.node_type = node_minutes.node_type
),
amounts AS (
  SELECT
    workspace_id, cluster_id, minute, network,
    CASE WHEN NOT driver THEN 1 ELSE 0 END AS worker,
    CASE WHEN driver THEN 1 ELSE 0 END AS driver,
    CASE WHEN NOT driver THEN node_type END AS worker_type,
    CASE WHEN driver THEN node_type END AS driver_type,
    CASE WHEN NOT driver THEN CAST(round(cores * 1000) AS BIGINT) END AS worker_millicores,
    CASE WHEN NOT driver THEN mib END AS worker_mib,
    CASE WHEN NOT driver THEN CAST(round(cpu * cores * 10) AS BIGINT) END AS used_millicores,
    CASE WHEN NOT driver THEN CAST(round(wait * cores * 10) AS BIGINT) END AS wait_millicores,
    CASE WHEN NOT driver THEN CAST(round(mem * mib / 100) AS BIGINT) END AS used_mib,
    CASE WHEN NOT driver THEN CAST(round(cpu * 1000) AS BIGINT) END AS worker_cpu,
    CASE WHEN NOT driver THEN CAST(round(mem * 1000) AS BIGINT) END AS worker_mem,
    CASE WHEN NOT driver THEN CAST(round(swap * 1000) AS BIGINT) END AS worker_swap,
    CASE WHEN driver THEN CAST(round(cpu * 1000) AS BIGINT) END AS driver_cpu,
    CASE WHEN driver THEN CAST(round(mem * 1000) AS BIGINT) END AS driver_mem,
    CASE WHEN driver THEN CAST(round(wait * 1000) AS BIGINT) END AS driver_wait
  FROM sized
)
SELECT
  workspace_id, cluster_id, minute,
  CAST(sum(worker) AS BIGINT) AS workers,
  CAST(sum(driver) AS BIGINT) AS drivers,
  max(worker_type) AS worker_type,
  max(driver_type) AS driver_type,
  CASE WHEN count(worker_millicores) = sum(worker) THEN CAST(coalesce(sum(worker_millicores), 0) AS BIGINT) END AS worker_millicores,
  CASE WHEN count(worker_mib) = sum(worker) THEN CAST(coalesce(sum(worker_mib), 0) AS BIGINT) END AS worker_mib,
  CASE WHEN count(used_millicores) = sum(worker) THEN CAST(coalesce(sum(used_millicores), 0) AS BIGINT) END AS used_millicores,
  CASE WHEN count(wait_millicores) = sum(worker) THEN CAST(coalesce(sum(wait_millicores), 0) AS BIGINT) END AS wait_millicores,
  CASE WHEN count(used_mib) = sum(worker) THEN CAST(coalesce(sum(used_mib), 0) AS BIGINT) END AS used_mib,
  CASE WHEN count(worker_cpu) = sum(worker) THEN max(worker_cpu) END AS busiest_cpu,
  CASE WHEN count(worker_mem) = sum(worker) THEN max(worker_mem) END AS fullest_mem,
  CASE WHEN count(worker_swap) = sum(worker) THEN max(worker_swap) END AS most_swap,
  CAST(sum(network) AS BIGINT) AS network_bytes,
  CASE WHEN count(driver_cpu) = sum(driver) THEN max(driver_cpu) END AS driver_cpu,
  CASE WHEN count(driver_mem) = sum(driver) THEN max(driver_mem) END AS driver_mem,
  CASE WHEN count(driver_wait) = sum(driver) THEN max(driver_wait) END AS driver_wait
FROM amounts
GROUP BY workspace_id, cluster_id, minute
