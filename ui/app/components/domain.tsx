/** Parts that know the domain: money with its basis, risk, gaps, targets. */
import { lazy, memo, type ReactNode, Suspense } from 'react';
import type { Evidence, GapRow, Interval, RecommendationRow, Spend, Target } from '../api/types';
import { hatched } from '../charts/Figure';
import * as format from '../format';
import { Badge, Copyable, Skeleton } from '../ui/parts';
import { Link } from '../address/link';
import { minutesPath, recommendationPath, targetPath } from '../address/path';

// Charts of series are large, and the first page has none.
const ApiChart = lazy(() => import('../charts/ApiChart').then((it) => ({ default: it.ApiChart })));

/** `$340–$410 a month, likely $372`. */
export function SavingsInterval({ it, short }: { it: Interval | null | undefined; short?: boolean }) {
  if (!it) return <span className="quiet">no saving of its own</span>;
  return (
    <span>
      <strong className="nowrap">{format.usdInterval(it)}</strong>
      {!short && <span className="quiet"> a month, likely {format.usd(it.likely)}</span>}
    </span>
  );
}

const RISKS = {
  very_low: { tone: 'good', icon: '●○○○', words: 'very low risk' },
  low: { tone: 'good', icon: '●●○○', words: 'low risk' },
  medium: { tone: 'warn', icon: '●●●○', words: 'medium risk' },
  high: { tone: 'bad', icon: '●●●●', words: 'high risk' },
} as const;

export function RiskBadge({ level, because }: { level: string; because?: string }) {
  const it = RISKS[level as keyof typeof RISKS] ?? { tone: undefined, icon: '', words: format.words(level) };
  return <Badge tone={it.tone} title={because}><span aria-hidden="true" style={{ fontSize: 8, letterSpacing: 1 }}>{it.icon}</span>{it.words}</Badge>;
}

const SCORES = ['very_low', 'low', 'medium', 'high', 'high'];
export const riskOfScore = (it: number) => SCORES[it] ?? 'high';

/** How an amount is known: a word and a pattern. */
export function Basis({ word }: { word: 'billed' | 'modelled' | 'assumed' }) {
  const mark = { billed: 'var(--c1)', modelled: hatched('var(--c2)'), assumed: 'radial-gradient(var(--c2) 30%, transparent 32%) 0 0/5px 5px' }[word];
  return (
    <span className="nowrap small quiet">
      <i aria-hidden="true" style={{ display: 'inline-block', width: 10, height: 10, borderRadius: 2, background: mark, marginRight: 4 }} />
      {word}
    </span>
  );
}

/** DBUs and machines apart, each with its basis. */
export function SpendParts({ it }: { it: Spend }) {
  return (
    <span className="small quiet">
      DBUs {format.usd(it.dbu_usd)} billed · machines {format.usd(it.vm_usd)}
      {it.vm_usd !== null && ` ${it.vm_basis ?? 'modelled'}`}
    </span>
  );
}

export function TargetLink({ it, kind }: { it: Target; kind?: boolean }) {
  const href = targetPath(it);
  const name = it.name ?? it.id;
  const text = kind ? `${format.words(it.kind)} ${name}` : name;
  return href ? <Link href={href}>{text}</Link> : <span>{text}</span>;
}

export function ClassBadge({ word }: { word: string }) {
  return <Badge>{format.words(word)}</Badge>;
}

/** What to do about a gap, in words. */
export const remedyWords = (it: { kind: string; text: string }) => (it.kind === 'wait' ? `wait until there are ${it.text}` : it.text);

/** What is not known, and what would close the gap. */
export function GapNotice({ it }: { it: GapRow }) {
  const { gap } = it;
  return (
    <div className="notice">
      <span>{gap.what}.</span>
      {gap.remedy && (gap.remedy.kind === 'grant' ? <Copyable text={gap.remedy.text} /> : <span className="quiet">To close it: {remedyWords(gap.remedy)}</span>)}
    </div>
  );
}

/** The facts, strongest first, each with where it comes from. */
export const EvidenceList = memo(function EvidenceList({ items, charts }: { items: Evidence[]; charts?: boolean }) {
  return (
    <div className="stack">
      <dl className="facts-list">
        {items.map((it, at) => (
          <div key={at} style={{ display: 'contents' }}>
            <dt>
              {it.fact}
              <br />
              <span className="small">from {it.source}{it.runs.length > 0 && `, ${format.counted(it.runs.length, 'run')}`}</span>
            </dt>
            <dd><strong>{it.text}</strong></dd>
          </div>
        ))}
      </dl>
      {charts && <Suspense fallback={<Skeleton height={220} />}>{items.filter((it) => it.chart).map((it, at) => <ApiChart key={at} chart={it.chart!} />)}</Suspense>}
    </div>
  );
});

/** A recommendation in a short list. */
export function RecommendationLine({ it, rank }: { it: RecommendationRow; rank?: boolean }) {
  return (
    <li>
      <div className="between">
        <span className="what">
          {rank && <span className="rank">{it.rank}</span>}
          <Link href={recommendationPath(it.id)}>{it.title}</Link>
          <span className="quiet small"> · {it.workspace}</span>
        </span>
        <span className="line">
          <SavingsInterval it={it.savings_per_month} short />
          <RiskBadge level={it.risk} because={it.risk_because} />
        </span>
      </div>
    </li>
  );
}

export function RecommendationLines({ items, none, rank }: { items: RecommendationRow[]; none: ReactNode; rank?: boolean }) {
  if (items.length === 0) return <p className="quiet">{none}</p>;
  return <ol className="plan">{items.map((it) => <RecommendationLine key={it.id} it={it} rank={rank} />)}</ol>;
}

export function MinutesLink({ it, children }: { it: { cluster_id: string; workspace_id: string; from: string; until: string }; children: ReactNode }) {
  return <Link className="button" href={minutesPath(it)}>{children}</Link>;
}

/** Before and after, as text. */
export function ActionDiff({ change }: { change: string }) {
  const [before, after] = change.split(' → ');
  if (after === undefined) return <strong>{change}</strong>;
  return (
    <span className="diff">
      <span className="before">{before}</span>
      <span aria-label="becomes">→</span>
      <span className="after">{after}</span>
    </span>
  );
}
