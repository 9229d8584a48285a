import { ModelgateError } from '../base/error.ts'

/** The job's own OpenID Connect token: who asks for a signature. GitHub gives it to jobs with `id-token: write`. */

/** True where the job may ask for one. */
export function mayIdentify(env: NodeJS.ProcessEnv): boolean {
  return (env.ACTIONS_ID_TOKEN_REQUEST_URL ?? '') !== '' && (env.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? '') !== ''
}

/** A token for an audience. `mask` hears it before anything else, so that no log shows it. Throws `github/identity`. */
export async function identityToken(
  env: NodeJS.ProcessEnv,
  audience: string,
  {
    fetch = globalThis.fetch,
    mask = (): void => {},
  }: { fetch?: typeof globalThis.fetch; mask?(secret: string): void } = {},
): Promise<string> {
  const refused = (problem: string): ModelgateError =>
    new ModelgateError({
      code: 'github/identity',
      message: `GitHub gave no identity token: ${problem}.`,
      help: 'Give the job `id-token: write` under `permissions:`. Pull requests from forks never have it.',
    })
  if (!mayIdentify(env)) throw refused('the job may not ask for one')
  const url = new URL(env.ACTIONS_ID_TOKEN_REQUEST_URL ?? '')
  url.searchParams.set('audience', audience)
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${env.ACTIONS_ID_TOKEN_REQUEST_TOKEN}`, accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(20_000),
  }).catch(() => undefined)
  if (answer === undefined) throw refused('it cannot be reached')
  if (!answer.ok) throw refused(`it answered ${answer.status}`)
  const body: unknown = await answer.json().catch(() => undefined)
  const value = typeof body === 'object' && body !== null && 'value' in body ? body.value : undefined
  if (typeof value !== 'string' || value === '') throw refused('its answer holds none')
  mask(value)
  return value
}
