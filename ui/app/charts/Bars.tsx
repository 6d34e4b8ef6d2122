/** Amounts by name, side by side. */
import { Figure } from './Figure';

export interface Bar {
  label: string;
  value: number | null;
}

export function Bars({ title, summary, bars, text }: { title: string; summary?: string; bars: Bar[]; text: (it: number | null) => string }) {
  const most = Math.max(0.0001, ...bars.map((it) => it.value ?? 0));
  return (
    <Figure title={title} summary={summary} table={{ head: [{ title: 'Name' }, { title: 'Amount', numeric: true }], rows: bars.map((it) => [it.label, text(it.value)]) }}>
      <div className="stack tight" role="img" aria-label={`${title}: ${bars.map((it) => `${it.label} ${text(it.value)}`).join(', ')}`}>
        {bars.map((it, at) => (
          <div key={at} className="line" style={{ flexWrap: 'nowrap' }}>
            <span className="small" style={{ width: 110, flex: 'none', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>{it.label}</span>
            <span style={{ flex: 1, background: 'var(--sunken)', borderRadius: 3, height: 12 }}>
              <span style={{ display: 'block', width: `${((it.value ?? 0) / most) * 100}%`, background: 'var(--c1)', height: 12, borderRadius: 3 }} />
            </span>
            <span className="small nowrap" style={{ minWidth: 64, textAlign: 'right' }}>{text(it.value)}</span>
          </div>
        ))}
      </div>
    </Figure>
  );
}
