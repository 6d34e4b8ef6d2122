/** What did it do, minute by minute. */
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { cluster, metrics } from '../api/queries';
import { ApiChart } from '../charts/ApiChart';
import { TimeSeries } from '../charts/TimeSeries';
import { EvidenceList, GapNotice, RecommendationLines, SpendParts, TargetLink } from '../components/domain';
import { WhatIf } from '../components/WhatIf';
import * as format from '../format';
import { Loaded } from '../ui/Loaded';
import { Badge, Card, Facts, PageHead, PlainTable } from '../ui/parts';
import { Link } from '../address/link';
import { stringifySearch, useSearchState } from '../address/search';

const minuteOf = (it: string) => Math.floor(new Date(it).getTime() / 60_000);
const whenOf = (it: number) => new Date(it * 60_000).toISOString().replace('.000', '');
const percents = (it: (number | null)[]) => it.map((one) => (one === null ? null : one * 100));

function Minutes({ id, workspace_id, idle }: { id: string; workspace_id: string; idle: { from: string; until: string }[] }) {
  const search = useSearchState();
  const [from, until] = [search.one('from'), search.one('until')];
  const query = useQuery(metrics(id, { workspace_id, from, until, points: 6000 }));
  const shaded = useMemo(() => idle.map((it) => ({ from: minuteOf(it.from), until: minuteOf(it.until) })), [idle]);
  const it = query.data;
  const series = useMemo(
    () =>
      it && {
        cpu: [
          { label: 'workers’ cores in use', values: percents(it.cpu), fill: true },
          { label: 'busiest worker', values: percents(it.busiest_cpu), colour: '--c6' },
        ],
        workers: [{ label: 'workers', values: it.workers, stepped: true, fill: true, colour: '--c4' }],
        cores: [
          { label: 'cores used', values: it.cores_used, fill: true, colour: '--c3' },
          { label: 'cores up', values: it.cores, stepped: true, colour: '--c-other', dashed: true },
        ],
        memory: [
          { label: 'fullest worker', values: percents(it.memory), fill: true, colour: '--c5' },
          { label: 'driver', values: percents(it.driver_memory), colour: '--c2' },
        ],
        driver: [
          { label: 'driver CPU', values: percents(it.driver_cpu), colour: '--c2' },
          { label: 'waiting for IO', values: percents(it.io_wait), colour: '--c6' },
        ],
      },
    [it],
  );
  const zoom = (span: { from: number; until: number }) => search.set({ from: whenOf(span.from), until: whenOf(span.until) }, 'push');
  if (query.error && !it) return <Loaded query={query}>{() => null}</Loaded>;
  if (!it || !series) return <Loaded query={query} height={520}>{() => null}</Loaded>;
  if (it.length === 0) return <p className="quiet">There is no telemetry of this cluster: not idle, but not known. <Link href="/data-quality">See what is missing</Link>.</p>;
  const end = it.start_minute + it.length * it.step_minutes;
  const common = { start: it.start_minute, step: it.step_minutes, sync: `cluster-${id}`, onZoom: zoom, shaded } as const;
  return (
    <div className="stack" style={{ gap: 20 }}>
      <div className="line">
        <span>{format.minuteOf(it.start_minute)} to {format.minuteOf(end)} UTC, {it.step_minutes === 1 ? 'every minute' : `${it.step_minutes} minutes a point`}.</span>
        <span className="quiet small">Draw across a chart to zoom in; shaded: up and used by nobody.</span>
        {(from || until) && <button type="button" className="button" onClick={() => search.set({ from: undefined, until: undefined }, 'push')}>Show all</button>}
      </div>
      <TimeSeries title="CPU" unit="%" lines={series.cpu} most={100} {...common} />
      <TimeSeries title="Cores used against cores that were up" unit="cores" lines={series.cores} {...common} />
      <TimeSeries title="Workers" unit="workers" lines={series.workers} height={120} {...common} />
      <TimeSeries title="Memory" unit="%" lines={series.memory} most={100} {...common} />
      <TimeSeries title="Driver, and waiting for IO" unit="%" lines={series.driver} height={140} most={100} {...common} />
    </div>
  );
}

