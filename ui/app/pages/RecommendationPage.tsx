/** Should I, what happens if, and how do I. */
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { recommendation } from '../api/queries';
import { ActionDiff, ClassBadge, EvidenceList, GapNotice, MinutesLink, RecommendationLines, RiskBadge, SavingsInterval, SpendParts, TargetLink } from '../components/domain';
import { WhatIf } from '../components/WhatIf';
import * as format from '../format';
import { Loaded } from '../ui/Loaded';
import { Badge, Card, Facts, PageHead, PlainTable } from '../ui/parts';
import { Link } from '../address/link';

export function RecommendationPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery(recommendation(id));
  return (
    <Loaded query={query} height={640}>
      {(it) => {
        const r = it.recommendation;
        const to = r.action.kind === 'set_workers' && 'workers' in r.action.to ? r.action.to.workers : r.action.kind === 'use_single_node' ? 0 : null;
        const saving = r.savings_per_month;
        return (
          <>
            <PageHead
              crumbs={<><Link href="/recommendations">Recommendations</Link> › {r.detection} {it.row.advisor_title}</>}
              title={r.title}
              lead={<><SavingsInterval it={saving} />{saving && <span className="quiet"> — DBUs {format.usd(saving.dbu_likely)} at billed rates, machines {format.usd(saving.vm_likely)} modelled</span>}</>}
              tools={<span className="line"><RiskBadge level={r.risk.level} because={r.risk.because} /><ClassBadge word={it.row.class} /><Badge>{r.confidence}</Badge></span>}
            />
            <div className="grid">
              <Card className="w7" title="Why">
                <div className="stack">
                  <p className="prose">{r.why}</p>
                  <ActionDiff change={r.change} />
                  <Facts
                    items={[
                      ['About', <TargetLink it={r.target} kind />],
                      ['Workspace', it.row.workspace],
                      ['Owner', r.owner ?? 'not known'],
                      ...(it.spend ? [['Costs now', <>{format.usd(it.spend.total_usd)} in {format.number(r.window.days)} days<br /><SpendParts it={it.spend} /></>] as [string, React.ReactNode]] : []),
                      ...(it.likely_share !== null ? [['Likely saving, of what it costs', format.percent(it.likely_share)] as [string, string]] : []),
                      ...(r.runtime_minutes ? [['Run time', `${format.minutes(r.runtime_minutes.now)} now, ${format.minutesInterval(r.runtime_minutes)} then`] as [string, string]] : []),
                      ...(saving ? [['The arithmetic', saving.because] as [string, string]] : []),
                      ...(r.at_stake_per_month !== null ? [['Money it is about, no saving', `${format.usd(r.at_stake_per_month)} a month`] as [string, string]] : []),
                    ]}
                  />
                  <div className="line">
                    {it.minutes && <MinutesLink it={it.minutes}>{it.minutes.run_id ? `Minute by minute: run ${it.minutes.run_id}` : 'Minute by minute'}</MinutesLink>}
                  </div>
                </div>
              </Card>
              <Card className="w5" title="Risk, the arithmetic" note={<RiskBadge level={r.risk.level} />}>
                <div className="stack">
                  <PlainTable caption="Risk by dimension" head={[{ title: 'What may go wrong' }, { title: 'Because' }, { title: '0–4', numeric: true }]} rows={r.risk.parts.map((part) => [format.words(part.dimension), part.because, part.score])} />
                  <p className="quiet small">{r.risk.because}. The score is the highest of its parts, and what modifies it.</p>
                  <Facts items={[['How to undo it', r.rollback], ['How to see that it holds', r.verify]]} />
                </div>
              </Card>

              <Card className="w7" title="Evidence"><EvidenceList items={r.evidence} charts /></Card>
              <Card className="w5" title="What if">
                {it.what_if ? <WhatIf target={r.target} proposed={to} /> : <p className="quiet">A {format.words(r.target.kind)} cannot be asked about yet.</p>}
              </Card>

              <Card className="w7" title="Why not more, and what else was weighed">
                {r.alternatives.length === 0 ? <p className="quiet">Nothing else was weighed.</p> : (
                  <PlainTable
                    caption="What else was weighed"
                    head={[{ title: 'Which' }, { title: 'Configuration' }, { title: 'Saves a month', numeric: true }, { title: 'Run time', numeric: true }, { title: 'Risk' }, { title: 'Verdict' }]}
                    rows={r.alternatives.map((one) => [
                      one.label, one.compute, one.savings_per_month ? format.usdInterval(one.savings_per_month) : '', one.runtime_minutes ? format.minutesInterval(one.runtime_minutes) : '',
                      one.risk === null ? '' : one.risk, one.verdict,
                    ])}
                  />
                )}
                {r.instead_of.length > 0 && (
                  <>
                    <h3 style={{ marginTop: 12 }}>Settled or excluded by this</h3>
                    <ul>{r.instead_of.map((one, at) => <li key={at}>{one.title} <span className="quiet">({one.detection}{one.alone_per_month && `, alone ${format.usdInterval(one.alone_per_month)} a month`})</span></li>)}</ul>
                  </>
                )}
              </Card>
              <div className="w5 stack" style={{ gap: 16 }}>
                <Card title={`The plan for this ${format.words(r.target.kind)}`}>
                  <RecommendationLines rank items={it.plan} none="Only this." />
                  {r.after.length > 0 && <p className="small quiet">This saving is on top of {format.counted(r.after.length, 'recommendation')} before it.</p>}
                </Card>
                {it.gaps.length > 0 && <Card title="What is not known here"><div className="stack">{it.gaps.map((one, at) => <GapNotice key={at} it={one} />)}</div></Card>}
              </div>
            </div>
          </>
        );
      }}
    </Loaded>
  );
}
