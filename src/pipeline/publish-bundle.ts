import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { fileIn, readTextFile } from '../base/files.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { RunRecord } from '../record/run-record.ts'
import type { Bundle } from '../registry/bundle/bundle.ts'
import { manifestFileName, manifestSchema } from '../registry/bundle/manifest.ts'
import type { ModelVersion } from '../registry/model-version.ts'
import type { CheckedRun } from './checked-run.ts'
import { makeBundle } from './make-bundle.ts'
import type { PublishRequest } from './publish-request.ts'
import { prepareStateFolder } from './state-folder.ts'

/** A bundle on this machine, and the version as the registry is to keep it. */
export type MadeVersion = { bundle: Bundle; version: ModelVersion; remove(): Promise<void> }

/**
 * Makes the bundle of a run in the state folder, where it stays until it is published. The same run makes the same bytes, so that a later process goes on
 * with a bundle of its own. Throws the errors of `makeBundle`.
 */
export async function makeVersion(
  request: PublishRequest,
  { root }: LoadedConfig,
  version: string,
  checked: CheckedRun,
): Promise<MadeVersion> {
  const { workingDirectory, config, signer, signal, observer } = request
  observer.step('bundle')
  const folder = await newFolder(root)
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const { bundle, gate } = await makeBundle({
      workingDirectory,
      version,
      checked,
      signal,
      link: true,
      out: fileIn(folder, 'bundle'),
      ...(config === undefined ? {} : { config }),
      ...(signer === undefined ? {} : { signer }),
    })
    const text = await readTextFile(fileIn(bundle.folder, manifestFileName), { what: 'The manifest of the bundle' })
    const { content, signature, run: source } = manifestSchema.parse(JSON.parse(text))
    const record: ModelVersion = {
      schema: 'modelgate/model-version@1',
      model: bundle.model,
      version,
      state: 'staged',
      bundle: bundle.digest,
      content,
      run: { id: source.id, ...(source.commit === undefined ? {} : { commit: source.commit }) },
      gate,
      lineage: lineageOf(checked.evidence.record.factors),
      signature,
      channels: {},
      at: request.now.toISOString(),
      by: request.by,
    }
    return { bundle, version: record, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

function lineageOf({ data, params, environment }: RunRecord['factors']): NonNullable<ModelVersion['lineage']> {
  return {
    data: Object.fromEntries(Object.entries(data).map(([name, { digest }]) => [name, digest])),
    params: params.digest,
    environment: environment.digest,
  }
}

/** A folder of this process. Those of processes that are no more are removed: nobody else clears them away. */
async function newFolder(root: string): Promise<string> {
  const parent = fileIn(await prepareStateFolder(root), 'publish')
  await mkdir(parent, { recursive: true })
  for (const name of await readdir(parent)) {
    const pid = Number(/^(\d{1,10})-[0-9a-f]{12}$/.exec(name)?.[1])
    if (Number.isInteger(pid) && !isAlive(pid)) await rm(fileIn(parent, name), { recursive: true, force: true })
  }
  const folder = fileIn(parent, `${process.pid}-${randomBytes(6).toString('hex')}`)
  await mkdir(folder)
  return folder
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process is alive too.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
