import type { RefUpdate, StateStore } from '../../src/refs/state-store.ts'
import type { GateSummary } from '../../src/registry/gate-summary.ts'
import { ModelRegistry } from '../../src/registry/model-registry.ts'
import type { ModelVersion } from '../../src/registry/model-version.ts'
import { promotionOf, type StoredPromotion, type Who } from '../../src/registry/promotion.ts'
import { gateSummary, modelVersion } from './versions.ts'

export const who: Who = { actor: 'ada', approvers: ['bob'], via: 'token' }
export const now = new Date('2026-11-23T12:00:00.000Z')

/** A passed verdict against the run of a version, which is `run-<version>`. */
export function against(version: string): GateSummary {
  return gateSummary({ comparedWith: { run: `run-${version}` } })
}

/** Publishes a version, compared with the run of `base`. */
export async function publish(
  store: StateStore,
  version: string,
  base?: string,
  changes: Partial<ModelVersion> = {},
): Promise<ModelVersion> {
  const registry = new ModelRegistry(store)
  const gate = base === undefined ? gateSummary() : against(base)
  const reserved = await registry.reserve(modelVersion(version, { gate, ...changes }))
  return (await registry.advance(reserved, { ...reserved.record, state: 'published' })).record
}

/** The same for several at once, all compared with `base`, as if each had been published by itself. */
export async function publishAll(
  store: StateStore,
  versions: readonly string[],
  base?: string,
  commit = '1'.repeat(40),
): Promise<void> {
  const updates: RefUpdate[] = []
  for (const version of versions) {
    const gate = base === undefined ? gateSummary() : against(base)
    const content = JSON.stringify(
      modelVersion(version, { gate, state: 'published', run: { id: `run-${version}`, commit } }),
    )
    const files = new Map([['version.json', { content }]])
    const to = await store.commit({ files, parents: [], message: version, time: now.toISOString() })
    updates.push({ ref: `refs/modelgate/models/churn/${version}`, from: null, to })
  }
  await store.update(updates)
}

/** A history, newest first, from steps such as `promote 1.0.0` in the order in which they happened. */
export function historyOf(...steps: string[]): StoredPromotion[] {
  const history: StoredPromotion[] = []
  for (const [index, step] of steps.entries()) {
    const [action, version = ''] = step.split(' ') as ['promote' | 'rollback' | 'unassign' | 'deprecate', string]
    const facts = { stage: 'production', action, who, when: now.toISOString(), why: 'because', previous: history[0] }
    history.unshift({
      id: String(index).padStart(40, '0'),
      record: promotionOf({ ...facts, version: modelVersion(version) }),
    })
  }
  return history
}
