/** Knobs, detections, how scans go. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { advisors, setSetting, settings, status } from '../api/queries';
import type { Schemas } from '../api/types';
import * as format from '../format';
import { ErrorMessage, Loaded } from '../ui/Loaded';
import { Badge, Card, Facts, PageHead } from '../ui/parts';

type Setting = Schemas['Setting'];

const shown = (it: Setting['value']) => (Array.isArray(it) ? (it.length ? it.join(', ') : 'none') : format.number(it));

function Knob({ it, admin }: { it: Setting; admin: boolean }) {
  const queries = useQueryClient();
  const [text, setText] = useState<string | null>(null);
  const words = Array.isArray(it.value);
  const now = words ? (it.value as string[]).join(', ') : String(it.value);
  const save = useMutation({
    mutationFn: (value: string) => setSetting(it.id, words ? value.split(',').map((one) => one.trim()).filter(Boolean) : Number(value)),
    onSuccess: () => {
      setText(null);
      return queries.invalidateQueries();
    },
  });
  return (
    <form className="stack tight" style={{ padding: '12px 0', borderTop: '1px solid var(--line)' }} onSubmit={(event) => { event.preventDefault(); save.mutate(text ?? now); }}>
      <label className="stack tight">
        <strong>{it.title}</strong>
        <span className="quiet small">{it.why}</span>
        <span className="line">
          <input className="input" style={{ width: words ? 320 : 120 }} type={words ? 'text' : 'number'} step="any" min={it.least ?? undefined} max={it.most ?? undefined} value={text ?? now} disabled={!admin} title={admin ? undefined : 'Only administrators may change this'} onChange={(event) => setText(event.target.value)} />
          <span className="quiet small">{it.unit}{it.least !== null && `, ${it.least} to ${it.most}`}; usually {shown(it.default)}</span>
          {admin && text !== null && text !== now && <button className="button primary" disabled={save.isPending}>{save.isPending ? 'Judging anew…' : 'Save and judge anew'}</button>}
        </span>
      </label>
      {save.error && <ErrorMessage error={save.error} />}
    </form>
  );
}

export function SettingsPage() {
  const knobs = useQuery(settings);
  const all = useQuery(advisors);
  const state = useQuery(status);
  const admin = state.data?.role === 'admin';
  return (
    <>
      <PageHead title="Settings" lead="How advice is judged, and what is looked for. Secrets are never shown here, and nothing is ever written to Databricks." />
      <div className="grid">
        <Card className="w7" title="Knobs" note={admin ? 'a change judges everything anew' : 'read-only: you are signed in as a viewer'}>
          <Loaded query={knobs}>{(it) => <>{it.items.map((one) => <Knob key={one.id} it={one} admin={admin} />)}</>}</Loaded>
        </Card>
        <Card className="w5" title="Scans">
          <Loaded query={state} height={120}>
            {(it) => (
              <Facts
                items={[
                  ['By themselves', it.scan.schedule ? <code>{it.scan.schedule}</code> : 'no: start the server with --scan-at'],
                  ['Next', it.scan.next ? <span title={format.utc(it.scan.next)}>{format.instant(it.scan.next)}</span> : 'none is planned'],
                  ['Last', it.scan.last ? <>{format.instant(it.scan.last.at)}, {it.scan.last.ok ? 'went well' : `failed: ${it.scan.last.message}`}</> : 'none since the server began'],
                  ['Workspaces', it.scan.cannot ?? 'can be read'],
                ]}
              />
            )}
          </Loaded>
        </Card>
        <Card title="Detections" note="what each finds, and what came of it">
          <Loaded query={all}>
            {(it) => (
              <div>
                {it.items.map((one) => (
                  <details key={one.id} style={{ borderTop: '1px solid var(--line)', padding: '8px 0' }}>
                    <summary>
                      <span className="rank" style={{ minWidth: '3em' }}>{one.detection}</span>
                      {one.title}
                      {one.examined && <span className="quiet small"> · {one.examined.proposed} found, {one.examined.fine} fine, {one.examined.abstained} not judged</span>}
                    </summary>
                    <div className="stack" style={{ padding: '8px 0 8px 3em', maxWidth: '90ch' }}>
                      <Badge>{one.id}</Badge>
                      {one.sections.map((part) => <div key={part.heading}><h3>{part.heading}</h3><p>{part.text}</p></div>)}
                    </div>
                  </details>
                ))}
              </div>
            )}
          </Loaded>
        </Card>
      </div>
    </>
  );
}
