import { oneLine, truncate } from '../../../base/escape.ts'
import { isObject } from '../../../base/json.ts'
import { denied, noRoom, unreachable } from '../channel-error.ts'

/** An answer of a registry, with its body read. */
export type OciAnswer = { status: number; headers: Record<string, string | undefined>; url: URL; body: Buffer }

/** Words for what a registry says when there is no room; Harbor says it with 403, others with 412, 413 or 507. */
const quotaWords = /quota|storage limit|no space|insufficient storage|too large|exceed/i

/** The codes and messages in the body of a refusal: `[{code: "DENIED", message: "..."}]`. Not escaped, but on one line and cut. */
export function registryErrors({ body }: OciAnswer): { code: string; message: string }[] {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    const errors = isObject(parsed) && Array.isArray(parsed.errors) ? parsed.errors.filter(isObject) : []
    return errors.slice(0, 5).map(({ code, message }) => ({
      code: typeof code === 'string' ? truncate(oneLine(code), 60) : '',
      message: typeof message === 'string' ? truncate(oneLine(message), 200) : '',
    }))
  } catch {
    return []
  }
}

/** The error of a registry that refused for good. `name`: the channel in words; `registry`: its host. */
export function refusalOf(name: string, registry: string, answer: OciAnswer): Error {
  const errors = registryErrors(answer)
  const said = errors.map(({ code, message }) => [code, message].filter((part) => part !== '').join(': ')).join('; ')
  const problem = said === '' ? `status ${answer.status}` : `status ${answer.status}, ${said}`
  const full =
    [413, 507].includes(answer.status) || ([400, 403, 412, 429].includes(answer.status) && quotaWords.test(said))
  if (full) return noRoom(name, problem)
  if (answer.status === 401 || answer.status === 403 || answer.status === 404)
    return denied(name, problem, loginHelp(registry))
  return unreachable(name, problem)
}

export function loginHelp(registry: string): string {
  return registry === 'ghcr.io'
    ? 'Give the job `permissions: packages: write` and let the package be written by this repository; elsewhere set MODELGATE_OCI_USERNAME and MODELGATE_OCI_PASSWORD.'
    : 'Log in with `docker login`, or set MODELGATE_OCI_USERNAME and MODELGATE_OCI_PASSWORD to an account that may push there.'
}
