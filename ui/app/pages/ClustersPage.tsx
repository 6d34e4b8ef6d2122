/** What is running, idle, oversized. */
import type { ClusterRow } from '../api/types';
import { SavingsInterval } from '../components/domain';
import { ListPage } from '../components/ListPage';
import * as format from '../format';
import { Badge, Empty, PageHead } from '../ui/parts';
import type { Column } from '../ui/Table';
import { Link } from '../address/link';
import { targetPath } from '../address/path';

const FILTERS: [string, string][] = [['workspace', 'Workspace'], ['state', 'State'], ['source', 'Kind'], ['advice', 'Advice'], ['policy', 'Policy'], ['owner', 'Owner']];

function Workers({ it }: { it: ClusterRow }) {
  const most = Math.max(1, ...it.workers.map((one) => one.minutes));
  if (it.workers.length === 0) return <span className="quiet">not known</span>;
  return (
    <span role="img" aria-label={it.workers.map((one) => `${one.workers} workers: ${format.minutes(one.minutes)}`).join(', ')} style={{ display: 'inline-flex', alignItems: 'flex-end', gap: 1, height: 22 }}>
      {it.workers.slice(0, 24).map((one) => <span key={one.workers} title={`${one.workers} workers: ${format.minutes(one.minutes)}`} style={{ width: 6, height: `${Math.max(8, (one.minutes / most) * 100)}%`, background: 'var(--c1)', borderRadius: 1 }} />)}
    </span>
  );
}

const COLUMNS: Column<ClusterRow>[] = [
  { key: 'name', title: 'Cluster', sort: 'name', main: true, cell: (it) => <><Link href={targetPath(it.target)!}>{it.name}</Link><div className="second">{it.workspace}{it.owner && ` · ${it.owner}`} · {it.compute}</div></> },
  { key: 'state', title: 'State', sort: 'state', wide: true, cell: (it) => <><Badge tone={it.state === 'running' ? 'good' : it.state === 'no telemetry' ? 'warn' : undefined}>{it.state}</Badge>{it.workers_now !== null && <div className="second">{format.counted(it.workers_now, 'worker')}</div>}</> },
  { key: 'spend', title: 'Spent', sort: 'spend', numeric: true, cell: (it) => <>{format.usd(it.spend.total_usd)}<div className="second">DBU {format.usd(it.spend.dbu_usd)}</div></> },
  { key: 'savings', title: 'Saves a month', sort: 'savings', numeric: true, cell: (it) => (it.interest.recommendations === 0 ? <span className="quiet">–<span className="sr">nothing to change</span></span> : <SavingsInterval it={it.interest.savings_per_month} short />) },
  { key: 'workers', title: 'Minutes by workers', wide: true, cell: (it) => <Workers it={it} /> },
  { key: 'cpu', title: 'CPU median', sort: 'cpu_median', numeric: true, wide: true, cell: (it) => <>{format.percent(it.cpu_median)}<div className="second">P95 {format.percent(it.cpu_p95)}</div></> },
  { key: 'memory', title: 'Memory P95', sort: 'memory_p95', numeric: true, wide: true, cell: (it) => format.percent(it.memory_p95) },
  { key: 'up', title: 'Up', sort: 'hours_up', numeric: true, wide: true, cell: (it) => format.hours(it.hours_up) },
  { key: 'stop', title: 'Stops after', sort: 'autotermination', numeric: true, wide: true, cell: (it) => (it.autotermination_minutes === null ? 'never' : format.minutes(it.autotermination_minutes)) },
  { key: 'idle', title: 'Idle, billed', sort: 'idle_usd', numeric: true, wide: true, cell: (it) => format.usd(it.idle_usd) },
];

export function ClustersPage() {
  return (
    <ListPage<ClusterRow>
      path="/api/clusters"
      noun="cluster"
      columns={COLUMNS}
      filters={FILTERS}
      usual="-spend"
      rowKey={(it) => `${it.target.workspace_id} ${it.target.id}`}
      head={(page) => <PageHead title="Clusters" lead={`${format.counted(page.total, 'cluster')} that live longer than a run. Job clusters are reached from their job's runs.`} />}
      empty={<Empty title="No cluster is in the data."><Link href="/data-quality">See what is not known</Link></Empty>}
    />
  );
}
