/** An interval on a scale that a whole list shares. */
import type { Interval } from '../api/types';
import { usd, usdInterval } from '../format';

export function IntervalBar({ it, most }: { it: Interval | null | undefined; most: number }) {
  if (!it || most <= 0) return null;
  const place = (value: number) => Math.max(0, Math.min(100, (value / most) * 100));
  return (
    <span className="interval" role="img" aria-label={`${usdInterval(it)}, likely ${usd(it.likely)}`}>
      <i style={{ left: `${place(it.low)}%`, width: `${Math.max(0.8, place(it.high) - place(it.low))}%` }} />
      <b style={{ left: `calc(${place(it.likely)}% - 1.5px)` }} />
    </span>
  );
}
