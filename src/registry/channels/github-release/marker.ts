import { escapeMarkdown } from '../../../base/escape.ts'
import type { Bundle } from '../../bundle/bundle.ts'

/** A hidden line at the end of the notes of a release: which bundle it holds. */
const marker = /<!-- modelgate:release (sha256:[0-9a-f]{64}) -->\s*$/

/** The notes of a release. `summary` is text of others'. */
export function notesOf(bundle: Bundle): string {
  return `${escapeMarkdown(bundle.summary)}\n\nBundle \`${bundle.digest}\`. \`modelgate-assets.json\` says which asset is which file.\n\n<!-- modelgate:release ${bundle.digest} -->\n`
}

/** Digest of the bundle that a release was made for; undefined for one that is not ours. */
export function bundleIn(notes: string): string | undefined {
  return marker.exec(notes)?.[1]
}
