/** What if: cost and run time against size, computed by the server. */
import { useQuery } from '@tanstack/react-query';
import type { Target } from '../api/types';
import { curve } from '../api/queries';
import { Curve } from '../charts/Curve';
import * as format from '../format';
import { Loaded } from '../ui/Loaded';
import { Choice, Facts } from '../ui/parts';
import { useSearchState } from '../address/search';
import { RiskBadge, SavingsInterval } from './domain';

export function WhatIf({ target, proposed }: { target: Target; proposed?: number | null }) {
  const search = useSearchState();
  const node_type = search.one('node_type');
  const query = useQuery(curve({ kind: target.kind, id: target.id, workspace_id: target.workspace_id, node_type }));
  return (
    <Loaded query={query} height={420}>
      {(it) => {
        if (it.problem) return <p className="quiet">There is no curve: {it.problem}.</p>;
        const asked = search.one('x');
        const chosen = asked !== undefined ? Number(asked) : (proposed ?? it.now);
        const point = it.points.find((one) => one.x === chosen);
        const known = it.points.some((one) => one.answer);
        if (!known) return <p className="quiet">There is no curve: {it.points[0]?.problem ?? 'nothing can be computed'}.</p>;
        const workers = it.axis === 'workers';
        const choose = (x: number) => search.set({ x: String(x) });
        const runtime = it.points.some((one) => one.answer?.runtime_minutes);
        return (
          <div className="stack">
            <div className="filters">
              {it.node_types.length > 1 && (
                <Choice label="Node type" value={it.node_type ?? ''} options={it.node_types.map((name, at) => [name, at === 0 ? `${name} (now)` : name])} onChange={(name) => search.set({ node_type: name === it.node_types[0] ? undefined : name })} />
              )}
              <Choice label={workers ? 'Workers' : 'Stop after'} value={String(chosen ?? '')} options={[...(chosen === null ? [['', 'choose…'] as [string, string]] : []), ...it.points.map((one): [string, string] => [String(one.x), `${one.x}${workers ? '' : ' min'}${one.x === it.now ? ' (now)' : ''}`])]} onChange={(x) => choose(Number(x))} />
            </div>
            <Curve title="Cost a month" summary="The band holds in four cases of five." axis={workers ? 'workers' : 'minutes until it stops'} points={it.points.map((one) => ({ x: one.x, value: one.answer?.cost_then_per_month ?? null }))} now={it.now} chosen={chosen} onChoose={choose} text={format.usdShort} />
            {runtime && (
              <Curve title="Run time" summary="Median of runs." axis="workers" colour="var(--c6)" points={it.points.map((one) => ({ x: one.x, value: one.answer?.runtime_minutes ?? null }))} now={it.now} chosen={chosen} onChoose={choose} text={format.minutes} />
            )}
            {point?.answer ? (
              <Facts
                items={[
                  ['Configuration', point.answer.then],
                  ['Cost a month', <>{format.usdInterval(point.answer.cost_then_per_month)} <span className="quiet">(now {format.usdInterval(point.answer.cost_now_per_month)})</span></>],
                  ['Saves', <SavingsInterval it={point.answer.savings_per_month} />],
                  ...(point.answer.runtime_minutes ? [['Run time', `${format.minutesInterval(point.answer.runtime_minutes)} (now ${format.minutes(point.answer.runtime_minutes.now)})`] as [string, string]] : []),
                  ['Risk', <RiskBadge level={point.answer.risk.level} />],
                  ['Because', point.answer.risk.because],
                  ...(point.answer.replay_error !== null ? [['The replay’s own error on today’s size', format.percent(point.answer.replay_error)] as [string, string]] : []),
                ]}
              />
            ) : point ? (
              <p className="quiet">{point.problem}</p>
            ) : null}
          </div>
        );
      }}
    </Loaded>
  );
}
