/** When did it run, when was it asked, how long did statements wait. */
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { warehouse } from '../api/queries';
import type { Schemas } from '../api/types';
import { TimeSeries } from '../charts/TimeSeries';
import { EvidenceList, GapNotice, RecommendationLines, SpendParts } from '../components/domain';
import { WhatIf } from '../components/WhatIf';
import * as format from '../format';
import { Loaded } from '../ui/Loaded';
import { Card, Facts, PageHead } from '../ui/parts';
import { Link } from '../address/link';
import { useSearchState } from '../address/search';
import { sizeWords } from './WarehousesPage';

function Load({ it }: { it: Schemas['WarehouseDetail'] }) {
  const lines = useMemo(() => {
    if (!it.load) return null;
    return {
      statements: [{ label: 'statements', values: it.load.statements, stepped: true, fill: true }],
      waits: [{ label: 'longest wait', values: it.load.longest_wait_seconds, stepped: true, colour: '--c6' }],
    };
  }, [it]);
  const idle = useMemo(() => it.idle?.map(([from, until]) => ({ from: from!, until: until! })), [it]);
  if (!it.load || !lines) return <p className="quiet">When it was asked is not known: query history is not in the data. <Link href="/data-quality">See how to close this gap</Link>.</p>;
  const common = { start: it.load.start_minute, step: it.load.step_minutes, sync: 'warehouse', shaded: idle } as const;
  return (
    <div className="stack" style={{ gap: 20 }}>
      <TimeSeries title="Statements by quarter of an hour" summary="Shaded: up, and no statement ran." unit="statements" lines={lines.statements} height={200} {...common} />
      <TimeSeries title="The longest wait for the warehouse or in its queue" unit="s" lines={lines.waits} height={140} {...common} />
    </div>
  );
}

export function WarehousePage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const search = useSearchState();
  const query = useQuery(warehouse(id, search.one('workspace_id')));
  return (
    <Loaded query={query} height={640}>
      {(it) => (
        <>
          <PageHead crumbs={<><Link href="/warehouses">Warehouses</Link> › {it.row.workspace}</>} title={it.row.name} lead={it.sentence} />
          <div className="grid">
            <Card className="w8" title="Busy and idle"><Load it={it} /></Card>
            <div className="w4 stack" style={{ gap: 16 }}>
              <Card title="What it is">
                <Facts
                  items={[
                    ['Spent', <>{format.usd(it.row.spend.total_usd)}<br /><SpendParts it={it.row.spend} /></>],
                    ['Without a statement, modelled', format.usd(it.row.idle_usd)],
                    ['Type and size', `${it.row.kind ?? 'not known'}, ${sizeWords(it.row.size)}`],
                    ['Clusters', it.row.clusters_most === null ? 'not known' : `${it.row.clusters_least}–${it.row.clusters_most}`],
                    ['Stops by itself', it.row.auto_stop_minutes === null ? 'never, or not known' : `after ${format.minutes(it.row.auto_stop_minutes)}`],
                    ['Wait, 95th percentile', format.seconds(it.row.queue_p95_seconds)],
                    ['Spilled', it.row.spilled_gb === null ? 'not known' : `${format.number(it.row.spilled_gb)} GB`],
                    ['Owner', it.row.owner ?? 'not known'],
                  ]}
                />
              </Card>
              <Card title="Recommendations"><RecommendationLines rank items={it.recommendations} none="Nothing to change here." /></Card>
            </div>
            <Card className="w6" title="What if it stopped sooner"><WhatIf target={it.row.target} /></Card>
            <Card className="w6" title="Measured"><EvidenceList items={it.facts} />{it.gaps.map((one, at) => <GapNotice key={at} it={one} />)}</Card>
          </div>
        </>
      )}
    </Loaded>
  );
}
