import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { NamedChannel } from '../../src/pipeline/open-channels.ts'
import type { PublishObserver, PublishRequest } from '../../src/pipeline/publish-request.ts'
import type { StateStore } from '../../src/refs/state-store.ts'

/** A safetensors file of one tensor of bytes. */
export function safetensors(values: string): string {
  const header = JSON.stringify({ w: { dtype: 'U8', shape: [values.length], data_offsets: [0, values.length] } })
  return `${String.fromCharCode(header.length)}${'\0'.repeat(7)}${header}${values}`
}

/** The model of these tests: what the real scan calls safe. */
export const modelFiles = { 'weights/weights.bin': safetensors('0123456789'), 'weights/tokens/a b ü.txt': 'one\ntwo\n' }

export function silentObserver(heard: string[] = []): PublishObserver & { heard: string[] } {
  return {
    heard,
    step: (name, channel) => heard.push(channel === undefined ? name : `${name} ${channel}`),
    bytes: () => {},
  }
}

export function publishRequest(
  folder: string,
  run: string,
  store: StateStore,
  channels: readonly NamedChannel[],
  given: Partial<PublishRequest> = {},
): PublishRequest {
  return {
    workingDirectory: folder,
    run,
    store,
    by: 'lea',
    now: new Date('2026-03-01T12:00:00Z'),
    signal: new AbortController().signal,
    observer: silentObserver(),
    openChannels: async () => [...channels],
    ...given,
  }
}

/** An empty folder that is removed after the test. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-publish-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

export function bareRepository(): string {
  const folder = join(scratch(), 'remote.git')
  execFileSync('git', ['init', '--quiet', '--bare', folder])
  return folder
}
