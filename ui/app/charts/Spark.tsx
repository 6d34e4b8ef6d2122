const tenth = (it: number) => Math.round(it * 10) / 10;

/** A line of a few values, beside a number. */
export function Spark({ values, label }: { values: (number | null)[]; label: string }) {
  const known = values.filter((it): it is number => it !== null);
  if (known.length < 2) return null;
  const [width, height] = [96, 24];
  const most = Math.max(...known) || 1;
  const x = (at: number) => (at / (values.length - 1)) * (width - 4) + 2;
  const y = (it: number) => height - 2 - (it / most) * (height - 4);
  const parts: string[] = [];
  values.forEach((it, at) => {
    if (it !== null) parts.push(`${parts.length === 0 || values[at - 1] === null ? 'M' : 'L'}${tenth(x(at))},${tenth(y(it))}`);
  });
  return (
    <svg width={width} height={height} role="img" aria-label={label}>
      <path d={parts.join('')} fill="none" stroke="var(--c1)" strokeWidth={1.5} />
    </svg>
  );
}
