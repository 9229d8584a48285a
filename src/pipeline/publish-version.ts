import type { Digest } from '../base/digest.ts'
import type { RunRecord } from '../record/run-record.ts'
import type { StoredVersion, VersionList } from '../registry/model-registry.ts'
import { nextVersion, type VersionBump, type VersionScheme, versionName } from '../registry/version-name.ts'

export type VersionWish = {
  /** As the user named it. */
  version?: string
  bump?: VersionBump
  scheme: VersionScheme
  now: Date
}

/** `known`: the version is there already, for this run or with this very model. */
export type ChosenVersion = { version: string; known?: StoredVersion }

/**
 * The version to publish a run as: the one that was asked for; else the one that this run, or the very same model, has already; else the next.
 * Names in `lost` were taken by others since the list was read. Throws `registry/version-name`. Pure.
 */
export function chooseVersion(
  { versions, unreadable }: VersionList,
  run: { id: string; content: Digest | undefined },
  { version, bump, scheme, now }: VersionWish,
  lost: readonly string[] = [],
): ChosenVersion {
  if (version !== undefined) {
    const name = versionName(version)
    const known = versions.find(({ record }) => record.version === name && record.run.id === run.id)
    return { version: name, ...(known === undefined ? {} : { known }) }
  }
  const free = versions.filter(({ record }) => !lost.includes(record.version) && record.state !== 'abandoned')
  const known =
    free.findLast(({ record }) => record.run.id === run.id) ??
    free.findLast(({ record }) => record.state === 'published' && record.content === run.content)
  // Also where a part to grow by is given: a workflow that gives one may be run again.
  if (known !== undefined) return { version: known.record.version, known }
  const taken = [...versions.map(({ record }) => record.version), ...unreadable.map((each) => each.version), ...lost]
  return { version: nextVersion(taken, scheme, bump ?? 'patch', now) }
}

/** Digest of the model as a run recorded it; undefined where the run recorded only a folder around it. */
export function contentOf(record: RunRecord, path: string): Digest | undefined {
  const plain = path.replace(/\/+$/, '')
  const outs = record.stages.flatMap((stage) => (stage.status === 'succeeded' ? Object.values(stage.outs) : []))
  return outs.find((out) => out.path.replace(/\/+$/, '') === plain)?.digest as Digest | undefined
}
