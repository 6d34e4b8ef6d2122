/** What overlaps, and what could share. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { schedules } from '../api/queries';
import { Gantt, type GanttRow } from '../charts/Gantt';
import { TimeSeries } from '../charts/TimeSeries';
import { SavingsInterval, TargetLink } from '../components/domain';
import * as format from '../format';
import { Loaded } from '../ui/Loaded';
import { Card, Choice, Empty, PageHead, PlainTable } from '../ui/parts';
import { Link } from '../address/link';
import { recommendationPath } from '../address/path';
import { useSearchState } from '../address/search';

const COLOURS = ['var(--c2)', 'var(--c3)', 'var(--c4)', 'var(--c6)', 'var(--c5)'];
const MOST_ROWS = 60;

export function SchedulesPage() {
  const search = useSearchState();
  const query = useQuery(schedules(search.one('day'), search.all('workspace')));
  const it = query.data;
  const rows = useMemo((): { now: GanttRow[]; then: GanttRow[] } | undefined => {
    if (!it) return undefined;
    const colour = (group: number | null) => (group === null ? undefined : COLOURS[group % COLOURS.length]);
    const row = (one: (typeof it.jobs)[number]): GanttRow => ({
      label: one.target.name ?? one.target.id,
      colour: colour(one.group),
      spans: one.runs.map((run) => ({ from: run.from, until: run.until, bad: run.failed })),
    });
    const shared = it.groups.map((one, at): GanttRow => ({
      label: `one cluster for ${one.jobs.length} jobs`,
      colour: colour(at),
      spans: one.together.map(([from, until]) => ({ from: from!, until: until! })),
    }));
    return { now: it.jobs.slice(0, MOST_ROWS).map(row), then: [...shared, ...it.jobs.filter((one) => one.group === null).slice(0, MOST_ROWS - shared.length).map(row)] };
  }, [it]);
  const curve = useMemo(
    () => it && [
      { label: 'now', values: it.concurrency.now, stepped: true, fill: true },
      { label: 'with shared clusters', values: it.concurrency.then, stepped: true, colour: '--c3' },
    ],
    [it],
  );
  return (
    <Loaded query={query} height={640}>
      {(it) => (
        <>
          <PageHead title="Schedules" lead={it.sentence} />
          <div className="filters">
            <Choice label="Day (UTC)" value={it.day} options={[...it.days].reverse().map((one) => [one, format.fullDay(one)])} onChange={(day) => search.set({ day })} />
          </div>
          {it.jobs.length === 0 ? <Card><Empty title="No job ran on that day." /></Card> : (
            <div className="grid">
              <Card className="w6"><Gantt title="As it was" summary={`${format.counted(it.jobs_total, 'job')}; jobs of one colour could share a cluster.${it.jobs_total > MOST_ROWS ? ` The first ${MOST_ROWS} are drawn.` : ''}`} rows={rows?.now ?? []} /></Card>
              <Card className="w6">{it.groups.length > 0 ? <Gantt title="If they shared clusters" summary="A coloured row is one cluster." rows={rows?.then ?? []} /> : <Empty title="No jobs would do better on a shared cluster.">Jobs were compared whose owner or name and node type agree and whose runs overlap on most days.</Empty>}</Card>
              <Card>
                <TimeSeries title="Job clusters at once" summary={`At most ${it.concurrency.most_now} now, ${it.concurrency.most_then} with shared clusters.`} unit="clusters" start={Math.floor(new Date(`${it.day}T00:00:00Z`).getTime() / 60_000)} step={it.concurrency.step_minutes} lines={curve ?? []} height={150} />
              </Card>
              {it.groups.length > 0 && (
                <Card title="Groups that could share a cluster">
                  <PlainTable caption="Groups" head={[{ title: 'What to do' }, { title: 'Jobs' }, { title: 'Cluster time now', numeric: true }, { title: 'Then', numeric: true }, { title: 'Saves a month', numeric: true }]} rows={it.groups.map((one) => [<Link href={recommendationPath(one.recommendation)}>{one.title}</Link>, one.jobs.map((job) => <div key={job.id}><TargetLink it={job} /></div>), format.minutes(one.minutes_now), format.minutes(one.minutes_then), <SavingsInterval it={one.savings_per_month} short />])} />
                </Card>
              )}
              <Card title="Schedules" note={`${format.counted(it.schedules_total, 'job')}${it.schedules_total > it.schedules.length ? `, the first ${it.schedules.length} are listed` : ''}`}>
                <PlainTable caption="Schedules" head={[{ title: 'Job' }, { title: 'When' }, { title: 'Zone' }, { title: 'Next' }]} rows={it.schedules.map((one) => [<TargetLink it={one.target} />, <>{one.schedule.words && <div>{one.schedule.words}</div>}<code className="quiet">{one.schedule.quartz}</code></>, one.schedule.timezone, one.paused ? 'paused' : one.schedule.next[0] ? <span title={format.utc(one.schedule.next[0])}>{format.instant(one.schedule.next[0])}</span> : (one.schedule.problem ?? 'not known')])} />
              </Card>
            </div>
          )}
        </>
      )}
    </Loaded>
  );
}
