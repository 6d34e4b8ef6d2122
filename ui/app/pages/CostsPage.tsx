/** Where does the money go, and why did it change. */
import { useQuery } from '@tanstack/react-query';
import { costs } from '../api/queries';
import { Spark } from '../charts/Spark';
import { StackedDays } from '../charts/StackedDays';
import { TargetLink } from '../components/domain';
import * as format from '../format';
import { Loaded } from '../ui/Loaded';
import { Card, Choice, PageHead, PlainTable } from '../ui/parts';
import { csvPath } from '../address/path';
import { useSearchState } from '../address/search';

const BY: [string, string][] = [['workspace', 'workspace'], ['sku', 'SKU'], ['owner', 'owner'], ['tag', 'tag'], ['resource', 'resource']];

export function CostsPage() {
  const search = useSearchState();
  const asked = { from: search.one('from'), until: search.one('until'), by: search.one('by'), tag: search.one('tag'), workspace: search.all('workspace') };
  const query = useQuery(costs(asked));
  return (
    <Loaded query={query} height={640}>
      {(it) => (
        <>
          <PageHead title="Costs" lead={it.sentence} />
          <div className="filters">
            <label className="line"><span className="quiet small">From</span><input className="input" type="date" min={it.first_day} max={it.last_day} value={it.from} onChange={(one) => search.set({ from: one.target.value })} /></label>
            <label className="line"><span className="quiet small">to</span><input className="input" type="date" min={it.first_day} max={it.last_day} value={it.until} onChange={(one) => search.set({ until: one.target.value })} /></label>
            <Choice label="by" value={it.by} options={BY} onChange={(by) => search.set({ by: by === 'workspace' ? undefined : by, tag: undefined })} />
            {it.by === 'tag' && <Choice label="tag" value={asked.tag ?? it.tags[0] ?? ''} options={it.tags.map((one) => [one, one])} onChange={(tag) => search.set({ tag })} />}
            {(asked.from || asked.until) && <button type="button" className="button plain" onClick={() => search.set({ from: undefined, until: undefined })}>Whole window</button>}
          </div>
          <div className="grid">
            <Card className="w8"><StackedDays title="By day" summary="DBUs as billed, machines as modelled from node-minutes and list prices." days={it.days} height={240} /></Card>
            <Card className="w4" title="Billed against modelled" note="DBUs of classic compute">
              {it.reconciliation.length === 0 ? <p className="quiet">There is nothing to compare.</p> : (
                <PlainTable caption="Billed against modelled" head={[{ title: 'Workspace' }, { title: 'Billed', numeric: true }, { title: 'Modelled', numeric: true }, { title: 'Error', numeric: true }]} rows={it.reconciliation.map((one) => [one.workspace.name, format.usd(one.billed_usd), format.usd(one.modelled_usd), format.change(one.error)])} />
              )}
              {it.discounts.length > 0 && <p className="small quiet">Discounts: {it.discounts.join(', ')}</p>}
              {it.unpriced.length > 0 && (
                <div className="notice" style={{ marginTop: 12 }}>
                  <strong>{format.counted(it.unpriced.length, 'SKU')} without a price, in no sum</strong>
                  {it.unpriced.map((one) => <span key={`${one.sku}${one.cloud}`} className="small">{one.sku}: {format.number(one.quantity)} {one.unit}</span>)}
                </div>
              )}
            </Card>
            <Card title={`By ${BY.find((one) => one[0] === it.by)?.[1] ?? it.by}`} note={it.adds_up ? 'the groups add up to the bill' : it.by === 'tag' ? 'a record may have several tags or none: groups do not add up' : 'over the whole window'}>
              <PlainTable
                caption={`Costs by ${it.by}`}
                head={[{ title: 'Name' }, { title: 'DBUs, billed', numeric: true }, { title: 'Share', numeric: true }, { title: 'Machines, modelled', numeric: true }, { title: 'Before', numeric: true }, { title: 'Change', numeric: true }, { title: 'By day' }]}
                rows={it.groups.map((one) => [
                  one.target ? <TargetLink it={one.target} kind /> : one.label,
                  format.usd(one.dbu_usd),
                  format.percent(one.share),
                  one.vm_usd === null ? <span className="quiet">not known</span> : format.usd(one.vm_usd),
                  one.compared ? format.usd(one.compared.before_usd) : <span className="quiet">–</span>,
                  one.compared ? format.change(one.compared.change) : <span className="quiet">–</span>,
                  <Spark values={one.days} label={`DBU cost of ${one.label} by day`} />,
                ])}
              />
              {!it.compared && <p className="small quiet" style={{ marginTop: 8 }}>Choose at most half of the window to compare it with as many days before.</p>}
            </Card>
          </div>
          <p className="small"><a href={csvPath('/api/jobs', { workspace: asked.workspace })} download>Jobs as CSV</a> · <a href={csvPath('/api/clusters', { workspace: asked.workspace })} download>Clusters as CSV</a> · <a href={csvPath('/api/warehouses', { workspace: asked.workspace })} download>Warehouses as CSV</a></p>
        </>
      )}
    </Loaded>
  );
}
