import { ModelgateError } from '../base/error.ts'
import type { TagStore } from '../refs/tag-store.ts'
import { type Mirrored, mirrorDeprecation, mirrorPromotion } from '../registry/mirror-tags.ts'
import type { StoredVersion } from '../registry/model-registry.ts'
import type { StoredPromotion } from '../registry/promotion.ts'

/** What is mirrored: a change of a stage, or the deprecation of a version. */
export type Mirrorable = { promotion: StoredPromotion } | { deprecation: StoredVersion }

/**
 * Mirrors to annotated tags. The record is in the registry already, so nothing that goes wrong here loses it: it becomes a sentence. `explain` puts an
 * error of the store into words.
 */
export async function mirror(
  open: () => Promise<TagStore & { close?(): Promise<void> }>,
  what: Mirrorable,
  explain: (error: unknown) => string = wordsOf,
): Promise<{ tags: string[]; notes: string[] }> {
  let store: Awaited<ReturnType<typeof open>> | undefined
  try {
    store = await open()
    const { tags, reason }: Mirrored =
      'promotion' in what
        ? await mirrorPromotion(store, what.promotion)
        : await mirrorDeprecation(store, what.deprecation)
    return { tags, notes: reason === undefined ? [] : [`No tag was made: ${reason}.`] }
  } catch (error) {
    return { tags: [], notes: [`No tag was made; the registry has the record all the same. ${explain(error)}`] }
  } finally {
    await store?.close?.()
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof ModelgateError) return [error.message, error.help ?? ''].join(' ').trim()
  return error instanceof Error ? error.message : String(error)
}
