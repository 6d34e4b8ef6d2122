"""What the official SDK sees of a workspace, as JSON. It runs on versions years apart, so it asks only for what all of them have."""

import json
import os
import sys

from databricks.sdk import WorkspaceClient
from databricks.sdk.version import __version__


def items(reply, key):
    """A list, whether this version gives a list, an iterator or an object that holds one."""
    if reply is None:
        return []
    return list(getattr(reply, key, None) or []) if hasattr(reply, key) else list(reply)


def name_of_error(call):
    try:
        call()
    except Exception as it:  # Its class differs between versions.
        return type(it).__name__
    return None


def text(value):
    return getattr(value, "value", value)


asked = json.load(sys.stdin)
host = asked["host"]
w = WorkspaceClient(host=host, token=asked["token"])
machine = WorkspaceClient(host=host, client_id=asked["client_id"], client_secret=asked["client_secret"])

clusters = items(w.clusters.list(), "clusters")
jobs = items(w.jobs.list(expand_tasks=True), "jobs")
plain = items(w.jobs.list(), "jobs")
runs = items(w.jobs.list_runs(expand_tasks=True), "runs")
of_job = items(w.jobs.list_runs(job_id=asked["job_id"]), "runs")
pipelines = items(w.pipelines.list_pipelines(), "statuses")
warehouses = items(w.warehouses.list(), "warehouses")
pools = items(w.instance_pools.list(), "instance_pools")
policies = items(w.cluster_policies.list(), "policies")
wide = w.jobs.get(asked["job_id"])
wide_run = w.jobs.get_run(asked["run_id"])
events = list(w.clusters.events(asked["cluster_id"]))

json.dump(
    {
        "version": __version__,
        "me": w.current_user.me().user_name,
        "machine": machine.current_user.me().user_name,
        "machine_clusters": len(items(machine.clusters.list(), "clusters")),
        "clusters": {it.cluster_id: [text(it.state), it.node_type_id] for it in clusters},
        "cluster": w.clusters.get(asked["cluster_id"]).cluster_name,
        "missing_cluster": name_of_error(lambda: w.clusters.get("zzz")),
        "missing_job": name_of_error(lambda: w.jobs.get(12)),
        "events": [[text(it.type), it.timestamp] for it in events],
        "jobs": {it.job_id: len(it.settings.tasks or []) for it in jobs},
        "plain_jobs": [it.job_id for it in plain],
        "wide_tasks": len(wide.settings.tasks),
        "wide_run_tasks": len(wide_run.tasks),
        "wide_run": wide_run.run_id,
        "runs": {it.run_id: text(it.state.life_cycle_state) for it in runs},
        "runs_of_job": [it.run_id for it in of_job],
        "pipelines": {it.pipeline_id: w.pipelines.get(it.pipeline_id).spec.name for it in pipelines},
        "updates": [len(w.pipelines.list_updates(it.pipeline_id).updates or []) for it in pipelines],
        "pipeline_events": [len(list(w.pipelines.list_pipeline_events(it.pipeline_id))) for it in pipelines],
        "warehouses": {it.id: w.warehouses.get(it.id).name for it in warehouses},
        "pools": {it.instance_pool_id: w.instance_pools.get(it.instance_pool_id).node_type_id for it in pools},
        "policies": {it.policy_id: w.cluster_policies.get(it.policy_id).definition for it in policies},
        "node_types": len(w.clusters.list_node_types().node_types),
        "runtimes": len(w.clusters.spark_versions().versions),
    },
    sys.stdout,
)
sys.stdout.flush()
# Old versions leave threads behind that would be waited for.
os._exit(0)