export function ClusterPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const search = useSearchState();
  const query = useQuery(cluster(id, search.one('workspace_id')));
  return (
    <Loaded query={query} height={640}>
      {(it) => {
        const { row } = it;
        const at = (from: string, until: string) => `/clusters/${encodeURIComponent(row.target.id)}${stringifySearch({ workspace_id: row.target.workspace_id, from, until })}`;
        return (
          <>
            <PageHead
              crumbs={<><Link href="/clusters">Clusters</Link> › {row.workspace}{it.run && <> › <TargetLink it={it.run.job} /> › run {it.run.run_id}</>}</>}
              title={row.name}
              lead={it.sentence}
              tools={<span className="line"><Badge tone={row.state === 'running' ? 'good' : undefined}>{row.state}</Badge><Badge>{format.words(row.source)}</Badge></span>}
            />
            <div className="grid">
              <Card className="w8" title="Minute by minute"><Minutes id={row.target.id} workspace_id={row.target.workspace_id} idle={it.idle} /></Card>
              <div className="w4 stack" style={{ gap: 16 }}>
                <Card title="What it is">
                  <Facts
                    items={[
                      ['Spent', <>{format.usd(row.spend.total_usd)}<br /><SpendParts it={row.spend} /></>],
                      ['Billed while nobody used it', format.usd(row.idle_usd)],
                      ['Up', format.hours(row.hours_up)],
                      ['Configuration', row.compute],
                      ['Stops by itself', row.autotermination_minutes === null ? 'never' : `after ${format.minutes(row.autotermination_minutes)}`],
                      ['Runtime', row.runtime ?? 'not known'],
                      ['Policy', row.policy ?? 'none'],
                      ['Owner', row.owner ?? 'not known'],
                      ...Object.entries(it.tags).map(([name, value]): [string, string] => [`Tag ${name}`, value]),
                    ]}
                  />
                </Card>
                <Card title="Recommendations"><RecommendationLines rank items={it.recommendations} none="Nothing to change here." /></Card>
                {it.gaps.length > 0 && <Card title="What is not known here"><div className="stack">{it.gaps.map((one, place) => <GapNotice key={place} it={one} />)}</div></Card>}
              </div>
              {it.charts.filter((one) => one.kind === 'week').map((one, place) => <Card key={place} className="w8"><ApiChart chart={one} /></Card>)}
              <Card className="w4" title="Measured" note={it.class_because ?? undefined}><EvidenceList items={it.facts} /></Card>
              <Card className="w6" title="Up, and used by nobody" note={`${format.counted(it.idle.length, 'window')}, longest first`}>
                {it.idle.length === 0 ? <p className="quiet">None of ten minutes or more.</p> : (
                  <PlainTable caption="Idle windows" head={[{ title: 'From' }, { title: 'Length', numeric: true }, { title: 'Billed', numeric: true }]} rows={it.idle.slice(0, 12).map((one) => [<Link href={at(one.from, one.until)}>{format.utc(one.from)}</Link>, format.minutes(one.minutes), format.usd(one.usd)])} />
                )}
              </Card>
              <Card className="w6" title="What if">{it.what_if ? <WhatIf target={row.target} /> : <p className="quiet">A job cluster ends with its run; ask about its job.</p>}</Card>
              <Card className="w6" title="Configurations" note="newest first">
                <ul className="plan">
                  {it.configurations.map((one) => (
                    <li key={one.since}>
                      <span className="quiet small">since {format.utc(one.since)}</span>
                      <div>{one.changes.length ? one.changes.map((change) => <div key={change}>{change}</div>) : one.compute}</div>
                    </li>
                  ))}
                </ul>
              </Card>
              <Card className="w6" title="Events" note="from telemetry and settings, newest first">
                <PlainTable caption="Events" head={[{ title: 'When (UTC)' }, { title: 'What' }]} rows={it.events.slice(0, 15).map((one) => [format.utc(one.at), one.text])} />
              </Card>
              {it.jobs.length > 0 && <Card title="Jobs that ran on it"><PlainTable caption="Jobs on this cluster" head={[{ title: 'Job' }, { title: 'Minutes with a task', numeric: true }]} rows={it.jobs.map((one) => [<TargetLink it={one.target} />, format.minutes(one.minutes)])} /></Card>}
            </div>
          </>
        );
      }}
    </Loaded>
  );
}
