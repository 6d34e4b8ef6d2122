/** Are size, auto-stop and queues right. */
import type { WarehouseRow } from '../api/types';
import { SavingsInterval } from '../components/domain';
import { ListPage } from '../components/ListPage';
import * as format from '../format';
import { Empty, PageHead } from '../ui/parts';
import type { Column } from '../ui/Table';
import { Link } from '../address/link';
import { targetPath } from '../address/path';

const FILTERS: [string, string][] = [['workspace', 'Workspace'], ['kind', 'Type'], ['size', 'Size'], ['advice', 'Advice']];
export const sizeWords = (it: string | null) => (it ? it.replaceAll('_', '-').toLowerCase().replace(/(^|-)x?[a-z]/g, (one) => one.toUpperCase()) : 'size not known');

const COLUMNS: Column<WarehouseRow>[] = [
  { key: 'name', title: 'Warehouse', sort: 'name', main: true, cell: (it) => <><Link href={targetPath(it.target)!}>{it.name}</Link><div className="second">{it.workspace} · {it.kind ?? 'type not known'}, {sizeWords(it.size)}</div></> },
  { key: 'spend', title: 'Spent', sort: 'spend', numeric: true, cell: (it) => <>{format.usd(it.spend.total_usd)}<div className="second">DBU {format.usd(it.spend.dbu_usd)}</div></> },
  { key: 'savings', title: 'Saves a month', sort: 'savings', numeric: true, cell: (it) => (it.interest.recommendations === 0 ? <span className="quiet">–<span className="sr">nothing to change</span></span> : <SavingsInterval it={it.interest.savings_per_month} short />) },
  { key: 'busy', title: 'Busy', sort: 'busy_share', numeric: true, wide: true, cell: (it) => <>{format.percent(it.busy_share)}<div className="second">of {format.hours(it.hours_up)}</div></> },
  { key: 'idle', title: 'Idle, modelled', sort: 'idle_usd', numeric: true, wide: true, cell: (it) => format.usd(it.idle_usd) },
  { key: 'stop', title: 'Stops after', sort: 'auto_stop', numeric: true, wide: true, cell: (it) => (it.auto_stop_minutes === null ? 'never, or not known' : format.minutes(it.auto_stop_minutes)) },
  { key: 'statements', title: 'Statements', sort: 'statements', numeric: true, wide: true, cell: (it) => format.count(it.statements) },
  { key: 'queue', title: 'Wait P95', sort: 'queue', numeric: true, wide: true, cell: (it) => format.seconds(it.queue_p95_seconds) },
  { key: 'spill', title: 'Spilled', sort: 'spilled', numeric: true, wide: true, cell: (it) => (it.spilled_gb === null ? format.NOT_KNOWN : `${format.number(it.spilled_gb)} GB`) },
];

export function WarehousesPage() {
  return (
    <ListPage<WarehouseRow>
      path="/api/warehouses"
      noun="warehouse"
      columns={COLUMNS}
      filters={FILTERS}
      usual="-spend"
      rowKey={(it) => `${it.target.workspace_id} ${it.target.id}`}
      head={(page) => <PageHead title="Warehouses" lead={`${format.counted(page.total, 'SQL warehouse')}, dearest first.`} />}
      empty={<Empty title="No SQL warehouse is in the data."><Link href="/data-quality">See what is not known</Link></Empty>}
    />
  );
}
