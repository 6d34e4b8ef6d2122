/** What to do first. */
import { useMemo, useRef } from 'react';
import type { RecommendationRow, Schemas } from '../api/types';
import { IntervalBar } from '../charts/IntervalBar';
import { RiskBadge, SavingsInterval, TargetLink } from '../components/domain';
import { ListPage } from '../components/ListPage';
import * as format from '../format';
import { Badge, Empty, PageHead } from '../ui/parts';
import type { Column } from '../ui/Table';
import { Link } from '../address/link';
import { recommendationPath } from '../address/path';

type Sum = Schemas['RecommendationSum'];

const FILTERS: [string, string][] = [
  ['workspace', 'Workspace'], ['lane', 'Purpose'], ['risk', 'Risk'], ['advisor', 'Detection'], ['kind', 'Kind'], ['class', 'Class'], ['owner', 'Owner'],
];

export function RecommendationsPage() {
  const most = useRef(0);
  const columns = useMemo(
    (): Column<RecommendationRow>[] => [
      { key: 'rank', title: '#', sort: 'rank', numeric: true, wide: true, cell: (it) => it.rank },
      {
        key: 'title', title: 'What to do', sort: 'title', main: true,
        cell: (it) => (
          <>
            <Link href={recommendationPath(it.id)}>{it.title}</Link>
            <span className="narrow"><RiskBadge level={it.risk} because={it.risk_because} /></span>
            <div className="second">{it.why}</div>
          </>
        ),
      },
      {
        key: 'savings', title: 'Saves a month', sort: 'savings', numeric: true,
        cell: (it) => (
          <>
            <SavingsInterval it={it.savings_per_month} short />
            {it.savings_per_month && <div className="second">likely {format.usd(it.savings_per_month.likely)}</div>}
          </>
        ),
      },
      { key: 'bar', title: 'On one scale', wide: true, cell: (it) => <IntervalBar it={it.savings_per_month} most={most.current} /> },
      { key: 'risk', title: 'Risk', sort: 'risk', wide: true, cell: (it) => <RiskBadge level={it.risk} because={it.risk_because} /> },
      { key: 'target', title: 'About', wide: true, cell: (it) => <><TargetLink it={it.target} /><div className="second">{format.words(it.target.kind)} · {it.workspace}</div></> },
      { key: 'owner', title: 'Owner', sort: 'owner', wide: true, cell: (it) => it.owner ?? <span className="quiet">not known</span> },
    ],
    [],
  );
  return (
    <ListPage<RecommendationRow, Sum>
      path="/api/recommendations"
      noun="recommendation"
      columns={columns}
      filters={FILTERS}
      usual="rank"
      rowKey={(it) => it.id}
      head={(page) => {
        most.current = page.sum.most_usd;
        return (
          <PageHead
            title="Recommendations"
            lead={page.sum.savings_per_month ? `${format.counted(page.total, 'recommendation')}, which together save ${format.usdInterval(page.sum.savings_per_month)} a month, likely ${format.usd(page.sum.savings_per_month.likely)}.` : `${format.counted(page.total, 'recommendation')}; none saves money by itself.`}
            tools={
              <span className="line">
                <Badge>{page.sum.saving} save money</Badge>
                <Badge>{page.sum.fixing} fix reliability or order</Badge>
                <span className="quiet small">at low risk {format.usdInterval(page.sum.low_risk_savings_per_month)}</span>
              </span>
            }
          />
        );
      }}
      empty={<Empty title="Nothing was found to change."><Link href="/data-quality">See what could not be judged</Link></Empty>}
    />
  );
}
