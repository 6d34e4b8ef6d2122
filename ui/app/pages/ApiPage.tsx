/** What the API answers, from its own document. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { openapi } from '../api/document';
import { Loaded } from '../ui/Loaded';
import { Badge, Card, PageHead, PlainTable } from '../ui/parts';

const document = queryOptions({ queryKey: ['openapi'], queryFn: openapi, staleTime: Number.POSITIVE_INFINITY });

export function ApiPage() {
  const query = useQuery(document);
  return (
    <Loaded query={query} height={640}>
      {(it) => (
        <>
          <PageHead title="API" lead={<>Everything on these pages is an answer of this API. Its document for programs, OpenAPI {it.openapi}: <a href="/api/openapi.json">/api/openapi.json</a></>} />
          {it.info.description.split('\n\n').map((one) => <p key={one} style={{ maxWidth: '110ch' }}>{one.replaceAll('`', '')}</p>)}
          {it.tags.map((tag) => (
            <Card key={tag.name} title={tag.name}>
              {it.operations.filter((one) => one.tags.includes(tag.name)).map((one) => (
                <details key={one.operationId} style={{ borderTop: '1px solid var(--line)', padding: '8px 0' }}>
                  <summary><Badge>{one.method}</Badge> <code>{one.path}</code> <span className="quiet">{one.summary}</span></summary>
                  <div className="stack" style={{ padding: '8px 0' }}>
                    {one.parameters.length > 0 && <PlainTable caption={`Parameters of ${one.operationId}`} head={[{ title: 'Parameter' }, { title: 'In' }, { title: 'What' }]} rows={one.parameters.map((parameter) => [<code>{parameter.name}</code>, parameter.in, parameter.description])} />}
                    {one.fields.length > 0 && <PlainTable caption={`Answer of ${one.operationId}`} head={[{ title: `Answer: ${one.answer}` }, { title: 'Type' }, { title: 'What' }]} rows={one.fields.map((field) => [<code>{field.name}</code>, field.type, field.description])} />}
                  </div>
                </details>
              ))}
            </Card>
          ))}
        </>
      )}
    </Loaded>
  );
}
