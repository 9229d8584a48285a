import { ModelgateError } from '../base/error.ts'
import { prettyJson } from '../base/json.ts'
import type { ObjectId, StateStore } from '../refs/state-store.ts'
import { type ModelVersion, modelVersionSchema, type VersionState } from './model-version.ts'
import { type Held, heldIn, type ReadRefs, readRefs, recordsOf } from './record-file.ts'
import { checkedModelName, mendingHelp, modelOfRef, modelsPrefix, refOfVersion, versionFile } from './registry-refs.ts'
import { compareVersions, isVersionName, versionName } from './version-name.ts'

/** A version as its ref has it now. `id`: the commit, which the next change of it must start from. */
export type StoredVersion = { id: ObjectId; record: ModelVersion }

/** The versions of a model, oldest first, and the refs under its name that hold none that can be read, each with why. */
export type VersionList = {
  versions: readonly StoredVersion[]
  unreadable: readonly { version: string; problem: string }[]
}

/** What a version may become. A state may be written again with more in it, such as another channel that is done. */
const next: Record<VersionState, readonly VersionState[]> = {
  staged: ['staged', 'published', 'abandoned'],
  published: ['published', 'deprecated'],
  deprecated: ['deprecated'],
  abandoned: ['abandoned'],
}

/** The versions of the registered models of a repository. Each is a ref of its own, whose name nobody can take twice. */
export class ModelRegistry {
  readonly #store: StateStore

  constructor(store: StateStore) {
    this.#store = store
  }

  /** Names of the models that have versions, sorted. */
  async models(): Promise<string[]> {
    const refs = await this.#store.refs(modelsPrefix)
    return [...new Set([...refs.keys()].flatMap((ref) => modelOfRef(ref) ?? []))].sort()
  }

  /** Throws `registry/model-name`. A model that nobody published has no versions. */
  async versions(model: string): Promise<VersionList> {
    const prefix = `${modelsPrefix}${checkedModelName(model)}/`
    return versionsAmong(await readRefs(this.#store, prefix), model)
  }

  /** Undefined when there is no such version. Throws `registry/version-name`, and `registry/unreadable` when its ref holds something else. */
  async version(model: string, version: string): Promise<StoredVersion | undefined> {
    const name = versionName(version)
    const ref = refOfVersion(checkedModelName(model), name)
    const id = (await this.#store.refs(ref)).get(ref)
    return id === undefined ? undefined : await this.#read(id, model, name)
  }

  /**
   * Takes the name of a version for a bundle. When the name is taken by the same bundle, its record as it is now is given back, so that a publication
   * that died goes on (`resumed`). Throws `registry/other-content` when it holds another one, and `registry/abandoned` when it was given up.
   */
  async reserve(record: ModelVersion): Promise<StoredVersion & { outcome: 'reserved' | 'resumed' }> {
    const checked = checkedRecord({ ...record, state: 'staged' })
    const ref = refOfVersion(checked.model, checked.version)
    const id = await this.#commit(checked, [])
    const update = await this.#store.update([{ ref, from: null, to: id }])
    if (update.outcome === 'done') return { outcome: 'reserved', id, record: checked }
    const there = update.current.get(ref)
    if (there === undefined) throw changed(checked)
    const stored = await this.#read(there, checked.model, checked.version)
    requireSame(stored.record, checked)
    return { outcome: 'resumed', ...stored }
  }

  /** Throws what `reserve` throws of a name that is taken, and takes none. */
  async requireFree(record: ModelVersion): Promise<void> {
    const stored = await this.version(record.model, record.version)
    if (stored !== undefined) requireSame(stored.record, record)
  }

  /**
   * Writes the next state of a version that was read before. Throws `registry/changed` when somebody else wrote meanwhile, and
   * `registry/transition` for what a version cannot become; model, version, bundle, content and run never change.
   */
  async advance(stored: StoredVersion, record: ModelVersion): Promise<StoredVersion> {
    const checked = checkedRecord(record)
    checkTransition(stored.record, checked)
    const ref = refOfVersion(checked.model, checked.version)
    const id = await this.#commit(checked, [stored.id])
    const update = await this.#store.update([{ ref, from: stored.id, to: id }])
    if (update.outcome === 'stale') throw changed(checked)
    return { id, record: checked }
  }

  async #read(id: ObjectId, model: string, version: string): Promise<StoredVersion> {
    const [held] = await recordsOf(this.#store, await this.#store.commits([id]), versionFile, modelVersionSchema)
    return readableVersion(held, model, version)
  }

  async #commit(record: ModelVersion, parents: readonly ObjectId[]): Promise<ObjectId> {
    return await this.#store.commit({
      files: new Map([[versionFile, { content: prettyJson(record) }]]),
      parents,
      message: `${record.model} ${record.version} is ${record.state}\n`,
      time: record.at,
    })
  }
}

