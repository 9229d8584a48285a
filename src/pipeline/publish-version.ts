import type { Digest } from '../base/digest.ts'
import { ModelgateError } from '../base/error.ts'
import { oneLine } from '../base/escape.ts'
import type { RunRecord } from '../record/run-record.ts'
import type { StoredVersion, VersionList } from '../registry/model-registry.ts'
import type { ModelVersion } from '../registry/model-version.ts'
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
 * The version to publish a run as: the one that was asked for; else the one that this run, or the very same model, has already, be it a deprecated one;
 * else the next. Names in `lost` were taken by others since the list was read. Throws `registry/version-name`. Pure.
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
  const ofRun = versions.filter(({ record }) => record.run.id === run.id && record.state !== 'abandoned')
  const same = versions.filter(({ record }) => record.content === run.content)
  const known =
    ofRun.findLast(({ record }) => record.state !== 'deprecated') ??
    ofRun.at(-1) ??
    same.findLast(({ record }) => record.state === 'published') ??
    same.findLast(({ record }) => record.state === 'deprecated')
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

/** Throws `publish/deprecated` for a version that was taken out of use, or a run that made the very model of one. */
export function requireOpen({ model, version, state, why, run }: ModelVersion, runId: string): void {
  if (state !== 'deprecated') return
  const reason = why === undefined ? '' : `: ${oneLine(why).replace(/\.$/, '')}`
  throw new ModelgateError({
    code: 'publish/deprecated',
    message:
      run.id === runId
        ? `Version ${version} of ${model} is deprecated${reason}.`
        : `Run ${runId} made the very model of version ${version} of ${model}, which is deprecated${reason}.`,
    help: 'Publish the run as another version with --model-version (or the input `version`), if it is to be used again after all.',
  })
}

/** A run has one bundle under one version. Throws `publish/other-bundle` when what was made now is another. */
export function requireSameBundle(known: ModelVersion, bundle: Digest | undefined): void {
  if (known.bundle === bundle) return
  throw new ModelgateError({
    code: 'publish/other-bundle',
    message: `Run ${known.run.id} is version ${known.version} of ${known.model} with another bundle: it was signed, judged or described anew since.`,
    help: 'Name another version with --model-version (or the input `version`), or publish it as it was.',
  })
}
