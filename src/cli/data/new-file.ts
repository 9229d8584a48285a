import { existsSync } from 'node:fs'
import { ModelgateError } from '../../base/error.ts'

/** A checks file is edited by hand: it must not be lost to a suggestion. Throws `cli/exists`. */
export function refuseExisting(path: string, shown: string): void {
  if (!existsSync(path)) return
  throw new ModelgateError({
    code: 'cli/exists',
    message: 'The file is there already, and may have been edited.',
    place: { file: shown },
    help: 'Name another file with --out, or remove this one.',
  })
}
