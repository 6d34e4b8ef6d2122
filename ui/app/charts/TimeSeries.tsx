/** Values over time, up to a hundred thousand points: uPlot, wrapped once. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { minuteOf, number, tick } from '../format';
import { Figure } from './Figure';

export interface SeriesLine {
  label: string;
  values: (number | null)[];
  /** CSS variable, e.g. `--c1`. */
  colour?: string;
  /** Steps instead of slopes: counts. */
  stepped?: boolean;
  dashed?: boolean;
  fill?: boolean;
}

export interface Span {
  from: number;
  until: number;
}

interface Props {
  title: string;
  summary?: string;
  unit: string;
  /** Minutes since 1970, UTC. */
  start: number;
  step: number;
  lines: SeriesLine[];
  levels?: { label: string; value: number | null }[];
  /** Shaded, in minutes since 1970. */
  shaded?: Span[];
  height?: number;
  /** Charts with the same key share their cursor. */
  sync?: string;
  /** Largest value of the axis. */
  most?: number;
  /** Somebody drew a span. */
  onZoom?: (span: Span) => void;
}

const COLOURS = ['--c1', '--c2', '--c3', '--c4', '--c6', '--c5'];
const ROWS = 200;

const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function TimeSeries(props: Props) {
  const { title, summary, unit, start, step, lines, levels = [], height = 180, sync, most } = props;
  const place = useRef<HTMLDivElement>(null);
  const zoom = useRef(props.onZoom);
  zoom.current = props.onZoom;
  const shaded = useRef(props.shaded);
  shaded.current = props.shaded;
  const length = Math.max(0, ...lines.map((it) => it.values.length));

  useEffect(() => {
    const it = place.current;
    if (!it || length === 0) return;
    const x = Array.from({ length }, (_, at) => (start + at * step) * 60);
    const draw = () => {
      const text = css('--quiet');
      const line = css('--line');
      const plot = new uPlot(
        {
          width: it.clientWidth,
          height,
          tzDate: (at) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC'),
          legend: { live: true },
          cursor: { drag: { x: Boolean(zoom.current), y: false }, sync: sync ? { key: sync } : undefined },
          scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(most ?? 0, high ? high * 1.06 : 1, ...levels.map((one) => (one.value ?? 0) * 1.12))] } },
          axes: [
            { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line }, space: 64, values: (_, all, __, ___, step) => all.map((one) => tick(one, step)) },
            { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line }, size: 52, incrs: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000], values: (_, all) => all.map((one) => number(one)) },
          ],
          series: [
            { label: 'UTC', value: (_, at) => (at === null || at === undefined ? '' : minuteOf(at / 60)) },
            ...lines.map((one, at): uPlot.Series => {
              const colour = css(one.colour ?? COLOURS[at % COLOURS.length]!);
              return {
                label: one.label,
                stroke: colour,
                width: 1.5,
                dash: one.dashed ? [6, 4] : undefined,
                fill: one.fill ? `color-mix(in srgb, ${colour} 18%, transparent)` : undefined,
                paths: one.stepped ? uPlot.paths.stepped!({ align: 1 }) : undefined,
                points: { show: length < 40 },
                spanGaps: false,
                value: (_, value) => (value === null || value === undefined ? '' : `${number(value)} ${unit}`),
              };
            }),
          ],
          hooks: {
            drawClear: [
              (u) => {
                u.ctx.save();
                u.ctx.fillStyle = css('--warn-soft');
                for (const span of shaded.current ?? []) {
                  const from = Math.max(u.bbox.left, u.valToPos(span.from * 60, 'x', true));
                  const until = Math.min(u.bbox.left + u.bbox.width, u.valToPos(span.until * 60, 'x', true));
                  if (until > from) u.ctx.fillRect(from, u.bbox.top, until - from, u.bbox.height);
                }
                u.ctx.restore();
              },
            ],
            draw: [
              (u) => {
                u.ctx.save();
                u.ctx.strokeStyle = css('--text');
                u.ctx.fillStyle = css('--text');
                u.ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
                u.ctx.setLineDash([6, 4]);
                for (const level of levels) {
                  if (level.value === null) continue;
                  const y = u.valToPos(level.value, 'y', true);
                  u.ctx.beginPath();
                  u.ctx.moveTo(u.bbox.left, y);
                  u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
                  u.ctx.stroke();
                  u.ctx.fillText(level.label, u.bbox.left + 6, y - 4 * devicePixelRatio);
                }
                u.ctx.restore();
              },
            ],
            setSelect: [
              (u) => {
                if (u.select.width < 4) return;
                const from = Math.floor(u.posToVal(u.select.left, 'x') / 60);
                const until = Math.ceil(u.posToVal(u.select.left + u.select.width, 'x') / 60);
                zoom.current?.({ from, until });
              },
            ],
          },
        },
        [x, ...lines.map((one) => one.values)] as uPlot.AlignedData,
        it,
      );
      plot.over.setAttribute('aria-hidden', 'true');
      return plot;
    };
    let plot = draw();
    const again = () => {
      plot.destroy();
      plot = draw();
    };
    const size = new ResizeObserver(() => {
      if (it.clientWidth !== plot.width) plot.setSize({ width: it.clientWidth, height });
    });
    size.observe(it);
    // Colours are those of the theme: another theme, another drawing.
    const theme = new MutationObserver(again);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', again);
    return () => {
      size.disconnect();
      theme.disconnect();
      system.removeEventListener('change', again);
      plot.destroy();
    };
  }, [lines, levels, start, step, unit, height, sync, most, length]);

  const every = Math.max(1, Math.ceil(length / ROWS));
  const places = Array.from({ length: Math.ceil(length / every) }, (_, at) => at * every);
  return (
    <Figure
      title={title}
      summary={summary}
      table={{
        head: [{ title: 'Time (UTC)' }, ...lines.map((it) => ({ title: `${it.label}, ${unit}`, numeric: true }))],
        rows: places.map((at) => [minuteOf(start + at * step), ...lines.map((it) => number(it.values[at]))]),
        note: every > 1 ? `Every ${every}th of ${length} points; the API has all of them.` : undefined,
      }}
    >
      <div className="plot" ref={place} role="img" aria-label={`${title}. ${summary ?? ''}`} />
    </Figure>
  );
}
