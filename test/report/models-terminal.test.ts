import { expect, test } from 'vitest'
import { renderModel } from '../../src/report/models-terminal.ts'
import { modelVersion } from '../registry/versions.ts'

test('models show has every place whole, and the reason of a deprecation by itself', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  const location = `ghcr.io/acme/a-name-that-is-long/and-one-more-that-is-too/churn@${digest}`
  const why = `${'leaks '.repeat(30)}and so on`
  const record = modelVersion('1.0.0', {
    state: 'deprecated',
    why,
    channels: {
      registry: { channel: 'oci', state: 'published', location, digest },
      release: { channel: 'github-release', state: 'pending' },
    },
  })
  const versions = { versions: [{ id: '1'.repeat(40), record }], unreadable: [] }
  const stages = { stages: [], unreadable: [] }
  expect(renderModel({ model: 'churn', versions, stages }, false).split('\n')).toEqual([
    'churn: 1 version',
    '',
    'version  state       stage  verdict  since (UTC)',
    '1.0.0    deprecated         pass     2026-11-23 10:00',
    `  because: ${why}`,
    `  registry: ${location}`,
    '  release: pending',
    '',
  ])
})
