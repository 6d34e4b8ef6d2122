/** Rows of spans on the hours of a day. */
import { timeOfDay } from '../format';
import { Figure } from './Figure';
import { useWidth } from './size';

export interface GanttRow {
  label: string;
  spans: { from: number; until: number; bad?: boolean }[];
  colour?: string;
  href?: string;
}

export function Gantt({ title, summary, rows, from = 0, until = 1440 }: { title: string; summary?: string; rows: GanttRow[]; from?: number; until?: number }) {
  const [place, width] = useWidth();
  const left = width < 480 ? 110 : 200;
  const height = 22;
  const top = 20;
  const x = (it: number) => left + ((it - from) / Math.max(1, until - from)) * (width - left - 8);
  const step = width < 480 ? 360 : 180;
  const hours = Array.from({ length: Math.floor((until - from) / step) + 1 }, (_, at) => from + at * step);
  const letters = Math.floor(left / 7);
  return (
    <Figure
      title={title}
      summary={summary}
      table={{
        head: [{ title: 'Name' }, { title: 'From–until (UTC)' }],
        rows: rows.map((it) => [it.label, it.spans.map((span) => `${timeOfDay(span.from)}–${timeOfDay(span.until)}`).join(', ')]),
      }}
    >
      <div className="plot" ref={place}>
        <svg viewBox={`0 0 ${width} ${top + rows.length * height + 4}`} role="img" aria-label={`${title}. ${summary ?? ''}`}>
          {hours.map((it) => (
            <g key={it} transform={`translate(${x(it)},0)`}>
              <line className="grid-line" y1={top - 4} y2={top + rows.length * height} />
              <text y={12} textAnchor="middle">{timeOfDay(((it % 1440) + 1440) % 1440)}</text>
            </g>
          ))}
          {rows.map((row, at) => (
            <g key={at} transform={`translate(0,${top + at * height})`}>
              <title>{`${row.label}: ${row.spans.map((it) => `${timeOfDay(it.from)}–${timeOfDay(it.until)}`).join(', ')}`}</title>
              <text x={0} y={height / 2} dy="0.32em">{row.label.length > letters ? `${row.label.slice(0, letters - 1)}…` : row.label}</text>
              {row.spans.map((it, of) => (
                <rect key={of} x={x(it.from)} y={4} width={Math.max(2, x(it.until) - x(it.from))} height={height - 8} rx={2} fill={it.bad ? 'var(--bad)' : (row.colour ?? 'var(--c1)')} />
              ))}
            </g>
          ))}
        </svg>
      </div>
    </Figure>
  );
}
