"""What the official SDK gets for SQL statements, as JSON. It runs on versions years apart, so it asks only for what all of them have."""

import csv
import io
import json
import os
import sys
import urllib.request

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.sql import Disposition, Format, StatementParameterListItem

asked = json.load(sys.stdin)
w = WorkspaceClient(host=asked["host"], token=asked["token"])
api = w.statement_execution


def execute(statement, **more):
    return api.execute_statement(statement=statement, warehouse_id=asked["warehouse_id"], **more)


def state(reply):
    return reply.status.state.value


def follow(reply):
    """The states of a statement, until one that stays, and the last reply."""
    states = [state(reply)]
    while states[-1] in ("PENDING", "RUNNING"):
        reply = api.get_statement(reply.statement_id)
        states.append(state(reply))
    return states, reply


def chunks(reply):
    """Every chunk of a result, by the number of the next."""
    part = reply.result
    found = [part]
    while next_of(part) is not None:
        part = api.get_statement_result_chunk_n(reply.statement_id, next_of(part))
        found.append(part)
    return found


def next_of(part):
    return part.external_links[0].next_chunk_index if part.external_links else part.next_chunk_index


def files(format, statement):
    _, reply = follow(execute(statement, disposition=Disposition.EXTERNAL_LINKS, format=format))
    links = [it.external_links[0] for it in chunks(reply)]
    return [urllib.request.urlopen(it.external_link).read() for it in links]


def arrow(statement):
    """Rows of an Arrow stream, where there is a library that reads it."""
    try:
        import pyarrow
    except ImportError:
        return None
    tables = [pyarrow.ipc.open_stream(it).read_all() for it in files(Format.ARROW_STREAM, statement)]
    whole = pyarrow.concat_tables(tables)
    return {"types": [str(it.type) for it in whole.schema], "rows": whole.num_rows, "ids": whole.column(0).to_pylist()}


usage = "SELECT record_id, usage_start_time, usage_quantity, custom_tags FROM system.billing.usage ORDER BY record_id"
states, inline = follow(execute(usage, wait_timeout="0s"))
failed = execute("SELECT * FROM system.billing.nothing")
day = StatementParameterListItem(name="day", value=asked["day"], type="DATE")
counted = execute("SELECT count(*) FROM system.billing.usage WHERE usage_date = :day", parameters=[day])
slow = execute("SELECT 1", wait_timeout="0s")
api.cancel_execution(slow.statement_id)
metastore = w.metastores.current().metastore_id
schemas = w.system_schemas.list(metastore)
schemas = getattr(schemas, "schemas", schemas)

json.dump(
    {
        "states": states,
        "columns": [[it.name, it.type_text, it.type_name.value] for it in inline.manifest.schema.columns],
        "chunks": inline.manifest.total_chunk_count,
        "inline": [row for part in chunks(inline) for row in part.data_array],
        "json": [row for it in files(Format.JSON_ARRAY, usage) for row in json.loads(it)],
        "csv": [row for it in files(Format.CSV, usage) for row in csv.reader(io.StringIO(it.decode()))],
        "arrow": arrow(usage),
        "failed": [state(failed), failed.status.error.error_code.value, failed.status.error.message],
        "counted": counted.result.data_array,
        "cancelled": state(api.get_statement(slow.statement_id)),
        "schemas": {it.schema: getattr(it.state, "value", it.state) for it in schemas},
    },
    sys.stdout,
)
sys.stdout.flush()
# Old versions leave threads behind that would be waited for.
os._exit(0)
