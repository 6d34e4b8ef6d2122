/** What does ClusterIQ not know, and what would tell. */
import { useQuery } from '@tanstack/react-query';
import { dataQuality, scans } from '../api/queries';
import type { GapRow } from '../api/types';
import { remedyWords, TargetLink } from '../components/domain';
import { ListPage } from '../components/ListPage';
import * as format from '../format';
import { Loaded } from '../ui/Loaded';
import { Badge, Card, Copyable, Empty, PageHead, PlainTable } from '../ui/parts';
import type { Column } from '../ui/Table';

const FILTERS: [string, string][] = [['kind', 'Kind'], ['workspace', 'Workspace']];

const COLUMNS: Column<GapRow>[] = [
  {
    key: 'what', title: 'What is not known', main: true,
    cell: (it) => (
      <>
        {it.gap.what}
        <div className="second">{it.gap.target ? <TargetLink it={it.gap.target} kind /> : 'whole account'}{it.workspace && ` · ${it.workspace}`}</div>
      </>
    ),
  },
  { key: 'kind', title: 'Kind', sort: 'kind', wide: true, cell: (it) => <Badge tone={it.gap.kind === 'missing_source' ? 'warn' : undefined}>{it.kind_words}</Badge> },
  { key: 'touches', title: 'Billed for it', sort: 'touches', numeric: true, cell: (it) => (it.touches_usd === null ? <span className="quiet">not known</span> : format.usd(it.touches_usd)) },
  { key: 'remedy', title: 'What would close it', cell: (it) => (it.gap.remedy ? (it.gap.remedy.kind === 'grant' ? <Copyable text={it.gap.remedy.text} /> : remedyWords(it.gap.remedy)) : <span className="quiet">nothing we know of</span>) },
];

export function DataQualityPage() {
  const query = useQuery(dataQuality);
  const history = useQuery(scans);
  return (
    <Loaded query={query} height={640}>
      {(it) => (
        <>
          <PageHead title="Data quality" lead={it.sentence} tools={<span className="quiet small">data to {format.utc(it.data_until)}</span>} />
          <ListPage<GapRow> path="/api/gaps" noun="gap" columns={COLUMNS} filters={FILTERS} usual="-touches" rowKey={(one) => `${one.gap.kind}${one.gap.target?.id ?? ''}${one.gap.what}`} empty={<Empty title="Nothing is missing.">Every table was read and every resource could be judged.</Empty>} />
          <div className="grid">
            <Card className="w7" title="Tables and lists" note="each mark is a day of the window; stronger: more rows">
              <PlainTable
                caption="Tables and lists"
                head={[{ title: 'Source' }, { title: 'Rows', numeric: true }, { title: 'Newest day' }, { title: 'Coverage' }]}
                rows={it.sources.map((one) => [<code>{one.source}</code>, format.count(one.rows), one.last_day ? format.day(one.last_day) : <span className="quiet">kept whole</span>, <Coverage days={one.days} />])}
              />
            </Card>
            <div className="w5 stack" style={{ gap: 16 }}>
              <Card title="The model against the bill" note="DBUs of classic compute">
                <PlainTable caption="The model against the bill" head={[{ title: 'Workspace' }, { title: 'Billed', numeric: true }, { title: 'Error', numeric: true }, { title: 'Not compared', numeric: true }]} rows={it.reconciliation.map((one) => [one.workspace.name, format.usd(one.billed_usd), format.change(one.error), format.usd(one.uncovered_usd)])} />
              </Card>
              <Card title="Scans and imports" note="newest first">
                <Loaded query={history} height={120}>
                  {(all) => <PlainTable caption="Scans and imports" head={[{ title: 'When' }, { title: 'From' }, { title: 'New rows', numeric: true }]} rows={all.imports.slice(0, 8).map((one) => [<span title={format.utc(one.at)}>{format.instant(one.at)}</span>, <span style={{ overflowWrap: 'anywhere' }}>{one.label}</span>, format.count(one.rows_new)])} />}
                </Loaded>
              </Card>
            </div>
          </div>
        </>
      )}
    </Loaded>
  );
}

function Coverage({ days }: { days: { day: string; rows: number }[] }) {
  if (days.length === 0) return <span className="quiet">kept whole</span>;
  const most = Math.max(...days.map((it) => it.rows));
  return (
    <span role="img" aria-label={`${days.length} days with rows, from ${days[0]!.day} to ${days.at(-1)!.day}`} style={{ display: 'inline-flex', gap: 1 }}>
      {days.map((it) => <span key={it.day} title={`${it.day}: ${format.count(it.rows)} rows`} style={{ width: 6, height: 16, borderRadius: 1, background: `color-mix(in srgb, var(--c1) ${Math.max(15, (it.rows / most) * 100)}%, var(--sunken))` }} />)}
    </span>
  );
}
