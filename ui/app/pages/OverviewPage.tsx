/** How much, where, how sure. */
import { useQuery } from '@tanstack/react-query';
import { overview } from '../api/queries';
import { StackedDays } from '../charts/StackedDays';
import { Basis, GapNotice, RecommendationLines, SpendParts, TargetLink } from '../components/domain';
import * as format from '../format';
import { Loaded } from '../ui/Loaded';
import { Card, Empty, PageHead, PlainTable } from '../ui/parts';
import { Link } from '../address/link';
import { stringifySearch, useWorkspaces } from '../address/search';

function Hours({ values }: { values: (number | null)[] }) {
  const most = Math.max(0.01, ...values.map((it) => it ?? 0));
  return (
    <span role="img" aria-label={`Used of what is paid by hour of the day, UTC: ${values.map((it, hour) => `${hour}: ${format.percent(it)}`).join(', ')}`} style={{ display: 'flex', alignItems: 'flex-end', gap: 1, height: 22 }}>
      {values.map((it, hour) => <span key={hour} title={`${hour}:00 UTC: ${format.percent(it)}`} style={{ flex: 1, height: `${Math.max(6, ((it ?? 0) / most) * 100)}%`, background: it === null ? 'var(--line)' : 'var(--c3)', borderRadius: 1 }} />)}
    </span>
  );
}

export function OverviewPage() {
  const workspace = useWorkspaces();
  const query = useQuery(overview(workspace));
  const kept = stringifySearch({ workspace });
  return (
    <Loaded query={query} height={640}>
      {(it) => (
        <>
          <PageHead title="Overview" lead={it.sentence} />
          <div className="grid">
            <Link href={`/costs${kept}`} className="card tile w3">
              <span className="label">Spent in {format.number(it.window.days)} days</span>
              <span className="figure">{format.usd(it.spend.spend.total_usd)}</span>
              <SpendParts it={it.spend.spend} />
              <span className="small quiet">{it.spend.week ? `DBUs last week ${format.change(it.spend.week.change)} against the week before` : 'less than two weeks of data'}</span>
            </Link>
            <Link href={`/recommendations${kept}`} className="card tile w3">
              <span className="label">Can be saved, a month</span>
              <span className="figure">{format.usdInterval(it.savings.per_month)}</span>
              <span className="small quiet">likely {format.usd(it.savings.per_month?.likely)}{it.savings.likely_share !== null && ` = ${format.percent(it.savings.likely_share)} of spending`}</span>
              <span className="small quiet">at low risk: {format.usdInterval(it.savings.low_risk_per_month)}</span>
            </Link>
            <Link href={`/clusters${stringifySearch({ workspace, sort: '-idle_usd' })}`} className="card tile w3">
              <span className="label">Used of what is paid</span>
              <span className="figure">{it.usage.core_share === null ? format.NOT_KNOWN : `${format.percent(it.usage.core_share)} of cores`}</span>
              <span className="small quiet">idle all-purpose clusters: {format.usd(it.usage.idle_usd)} billed</span>
              <Hours values={it.usage.by_hour} />
            </Link>
            <Link href={`/data-quality${kept}`} className="card tile w3">
              <span className="label">How sure</span>
              <span className="figure">{it.confidence.model_error === null ? format.NOT_KNOWN : format.change(it.confidence.model_error)}</span>
              <span className="small quiet">model against the bill, over {format.usd(it.confidence.compared_usd)}</span>
              <span className="small quiet">{it.confidence.not_judged === 0 ? `all ${format.count(it.confidence.judged)} resources could be judged` : `${format.count(it.confidence.judged)} resources judged, ${format.count(it.confidence.not_judged)} not (${format.usd(it.confidence.not_judged_usd)})`}</span>
            </Link>

            <Card className="w7">
              <StackedDays title="Spending by day" days={it.days} summary="UTC days." height={210} />
              <div style={{ height: 16 }} />
              <h3>By workspace</h3>
              <PlainTable
                caption="Spending by workspace"
                head={[{ title: 'Workspace' }, { title: 'Spent', numeric: true }, { title: 'Share', numeric: true }, { title: 'Can be saved, a month', numeric: true }]}
                rows={it.workspaces.map((one) => [
                  <><TargetLink it={one.workspace} />{one.cloud && <span className="quiet small"> {one.cloud}</span>}</>,
                  format.usd(one.spend.total_usd),
                  format.percent(one.share),
                  one.savings_per_month ? format.usdInterval(one.savings_per_month) : <span className="quiet">nothing found</span>,
                ])}
              />
              <p className="small quiet" style={{ marginTop: 8 }}>DBUs are <Basis word="billed" />, machines are <Basis word="modelled" /> from node-minutes and list prices.</p>
            </Card>
            <div className="w5 stack" style={{ gap: 16 }}>
              <Card title="Do these first" note={<Link href={`/recommendations${kept}`}>all {format.count(it.savings.recommendations)}</Link>}>
                <RecommendationLines rank items={it.first} none={`${format.count(it.confidence.judged)} resources were examined and found fine.`} />
              </Card>
              <Card title="Changed within a week">
                {it.changes.length === 0 ? <Empty title="Nothing that matters." /> : (
                  <ul className="plan">
                    {it.changes.map((one, at) => <li key={at}><TargetLink it={one.target} kind /> <span className="quiet">{one.text}</span></li>)}
                  </ul>
                )}
              </Card>
              <Card title={it.gaps === 0 ? 'Nothing is missing' : format.counted(it.gaps, 'gap')} note={<Link href={`/data-quality${kept}`}>data quality</Link>}>
                <div className="stack">{it.dearest_gaps.map((one, at) => <GapNotice key={at} it={one} />)}</div>
              </Card>
            </div>
          </div>
        </>
      )}
    </Loaded>
  );
}
