import { basename } from 'node:path'

/** Whether code runs from dist/: all chunks of the bundle lie in one folder, and have names of this form. */
export function isBundled(here: string): boolean {
  return /^(?:\d+\.)?index\.js$/.test(basename(here))
}
