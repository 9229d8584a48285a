import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { uploadSessions } from '../../src/pipeline/upload-sessions.ts'
import { scratch } from './publish.ts'

test('uploads under way are kept by repository and digest, and a broken file is none', async () => {
  const file = join(scratch(), 'uploads.json')
  const one = uploadSessions(file, 'ghcr.io/acme/one')
  await Promise.all(['a', 'b', 'c'].map((digest) => one.set(digest, `https://ghcr.io/${digest}`)))
  const later = uploadSessions(file, 'ghcr.io/acme/one')
  expect(await Promise.all(['a', 'b', 'c', 'd'].map((digest) => later.get(digest)))).toEqual([
    'https://ghcr.io/a',
    'https://ghcr.io/b',
    'https://ghcr.io/c',
    undefined,
  ])
  expect(await uploadSessions(file, 'ghcr.io/acme/two').get('a')).toBeUndefined()
  await later.set('a', undefined)
  expect(await later.get('a')).toBeUndefined()
  for (let index = 0; index < 60; index += 1) await later.set(`many-${index}`, 'https://ghcr.io/x')
  expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')))).toHaveLength(50)
  writeFileSync(file, '[broken')
  expect(await later.get('b')).toBeUndefined()
})
