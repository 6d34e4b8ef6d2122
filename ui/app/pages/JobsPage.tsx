/** Which jobs cost most, got worse, fail. */
import type { JobRow } from '../api/types';
import { Spark } from '../charts/Spark';
import { ClassBadge, SavingsInterval } from '../components/domain';
import { ListPage } from '../components/ListPage';
import * as format from '../format';
import { Badge, Empty, PageHead } from '../ui/parts';
import type { Column } from '../ui/Table';
import { Link } from '../address/link';
import { targetPath } from '../address/path';

const FILTERS: [string, string][] = [['workspace', 'Workspace'], ['class', 'Class'], ['trigger', 'Started by'], ['last_result', 'Last run'], ['advice', 'Advice'], ['owner', 'Owner']];

const COLUMNS: Column<JobRow>[] = [
  { key: 'name', title: 'Job', sort: 'name', main: true, cell: (it) => <><Link href={targetPath(it.target)!}>{it.name}</Link><div className="second">{it.workspace}{it.owner && ` · ${it.owner}`} · {it.compute}</div></> },
  { key: 'spend', title: 'Spent', sort: 'spend', numeric: true, cell: (it) => <>{format.usd(it.spend.total_usd)}<div className="second">DBU {format.usd(it.spend.dbu_usd)} · VM {format.usd(it.spend.vm_usd)}</div></> },
  { key: 'savings', title: 'Saves a month', sort: 'savings', numeric: true, cell: (it) => (it.interest.recommendations === 0 ? <span className="quiet">–<span className="sr">nothing to change</span></span> : <SavingsInterval it={it.interest.savings_per_month} short />) },
  { key: 'cost_per_run', title: 'A run', sort: 'cost_per_run', numeric: true, wide: true, cell: (it) => <>{format.usd(it.cost_per_run_usd)}<div><Spark values={it.cost_of_runs} label="DBU cost of the newest runs" /></div></> },
  { key: 'runs', title: 'Runs', sort: 'runs', numeric: true, wide: true, cell: (it) => <>{format.count(it.runs)}</> },
  { key: 'failed_share', title: 'Failed', sort: 'failed_share', numeric: true, wide: true, cell: (it) => ((it.failed_share ?? 0) > 0.1 ? <Badge tone="bad">{format.percent(it.failed_share)}</Badge> : format.percent(it.failed_share)) },
  { key: 'duration', title: 'Median run', sort: 'duration', numeric: true, wide: true, cell: (it) => <>{format.minutes(it.duration_minutes)}{it.duration_change !== null && Math.abs(it.duration_change) >= 0.05 && <div className="second">{format.change(it.duration_change)} in 30 days</div>}</> },
  { key: 'class', title: 'Class', sort: 'class', wide: true, cell: (it) => <ClassBadge word={it.class} /> },
  { key: 'last', title: 'Last run', sort: 'last_run', wide: true, cell: (it) => (it.last_run ? <span className="nowrap" title={format.utc(it.last_run)}>{format.instant(it.last_run)}<div className="second">{it.last_result}</div></span> : format.NOT_KNOWN) },
];

export function JobsPage() {
  return (
    <ListPage<JobRow>
      path="/api/jobs"
      noun="job"
      columns={COLUMNS}
      filters={FILTERS}
      usual="-spend"
      rowKey={(it) => `${it.target.workspace_id} ${it.target.id}`}
      head={(page) => <PageHead title="Jobs" lead={`${format.counted(page.total, 'job')} ran in the window, dearest first. A job's share of shared clusters is part of what it spent.`} />}
      empty={<Empty title="No job ran in the window.">The table of runs may be missing: <Link href="/data-quality">see what is not known</Link></Empty>}
    />
  );
}
