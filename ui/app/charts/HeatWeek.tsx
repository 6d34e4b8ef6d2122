/** One value per hour of the week, in cividis. */
import { number } from '../format';
import { Figure } from './Figure';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
// Cividis (Nuñez, Anderton and Renslow 2018): even to the eye, also to one that sees red and green alike.
const CIVIDIS = ['#00224e', '#123570', '#3b496c', '#575d6d', '#707173', '#8a8678', '#a59c74', '#c3b369', '#e1cc55', '#fee838'];

export function HeatWeek({ title, unit, hours }: { title: string; unit: string; hours: (number | null)[] }) {
  const most = Math.max(0.0001, ...hours.map((it) => it ?? 0));
  const colour = (it: number | null | undefined) =>
    it === null || it === undefined ? 'var(--sunken)' : CIVIDIS[Math.min(CIVIDIS.length - 1, Math.floor((it / most) * CIVIDIS.length))];
  return (
    <Figure
      title={title}
      summary={`From 0 (dark) to ${number(most)} ${unit} (bright); grey: not running. Hours are UTC.`}
      table={{
        head: [{ title: 'Hour' }, ...DAYS.map((it) => ({ title: it, numeric: true }))],
        rows: Array.from({ length: 24 }, (_, hour) => [`${hour}:00`, ...DAYS.map((_, at) => number(hours[at * 24 + hour]))]),
      }}
    >
      <div className="heat" role="img" aria-label={`${title}, ${unit}, by weekday and hour`}>
        <div className="label" />
        {Array.from({ length: 24 }, (_, hour) => <div key={hour} className="label">{hour % 6 === 0 ? hour : ''}</div>)}
        {DAYS.map((name, at) => [
          <div key={name} className="label">{name}</div>,
          ...Array.from({ length: 24 }, (_, hour) => {
            const value = hours[at * 24 + hour];
            return <div key={`${name}${hour}`} style={{ background: colour(value) }} title={`${name} ${hour}:00: ${number(value)} ${unit}`} />;
          }),
        ])}
      </div>
    </Figure>
  );
}
