import { prettyJson } from '../base/json.ts'
import type { AnnotatedTag, TagStore } from '../refs/tag-store.ts'
import {
  assignTag,
  deregisterTag,
  hasGtoName,
  newestOfStage,
  nextNumber,
  registerTag,
  unassignTag,
} from './gto-tags.ts'
import type { StoredVersion } from './model-registry.ts'
import type { StoredPromotion } from './promotion.ts'

/**
 * A copy of the registry in annotated tags, for people and for DVC. The truth stays in the refs: a copy that is missing, or doubled because two
 * looked at the same time, misleads nobody who reads those.
 */

/** Names of the tags that were made, or why there are none. */
export type Mirrored = { tags: string[]; reason?: string }

/** Numbers that somebody else may take first. */
const tries = 5

/**
 * Mirrors a change of a stage, and the version that it puts there. Once: a repeated call finds its own tag by the id of the record in it. Rejects with what
 * the store says.
 */
export async function mirrorPromotion(store: TagStore, { id, record }: StoredPromotion): Promise<Mirrored> {
  const { model, stage, version, action, why, run } = record
  const target = run.commit
  const reason = whyNot(model, target)
  if (target === undefined || reason !== undefined) return { tags: [], reason: reason ?? '' }
  const there = new Map([...(await store.list(`${model}@`)), ...(await store.list(`${model}#`))])
  const newest = newestOfStage(there.keys(), model, stage)
  const newestId = there.get(newest ?? '')
  const said = newest === undefined || newestId === undefined ? undefined : await store.message(newestId, newest)
  if (said?.includes(recordLine(id)) === true) return { tags: [] }
  const registered = action === 'unassign' ? undefined : registerTag(model, version)
  const made: string[] = []
  const time = record.when
  if (registered !== undefined && !there.has(registered)) {
    const message = `Version ${version} of ${model}\n\nbundle: ${record.bundle}\n`
    if ((await store.create({ name: registered, target, message, time })) === 'created') made.push(registered)
  }
  const subject =
    action === 'unassign'
      ? `Take ${model} ${version} out of ${stage}`
      : `${action === 'rollback' ? 'Roll back' : 'Promote'} ${model} to ${version} in ${stage}`
  const message = `${subject}\n\n${why}\n\n${recordLine(id)}\n\n${prettyJson(record)}`
  const name = await numbered(store, there.keys(), (number) => ({
    name: action === 'unassign' ? unassignTag(model, stage, number) : assignTag(model, stage, number),
    target,
    message,
    time,
  }))
  return { tags: [...made, ...name] }
}

/** Mirrors a deprecation. Rejects with what the store says. */
export async function mirrorDeprecation(store: TagStore, { id, record }: StoredVersion): Promise<Mirrored> {
  const { model, version, run, why = '', at } = record
  const target = run.commit
  const registered = registerTag(model, version)
  const reason = whyNot(model, target) ?? (registered === undefined ? `GTO knows no version ${version}` : undefined)
  if (target === undefined || registered === undefined || reason !== undefined)
    return { tags: [], reason: reason ?? '' }
  const there = await store.list(`${model}@`)
  // What was never registered there need not be taken back.
  if (!there.has(registered) || [...there.keys()].some((tag) => tag.startsWith(`${registered}!`))) return { tags: [] }
  const all = [...there.keys(), ...(await store.list(`${model}#`)).keys()]
  const message = `Deprecate version ${version} of ${model}\n\n${why}\n\n${recordLine(id)}\n`
  const tags = await numbered(store, all, (number) => ({
    name: deregisterTag(model, version, number) ?? '',
    target,
    message,
    time: at,
  }))
  return { tags }
}

/** Makes a tag with the next number that nobody took. */
async function numbered(
  store: TagStore,
  taken: Iterable<string>,
  tagOf: (number: number) => AnnotatedTag,
): Promise<string[]> {
  const first = nextNumber(taken)
  for (let number = first; number < first + tries; number += 1) {
    const tag = tagOf(number)
    if ((await store.create(tag)) === 'created') return [tag.name]
  }
  return []
}

function whyNot(model: string, commit: string | undefined): string | undefined {
  if (!hasGtoName(model)) return `GTO knows no names such as ${model}`
  return commit === undefined ? 'the run was made outside version control' : undefined
}

function recordLine(id: string): string {
  return `modelgate-record: ${id}`
}
