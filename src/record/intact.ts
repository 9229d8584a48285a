import { dirname } from 'node:path'
import { digestOfFile } from '../base/digest.ts'
import { resolveInside } from '../base/files.ts'
import type { RunRecord } from './run-record.ts'

/**
 * What of the predictions beside a record is not there as it was recorded, in words; undefined when all is: a baseline without them is found
 * out before anything is measured.
 */
export async function findDamage({ record, file }: { record: RunRecord; file: string }): Promise<string | undefined> {
  for (const { path, digest } of record.predictions) {
    const whole = resolveInside(dirname(file), path)
    const seen = whole === undefined ? undefined : await digestOfFile(whole).catch(() => undefined)
    if (seen !== digest) return `its predictions are ${seen === undefined ? 'missing' : 'not those that it recorded'}`
  }
  return undefined
}
