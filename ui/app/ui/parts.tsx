/** Small parts that know nothing of the domain. */
import { type ReactNode, useState } from 'react';

export function Card({ title, note, children, flush, className = '' }: { title?: ReactNode; note?: ReactNode; children: ReactNode; flush?: boolean; className?: string }) {
  return (
    <section className={`card ${flush ? 'flush' : ''} ${className}`}>
      {title !== undefined && (
        <div className="card-head">
          <h2>{title}</h2>
          {note !== undefined && <div className="quiet small">{note}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

export function PageHead({ title, lead, crumbs, tools }: { title: ReactNode; lead?: ReactNode; crumbs?: ReactNode; tools?: ReactNode }) {
  return (
    <div className="page-head">
      {crumbs !== undefined && <nav aria-label="Where this page is" className="crumbs">{crumbs}</nav>}
      <div className="row">
        <h1>{title}</h1>
        {tools}
      </div>
      {lead !== undefined && <p className="lead">{lead}</p>}
    </div>
  );
}

export function Badge({ tone, children, title }: { tone?: 'good' | 'warn' | 'bad'; children: ReactNode; title?: string }) {
  return <span className={`badge ${tone ?? ''}`} title={title}>{children}</span>;
}

export function Skeleton({ height }: { height: number }) {
  return (
    <div role="status">
      <span className="sr">Loading</span>
      <div className="skeleton" style={{ height }} />
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

export function Copyable({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <div className="stack tight">
      <pre className="copyable" tabIndex={0} aria-label="Text to copy">{text}</pre>
      <div><button type="button" className="button" onClick={copy}>{copied ? 'Copied' : 'Copy'}</button></div>
    </div>
  );
}

export function Facts({ items }: { items: [ReactNode, ReactNode][] }) {
  return (
    <dl className="facts-list">
      {items.map(([name, value], at) => (
        <div key={at} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A table that is small enough to be there whole. */
export function PlainTable({ caption, head, rows }: { caption: string; head: { title: string; numeric?: boolean }[]; rows: ReactNode[][] }) {
  return (
    <div className="table-wrap" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption className="sr">{caption}</caption>
        <thead>
          <tr>{head.map((it) => <th key={it.title} scope="col" className={it.numeric ? 'num' : undefined}>{it.title}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>{cells.map((cell, at) => <td key={at} className={head[at]?.numeric ? 'num' : undefined}>{cell}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Links that choose what a part of the page shows; the choice is in the address. */
export function Choice({ label, value, options, onChange }: { label: string; value: string; options: [string, string][]; onChange: (it: string) => void }) {
  return (
    <label className="line">
      <span className="quiet small">{label}</span>
      <select className="select" value={value} onChange={(it) => onChange(it.target.value)}>
        {options.map(([key, text]) => <option key={key} value={key}>{text}</option>)}
      </select>
    </label>
  );
}