/** The versions of a model among the refs that were read. */
export function versionsAmong(refs: ReadRefs, model: string): VersionList {
  const prefix = `${modelsPrefix}${model}/`
  const versions: StoredVersion[] = []
  const unreadable: { version: string; problem: string }[] = []
  const found = [...refs]
    .filter(([ref]) => ref.startsWith(prefix))
    .map(([ref, at]) => ({ version: ref.slice(prefix.length), at }))
  for (const { version, at } of found.sort((a, b) => compareVersions(a.version, b.version))) {
    const held = at && heldIn(at, versionFile, modelVersionSchema)
    const problem = problemOf(held, model, version)
    if (problem !== undefined) unreadable.push({ version, problem })
    else if (held !== undefined && 'record' in held) versions.push({ id: held.commit.id, record: held.record })
  }
  return { versions, unreadable }
}

/** What the ref of a version holds. Throws `registry/unreadable` when that is something else. */
export function readableVersion(held: Held<ModelVersion> | undefined, model: string, version: string): StoredVersion {
  const problem = problemOf(held, model, version)
  if (held !== undefined && 'record' in held && problem === undefined)
    return { id: held.commit.id, record: held.record }
  throw new ModelgateError({
    code: 'registry/unreadable',
    message: `The ref of version ${version} of ${model} ${problem}.`,
    help: mendingHelp(refOfVersion(model, version), held !== undefined),
  })
}

/** Throws `registry/other-content` and `registry/abandoned`. */
function requireSame(there: ModelVersion, checked: ModelVersion): void {
  if (there.bundle !== checked.bundle) {
    throw new ModelgateError({
      code: 'registry/other-content',
      message: `Version ${checked.version} of ${checked.model} already holds different content.`,
      help: 'A version never changes: publish under another number.',
    })
  }
  if (there.state === 'abandoned') {
    throw new ModelgateError({
      code: 'registry/abandoned',
      message: `Version ${checked.version} of ${checked.model} was abandoned, and its number is used up.`,
      help: 'Publish under another number.',
    })
  }
}

/** Why what a ref holds is not the version that it is named for. */
function problemOf(
  held: { record: ModelVersion } | { problem: string } | undefined,
  model: string,
  version: string,
): string | undefined {
  if (held === undefined) return 'points to no commit'
  if ('problem' in held) return held.problem
  if (!isVersionName(version)) return 'has a name that is none of a version'
  const named = held.record.model === model && held.record.version === version
  return named ? undefined : 'holds the record of another version'
}

function checkedRecord(record: ModelVersion): ModelVersion {
  return modelVersionSchema.parse({
    ...record,
    model: checkedModelName(record.model),
    version: versionName(record.version),
  })
}

const fixed = ['model', 'version', 'bundle', 'content'] as const

function checkTransition(from: ModelVersion, to: ModelVersion): void {
  const other = fixed.find((key) => from[key] !== to[key]) ?? (from.run.id === to.run.id ? undefined : 'run')
  const problem =
    other !== undefined
      ? `cannot change its ${other}`
      : next[from.state].includes(to.state)
        ? undefined
        : `is ${from.state} and cannot become ${to.state}`
  if (problem === undefined) return
  throw new ModelgateError({
    code: 'registry/transition',
    message: `Version ${from.version} of ${from.model} ${problem}.`,
    help: 'A version goes from staged to published to deprecated, or is abandoned before it is published.',
  })
}

function changed({ model, version }: ModelVersion): ModelgateError {
  return new ModelgateError({
    code: 'registry/changed',
    message: `Somebody else changed version ${version} of ${model} at the same time.`,
    help: 'Nothing was overwritten. Run the command again: it goes on from what is there now.',
  })
}
