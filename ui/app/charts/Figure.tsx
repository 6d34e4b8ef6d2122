/** What every chart has: a title, a sentence, a legend, and the same as a table. */
import { type ReactNode, useState } from 'react';
import { PlainTable } from '../ui/parts';

export interface AsTable {
  head: { title: string; numeric?: boolean }[];
  rows: ReactNode[][];
  /** Says so where the table leaves something out. */
  note?: string;
}

export interface LegendItem {
  label: string;
  /** CSS background. */
  mark: string;
}

export function Figure({ title, summary, legend, table, children }: { title: string; summary?: string; legend?: LegendItem[]; table?: AsTable; children: ReactNode }) {
  const [shown, setShown] = useState(false);
  return (
    <figure>
      <figcaption>
        <span>
          <span className="title">{title}</span>
          {summary && <span className="quiet small"> {summary}</span>}
        </span>
        {table && (
          <button type="button" className="button plain small" aria-pressed={shown} onClick={() => setShown(!shown)}>
            {shown ? 'Show as chart' : 'Show as table'}
          </button>
        )}
      </figcaption>
      {legend && !shown && (
        <div className="legend">
          {legend.map((it) => <span key={it.label}><i style={{ background: it.mark }} />{it.label}</span>)}
        </div>
      )}
      {shown && table ? (
        <>
          {table.note && <p className="quiet small">{table.note}</p>}
          <PlainTable caption={title} head={table.head} rows={table.rows} />
        </>
      ) : children}
    </figure>
  );
}

/** Diagonal lines on a colour: what was modelled and not billed. */
export const hatched = (colour: string) =>
  `repeating-linear-gradient(135deg, ${colour} 0 2px, color-mix(in srgb, ${colour} 35%, transparent) 2px 5px)`;
