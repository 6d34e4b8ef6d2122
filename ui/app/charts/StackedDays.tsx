/** Amounts by day: what was billed as full bars, what was modelled hatched on top. */
import { scaleLinear } from 'd3-scale';
import { day, fullDay, usd, usdShort } from '../format';
import { Figure, hatched } from './Figure';
import { useWidth } from './size';

export interface DayAmount {
  day: string;
  dbu_usd: number;
  vm_usd: number | null;
}

export function StackedDays({ title, summary, days, height = 200 }: { title: string; summary?: string; days: DayAmount[]; height?: number }) {
  const [place, width] = useWidth();
  const left = 48;
  const bottom = 24;
  const most = Math.max(1, ...days.map((it) => it.dbu_usd + (it.vm_usd ?? 0)));
  const y = scaleLinear([0, most], [height - bottom, 8]).nice(4);
  const step = (width - left) / Math.max(1, days.length);
  const bar = Math.max(1, step - Math.min(4, step * 0.25));
  const every = Math.ceil(days.length / Math.max(2, Math.floor((width - left) / 64)));
  return (
    <Figure
      title={title}
      summary={summary}
      legend={days.every((it) => it.vm_usd === null) ? undefined : [{ label: 'DBUs, billed', mark: 'var(--c1)' }, { label: 'machines, modelled', mark: hatched('var(--c2)') }]}
      table={{
        head: [{ title: 'Day (UTC)' }, { title: 'DBUs, billed', numeric: true }, { title: 'Machines, modelled', numeric: true }],
        rows: days.map((it) => [fullDay(it.day), usd(it.dbu_usd), usd(it.vm_usd)]),
      }}
    >
      <div className="plot" ref={place}>
        <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${title}. ${summary ?? ''}`}>
          <defs>
            <pattern id="hatch-days" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect width="5" height="5" fill="var(--c2)" opacity="0.35" />
              <rect width="2" height="5" fill="var(--c2)" />
            </pattern>
          </defs>
          {y.ticks(4).map((it) => (
            <g key={it} transform={`translate(0,${y(it)})`}>
              <line className="grid-line" x1={left} x2={width} />
              <text x={left - 8} dy="0.32em" textAnchor="end">{usdShort(it)}</text>
            </g>
          ))}
          {days.map((it, at) => {
            const x = left + at * step + (step - bar) / 2;
            const billed = y(0) - y(it.dbu_usd);
            const modelled = y(0) - y(it.vm_usd ?? 0);
            return (
              <g key={it.day}>
                <title>{`${fullDay(it.day)}: DBUs ${usd(it.dbu_usd)}, machines ${usd(it.vm_usd)}`}</title>
                <rect x={x} y={8} width={bar} height={height - bottom - 8} fill="transparent" />
                <rect x={x} y={y(0) - billed} width={bar} height={Math.max(0, billed)} fill="var(--c1)" />
                <rect x={x} y={y(0) - billed - modelled} width={bar} height={Math.max(0, modelled)} fill="url(#hatch-days)" />
                {at % every === 0 && <text x={x + bar / 2} y={height - 6} textAnchor="middle">{day(it.day)}</text>}
              </g>
            );
          })}
        </svg>
      </div>
    </Figure>
  );
}
