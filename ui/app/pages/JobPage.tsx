/** Why does this job cost that, and is it healthy. */
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { job } from '../api/queries';
import type { RunRow } from '../api/types';
import { ApiChart } from '../charts/ApiChart';
import { StackedDays } from '../charts/StackedDays';
import { ClassBadge, EvidenceList, GapNotice, RecommendationLines, SpendParts, TargetLink } from '../components/domain';
import { ListPage } from '../components/ListPage';
import { WhatIf } from '../components/WhatIf';
import * as format from '../format';
import { Loaded } from '../ui/Loaded';
import { Badge, Card, Empty, Facts, PageHead, PlainTable } from '../ui/parts';
import type { Column } from '../ui/Table';
import { Link } from '../address/link';
import { minutesPath } from '../address/path';
import { useSearchState } from '../address/search';
import { useInfiniteQuery } from '@tanstack/react-query';
import { list } from '../api/queries';
import { useMemo } from 'react';

const NO_FILTERS: [string, string][] = [['result', 'Result']];

function columns(workspace_id: string): Column<RunRow>[] {
  return [
    {
      key: 'start', title: 'Run', sort: 'start', main: true,
      cell: (it) => (
        <>
          <span title={format.utc(it.start)}>{format.instant(it.start)}</span>
          <div className="second">
            {it.id}
            {it.cluster_ids.slice(0, 2).map((id) => <span key={id}> · <Link href={minutesPath({ cluster_id: id, workspace_id, from: it.start, until: it.end })}>minutes</Link></span>)}
          </div>
        </>
      ),
    },
    { key: 'result', title: 'Result', sort: 'result', cell: (it) => (it.result === 'failed' ? <Badge tone="bad">✕ {it.reason ? format.words(it.reason.toLowerCase()) : 'failed'}</Badge> : <Badge tone={it.result === 'succeeded' ? 'good' : undefined}>{it.result}</Badge>) },
    { key: 'duration', title: 'Took', sort: 'duration', numeric: true, cell: (it) => <>{format.minutes(it.duration_minutes)}{it.setup_minutes !== null && <div className="second">start-up {format.minutes(it.setup_minutes)}</div>}</> },
    { key: 'dbu', title: 'DBUs', sort: 'dbu_usd', numeric: true, wide: true, cell: (it) => (it.dbu_usd === null ? <span className="quiet">on a shared cluster</span> : format.usd(it.dbu_usd)) },
    { key: 'vm', title: 'Machines', sort: 'vm_usd', numeric: true, wide: true, cell: (it) => (it.vm_usd === null ? <span className="quiet">not known</span> : format.usd(it.vm_usd)) },
    { key: 'compute', title: 'Ran on', wide: true, cell: (it) => it.compute ?? <span className="quiet">shared, serverless or not known</span> },
  ];
}

/** Duration and cost of the newest runs, one point each. */
function Runs({ id, workspace_id }: { id: string; workspace_id: string }) {
  const query = useInfiniteQuery(list<RunRow>('/api/jobs/{id}/runs', { workspace_id, sort: '-start' }, id));
  const lines = useMemo(() => {
    const rows = [...(query.data?.pages[0]?.items ?? [])].reverse();
    if (rows.length < 2) return null;
    const minute = (it: RunRow) => Math.floor(new Date(it.start).getTime() / 60_000);
    return { start: minute(rows[0]!), rows };
  }, [query.data]);
  if (!lines) return null;
  const most = Math.max(...lines.rows.map((it) => it.duration_minutes));
  const height = 150;
  const width = 720;
  const step = (width - 48) / lines.rows.length;
  return (
    <figure>
      <figcaption><span className="title">The newest {format.counted(lines.rows.length, 'run')}, by duration</span><span className="quiet small">red: failed; the highest took {format.minutes(most)}</span></figcaption>
      <div className="plot">
        <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`Duration of the newest ${lines.rows.length} runs, up to ${format.minutes(most)}`}>
          <line className="axis-line" x1={48} x2={width} y1={height - 8} y2={height - 8} />
          <text x={40} y={14} textAnchor="end">{format.minutes(most)}</text>
          <text x={40} y={height - 8} textAnchor="end">0</text>
          {lines.rows.map((it, at) => {
            const tall = (it.duration_minutes / most) * (height - 20);
            return (
              <rect key={it.id} x={48 + at * step} y={height - 8 - tall} width={Math.max(1, step - 1)} height={Math.max(1, tall)} fill={it.result === 'failed' ? 'var(--bad)' : 'var(--c1)'}>
                <title>{`${format.utc(it.start)}: ${it.result}, ${format.minutes(it.duration_minutes)}, DBUs ${format.usd(it.dbu_usd)}`}</title>
              </rect>
            );
          })}
        </svg>
      </div>
    </figure>
  );
}

