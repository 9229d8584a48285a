import type { GithubContext } from '../github/context.ts'
import { explainApiError, isMissingPermission, type Permission, readOnlyReason } from '../github/permission.ts'
import { notice, warning } from './annotate.ts'
import { logLine } from './step.ts'

/** What did not come about, in a sentence; why; and the permission that it takes. */
type Refusal = { what: string; error: unknown; needs: Permission }

/**
 * What GitHub did not let a step do. Missing permissions are told together, in one annotation at the end of the step; everything else
 * at once. None of it changes what the step found out.
 */
export class Refusals {
  private readonly missing: Refusal[] = []
  private readonly context: GithubContext | undefined

  constructor(context: GithubContext | undefined) {
    this.context = context
  }

  add(refusal: Refusal): void {
    const { what, error, needs } = refusal
    if (isMissingPermission(error)) {
      logLine(`${what} The token may not.`)
      this.missing.push(refusal)
    } else {
      warning(`${what} ${explainApiError(error, needs)}`)
    }
  }

  /** To be called once, at the end. */
  tell(): void {
    const [first] = this.missing
    if (first === undefined) return
    const reason = this.context === undefined ? undefined : readOnlyReason(this.context)
    const what = [...new Set(this.missing.map((refusal) => refusal.what))].join(' ')
    const needs = [...new Set(this.missing.map((refusal) => refusal.needs))]
    // Forks cannot write by design, and a check is not what everybody wants: neither is worth a warning on every run.
    const annotate = reason === undefined && needs.includes('pull-requests: write') ? warning : notice
    annotate(`${what} ${explainApiError(first.error, needs, reason)}`)
  }
}
