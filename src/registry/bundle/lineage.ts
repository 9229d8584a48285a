import type { Json } from '../../base/json.ts'
import type { BundledModel, BundleFacts } from './facts.ts'

/** lineage.json: what the model was made from, by digests, so that it can be found or made again. */
export function lineageOf({ model, version, record }: BundleFacts, { content }: BundledModel): Json {
  const { code, data, params, environment } = record.factors
  return {
    schema: 'modelgate/lineage@1',
    model: { name: model, version, content },
    run: { id: record.id, pipeline: record.project.name, startedAt: record.startedAt },
    source: record.source,
    code,
    data,
    params,
    environment: {
      digest: environment.digest,
      machine: environment.machine,
      dependencies: environment.dependencies,
      details: environment.details,
    },
    stages: record.stages.map(({ name, status, command, deps, outs }) => ({
      name,
      status,
      command,
      deps: digestsOf(deps),
      outs: digestsOf(outs),
    })),
    // JSON knows no absent values: those of the record are dropped by the writer.
  } as unknown as Json
}

function digestsOf(artifacts: Record<string, { digest: string }>): Record<string, string> {
  return Object.fromEntries(Object.entries(artifacts).map(([path, { digest }]) => [path, digest]))
}
