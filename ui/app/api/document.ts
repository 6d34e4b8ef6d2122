/** The OpenAPI document, as far as a page for people needs it. */
import { ApiError } from './client';

interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  parameters?: { name: string; in: string; description?: string }[];
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
}

interface Raw {
  openapi: string;
  info: { description: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const named = (it: Schema | undefined): string => it?.$ref?.split('/').at(-1) ?? '';

function kind(it: Schema): string {
  if (it.$ref) return named(it);
  const some = it.anyOf ?? it.oneOf;
  if (some) return some.map(kind).join(' or ');
  const type = Array.isArray(it.type) ? it.type.join(' or ') : (it.type ?? 'anything');
  return it.items ? `list of ${kind(it.items)}` : type;
}

/** Operations in the order of the document, each with the fields of its answer. */
export async function openapi() {
  const response = await fetch('/api/openapi.json');
  if (!response.ok) throw new ApiError(response.status, 'unreadable', 'the API’s document cannot be read', null);
  const raw = (await response.json()) as Raw;
  const operations = Object.entries(raw.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, it]) => {
      const success = Object.entries(it.responses).find(([status]) => status.startsWith('2'))?.[1];
      const schema = success?.content?.['application/json']?.schema;
      const answer = named(schema);
      const fields = Object.entries(raw.components.schemas[answer]?.properties ?? schema?.properties ?? {});
      return {
        operationId: it.operationId,
        method: method.toUpperCase(),
        path,
        summary: it.summary,
        tags: it.tags,
        parameters: (it.parameters ?? []).map((one) => ({ name: one.name, in: one.in, description: one.description ?? '' })),
        answer,
        fields: fields.map(([name, one]) => ({ name, type: kind(one), description: one.description ?? '' })),
      };
    }),
  );
  return { openapi: raw.openapi, info: raw.info, tags: raw.tags, operations };
}
