import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/**
 * The folder of a bundle of the probes, built as the build does it. That takes a while: of all files of a run of the tests the first one that asks has it
 * built, and the others wait.
 */
export async function probeBundle(): Promise<string> {
  const folder = join(process.env.MODELGATE_TEST_RUN ?? mkdtempSync(join(tmpdir(), 'modelgate-probes-')), 'probes')
  const [out, ended] = [join(folder, 'dist'), join(folder, 'ended')]
  try {
    mkdirSync(folder)
  } catch {
    while (!existsSync(ended)) await sleep(50)
    if (!existsSync(join(out, 'index.js'))) throw new Error('another file of tests could not build the probes')
    return out
  }
  try {
    const build = join(import.meta.dirname, 'build-probe.ts')
    await promisify(execFile)(process.execPath, [build, join(folder, 'lib'), out])
  } finally {
    writeFileSync(ended, '')
  }
  return out
}
