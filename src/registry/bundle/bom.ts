import { type Digest, digestOfBytes } from '../../base/digest.ts'
import type { Json } from '../../base/json.ts'
import { version as toolVersion } from '../../base/version.ts'
import type { MeasuredMetric } from '../gate-summary.ts'
import type { BundledModel, BundleFacts } from './facts.ts'
import { combinedFacts } from './manifest.ts'

/**
 * bom.cdx.json: a CycloneDX 1.6 bill of materials with the model, its files, the data that it saw and the lists of packages that it was made
 * with. The number of the document follows from the model, so that equal inputs give equal bytes.
 */
export function bomOf(facts: BundleFacts, bundled: BundledModel): Json {
  const { model, version, record, license } = facts
  const data = Object.entries(record.factors.data).map(([name, { path, digest }]) => ({
    type: 'data',
    'bom-ref': `data:${name}`,
    name,
    hashes: hashes(digest),
    data: [{ type: 'dataset', name }],
    properties: [property('path', path)],
  }))
  const files = bundled.files.map(({ path, digest, format }) => ({
    type: 'file',
    'bom-ref': `file:${path}`,
    name: path,
    hashes: hashes(digest),
    properties: [property('format', format)],
  }))
  const dependencies = Object.entries(record.factors.environment.dependencies).map(([path, digest]) => ({
    type: 'file',
    'bom-ref': `dependencies:${path}`,
    name: path,
    hashes: hashes(digest),
  }))
  const { commit, branch } = record.source ?? {}
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: serialNumber(`${model}@${version}:${bundled.content}:${record.id}`),
    version: 1,
    metadata: {
      timestamp: record.startedAt,
      tools: { components: [{ type: 'application', name: 'modelgate', version: toolVersion }] },
      component: {
        type: 'machine-learning-model',
        'bom-ref': 'model',
        name: model,
        version,
        hashes: hashes(bundled.content),
        ...(license === undefined ? {} : { licenses: [{ license: { name: license } }] }),
        modelCard: modelCard(facts, bundled),
        properties: [
          property('run', record.id),
          property('verdict', facts.gate.verdict),
          property('scan', bundled.scan.verdict),
          ...(commit === undefined ? [] : [property('commit', commit)]),
          ...(branch === undefined ? [] : [property('branch', branch)]),
        ],
      },
    },
    components: [...files, ...data, ...dependencies],
    dependencies: [
      { ref: 'model', dependsOn: [...files, ...data, ...dependencies].map((component) => component['bom-ref']) },
    ],
  } as unknown as Json
}

function modelCard(facts: BundleFacts, { scan }: BundledModel): Record<string, unknown> {
  const { inputs = [], outputs = [] } = combinedFacts(scan)
  const format = (tensor: { name: string; dtype: string; shape: readonly (string | number)[] }): object => ({
    format: `${tensor.name}: ${tensor.dtype}[${tensor.shape.join(', ')}]`,
  })
  return {
    modelParameters: {
      task: facts.task,
      datasets: Object.keys(facts.record.factors.data).map((name) => ({ ref: `data:${name}` })),
      ...(inputs.length === 0 ? {} : { inputs: inputs.map(format) }),
      ...(outputs.length === 0 ? {} : { outputs: outputs.map(format) }),
    },
    quantitativeAnalysis: { performanceMetrics: facts.gate.metrics.map(performanceMetric) },
  }
}

/** The schema wants numbers as texts. */
function performanceMetric({ name, value, low, high, slice }: MeasuredMetric): Record<string, unknown> {
  return {
    type: name,
    value: String(value),
    ...(slice === undefined ? {} : { slice }),
    ...(low === undefined || high === undefined
      ? {}
      : { confidenceInterval: { lowerBound: String(low), upperBound: String(high) } }),
  }
}

function hashes(digest: string): object[] {
  return [{ alg: 'SHA-256', content: digest.replace(/^sha256:/, '') }]
}

function property(name: string, value: string): { name: string; value: string } {
  return { name: `modelgate:${name}`, value }
}

/** A UUID of version 8 (RFC 9562: bits of one's own) from a digest. */
function serialNumber(text: string): string {
  const digest: Digest = digestOfBytes(text)
  const hex = digest.slice('sha256:'.length)
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16)
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
