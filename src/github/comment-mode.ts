import type { CommentPlan } from './comment.ts'

/** When a pull request gets a comment. */
export const commentModes = ['always', 'on-change', 'on-failure', 'recreate', 'off'] as const
export type CommentMode = (typeof commentModes)[number]

/**
 * What a mode does for this result; undefined for nothing. Where a result alone would not be worth a comment, one that exists is still
 * updated: it must not go on saying what is no longer so.
 */
export function planComment(
  mode: CommentMode,
  result: { blocked: boolean; changed: boolean },
): CommentPlan | undefined {
  switch (mode) {
    case 'off':
      return undefined
    case 'recreate':
      return 'recreate'
    case 'always':
      return 'upsert'
    case 'on-failure':
      return result.blocked ? 'upsert' : 'update'
    case 'on-change':
      return result.blocked || result.changed ? 'upsert' : 'update'
  }
}
