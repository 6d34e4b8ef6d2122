/** What if: an interval against the number of workers, or minutes; the band is what is likely in four cases of five. */
import { scaleLinear } from 'd3-scale';
import type { Interval } from '../api/types';
import { Figure } from './Figure';
import { useWidth } from './size';

export interface CurveAt {
  x: number;
  value: Interval | null;
}

interface Props {
  title: string;
  summary?: string;
  axis: string;
  points: CurveAt[];
  now: number | null;
  chosen: number | null;
  onChoose: (x: number) => void;
  text: (it: number) => string;
  colour?: string;
}

export function Curve({ title, summary, axis, points, now, chosen, onChoose, text, colour = 'var(--c1)' }: Props) {
  const [place, width] = useWidth();
  const height = 190;
  const [left, bottom] = [64, 38];
  const known = points.filter((it): it is CurveAt & { value: Interval } => it.value !== null);
  const xs = points.map((it) => it.x);
  const x = scaleLinear([Math.min(...xs), Math.max(...xs)], [left + 10, width - 14]);
  const y = scaleLinear([0, Math.max(0.01, ...known.map((it) => it.value.high))], [height - bottom, 10]).nice(4);
  const path = (of: (it: Interval) => number) => known.map((it, at) => `${at ? 'L' : 'M'}${x(it.x)},${y(of(it.value))}`).join('');
  const back = [...known].reverse().map((it) => `L${x(it.x)},${y(it.value.low)}`).join('');
  const every = Math.max(1, Math.ceil(points.length / Math.max(2, Math.floor((width - left) / 34))));
  return (
    <Figure
      title={title}
      summary={summary}
      table={{
        head: [{ title: axis }, { title: 'Low', numeric: true }, { title: 'Likely', numeric: true }, { title: 'High', numeric: true }],
        rows: points.map((it) => [String(it.x), ...(it.value ? [text(it.value.low), text(it.value.likely), text(it.value.high)] : ['not known', '', ''])]),
      }}
    >
      <div className="plot" ref={place}>
        <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${title} against ${axis}. ${summary ?? ''}`}>
          {y.ticks(4).map((it) => (
            <g key={it} transform={`translate(0,${y(it)})`}>
              <line className="grid-line" x1={left} x2={width} />
              <text x={left - 8} dy="0.32em" textAnchor="end">{text(it)}</text>
            </g>
          ))}
          {known.length > 0 && <path d={`${path((it) => it.high)}${back}Z`} fill={colour} opacity={0.18} />}
          <path d={path((it) => it.likely)} fill="none" stroke={colour} strokeWidth={2} />
          {now !== null && <line x1={x(now)} x2={x(now)} y1={10} y2={height - bottom} stroke="var(--quiet)" strokeDasharray="4 3" />}
          {chosen !== null && <line x1={x(chosen)} x2={x(chosen)} y1={10} y2={height - bottom} stroke="var(--accent)" strokeWidth={2} />}
          {points.map((it, at) => (
            <g key={it.x} onClick={() => onChoose(it.x)} style={{ cursor: 'pointer' }}>
              <title>{`${it.x} ${axis}: ${it.value ? `${text(it.value.low)}–${text(it.value.high)}, likely ${text(it.value.likely)}` : 'not known'}`}</title>
              <rect x={x(it.x) - 10} y={0} width={20} height={height} fill="transparent" />
              {it.value && <circle cx={x(it.x)} cy={y(it.value.likely)} r={it.x === chosen ? 5 : 3} fill={colour} />}
              {(at % every === 0 || it.x === now || it.x === chosen) && (
                <text x={x(it.x)} y={height - bottom + 16} textAnchor="middle" fontWeight={it.x === chosen ? 700 : 400}>{it.x}</text>
              )}
            </g>
          ))}
          <text x={(left + width) / 2} y={height - 4} textAnchor="middle">{axis}</text>
        </svg>
      </div>
    </Figure>
  );
}