export function JobPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const search = useSearchState();
  const query = useQuery(job(id, search.one('workspace_id')));
  const workspace_id = query.data?.row.target.workspace_id ?? '';
  const extra = useMemo(() => ({ workspace_id }), [workspace_id]);
  const cells = useMemo(() => columns(workspace_id), [workspace_id]);
  return (
    <Loaded query={query} height={640}>
      {(it) => (
        <>
          <PageHead
            crumbs={<><Link href="/jobs">Jobs</Link> › {it.row.workspace}</>}
            title={it.row.name}
            lead={it.sentence}
            tools={<span className="line"><ClassBadge word={it.row.class} />{it.paused && <Badge tone="warn">paused</Badge>}{it.row.last_result === 'failed' && <Badge tone="bad">✕ last run failed</Badge>}</span>}
          />
          <div className="grid">
            <Card className="w4" title="What it is">
              <Facts
                items={[
                  ['Spent', <>{format.usd(it.row.spend.total_usd)}<br /><SpendParts it={it.row.spend} /></>],
                  ['An average run', format.usd(it.row.cost_per_run_usd)],
                  ['Runs', `${format.count(it.row.runs)}, ${format.count(it.row.failed)} failed`],
                  ['Runs on', it.row.compute],
                  ...(it.shared_clusters.length ? [['Shared clusters', <>{it.shared_clusters.map((one) => <div key={one.id}><TargetLink it={one} /></div>)}</>] as [string, React.ReactNode]] : []),
                  ['Owner', it.row.owner ?? 'not known'],
                  ['Started by', it.schedule ? <>{it.schedule.words && <>{it.schedule.words}<br /></>}<code>{it.schedule.quartz}</code><br /><span className="small quiet">{it.schedule.timezone}</span></> : format.words(it.row.trigger)],
                  ...(it.schedule?.next.length ? [['Next', <>{it.schedule.next.map((one) => <div key={one} title={format.utc(one)}>{format.instant(one)}</div>)}</>] as [string, React.ReactNode]] : []),
                  ['Longest run allowed', it.timeout_minutes === null ? 'no limit, or not known' : format.minutes(it.timeout_minutes)],
                  ...Object.entries(it.tags).map(([name, value]): [string, string] => [`Tag ${name}`, value]),
                ]}
              />
            </Card>
            <Card className="w8" title={`Class: ${format.words(it.row.class)}`} note={it.class_because}>
              <div className="stack">
                <Runs id={it.row.target.id} workspace_id={workspace_id} />
                <StackedDays title="DBU cost by day" days={it.days.map((one) => ({ ...one, vm_usd: null }))} height={150} />
              </div>
            </Card>
            <Card className="w7" title="Recommendations"><RecommendationLines rank items={it.recommendations} none="It was examined and there is nothing to change." /></Card>
            <Card className="w5" title="What is not known here">
              {it.gaps.length === 0 ? <p className="quiet">Nothing is missing.</p> : <div className="stack">{it.gaps.map((one, at) => <GapNotice key={at} it={one} />)}</div>}
            </Card>
            <Card className="w7" title="How it behaves"><div className="stack">{it.charts.map((one, at) => <ApiChart key={at} chart={one} />)}<EvidenceList items={it.facts} /></div></Card>
            <Card className="w5" title="What if">{it.what_if ? <WhatIf target={it.row.target} /> : null}</Card>
            {it.tasks.length > 0 && (
              <Card title="Tasks"><PlainTable caption="Tasks" head={[{ title: 'Task' }, { title: 'Kind' }, { title: 'Runs on' }, { title: 'Retries', numeric: true }]} rows={it.tasks.map((one) => [one.key, one.kind ? format.words(one.kind) : 'not known', one.runs_on, one.max_retries ?? 'not known'])} /></Card>
            )}
          </div>
          <h2>Runs</h2>
          <ListPage<RunRow> path="/api/jobs/{id}/runs" id={it.row.target.id} extra={extra} noun="run" columns={cells} filters={NO_FILTERS} usual="-start" rowKey={(one) => one.id} empty={<Empty title="No run in the window." />} />
        </>
      )}
    </Loaded>
  );
}
