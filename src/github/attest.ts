import { ModelgateError } from '../base/error.ts'
import type { Bundle } from '../registry/bundle/bundle.ts'
import { claimsOf, type SigstoreInstance, signWithIdentity } from '../registry/signature/sigstore-signer.ts'
import { statementType } from '../registry/signature/statement.ts'
import type { Client } from './client.ts'
import { identityToken, mayIdentify } from './identity-token.ts'
import { explainApiError, type ReadOnlyReason } from './permission.ts'
import type { RepositoryName } from './stored-artifact.ts'

export type AttestRequest = {
  bundle: Bundle
  /** More that was published, such as the manifest in a registry: its name, and its digest. */
  published?: readonly { name: string; digest: string }[]
  client: Client
  where: RepositoryName
  instance: SigstoreInstance
  env: NodeJS.ProcessEnv
  fetch?: typeof globalThis.fetch
  /** Hears the identity token, before anything else does. */
  mask(secret: string): void
  reason?: ReadOnlyReason | false
}

export type Attested =
  | { state: 'attested'; id: number | undefined; url: string | undefined }
  /** Nobody granted it: nothing was tried. */
  | { state: 'not-granted'; explanation: string }
  /** With the line to add, where one is missing. */
  | { state: 'failed'; explanation: string }

/** What GitHub takes in one attestation. */
const mostSubjects = 1024

const missing =
  'No attestation: the job lacks `id-token: write` and `attestations: write` under `permissions:` in the workflow file.'

/**
 * Attests which workflow made a bundle (SLSA build provenance) and stores that with the repository, for `gh attestation verify`. Never throws: whether a missing
 * attestation is a failure is for the caller to say.
 */
export async function attestBundle(request: AttestRequest): Promise<Attested> {
  const { client, where, env, instance, reason } = request
  if (!mayIdentify(env)) return { state: 'not-granted', explanation: missing }
  const options = { mask: request.mask, ...(request.fetch === undefined ? {} : { fetch: request.fetch }) }
  try {
    const token = await identityToken(env, 'sigstore', options)
    const statement = provenance(subjectsOf(request), claimsOf(token), env.GITHUB_SERVER_URL ?? 'https://github.com')
    const bundle = JSON.parse(
      await signWithIdentity(Buffer.from(JSON.stringify(statement)), {
        instance,
        identity: async () => token,
        ...(request.fetch === undefined ? {} : { fetch: request.fetch }),
      }),
    )
    const answer = await client.request('POST /repos/{owner}/{repo}/attestations', { ...where, bundle })
    const { id } = answer.data
    const server = env.GITHUB_SERVER_URL ?? 'https://github.com'
    const url = id === undefined ? undefined : `${server}/${where.owner}/${where.repo}/attestations/${id}`
    return { state: 'attested', id, url }
  } catch (error) {
    const explanation =
      error instanceof ModelgateError
        ? `No attestation: ${error.message} ${error.help ?? ''}`.trim()
        : `No attestation. ${explainApiError(error, 'attestations: write', reason)}`
    return { state: 'failed', explanation }
  }
}

type Subject = { name: string; digest: { sha256: string } }

/** The manifest, which stands for the bundle, the files of the model, and what was published. */
function subjectsOf({ bundle, published = [] }: AttestRequest): Subject[] {
  const named = bundle.files.filter(({ role }) => role === 'manifest' || role === 'weights' || role === 'config')
  const subject = (name: string, digest: string): Subject => ({
    name,
    digest: { sha256: digest.replace(/^sha256:/, '') },
  })
  const prefix = `${bundle.model}-${bundle.version}`
  return [
    ...published.map(({ name, digest }) => subject(name, digest)),
    ...named
      .sort((a, b) => Number(b.role === 'manifest') - Number(a.role === 'manifest'))
      .map(({ path, digest }) => subject(`${prefix}/${path}`, digest)),
  ].slice(0, mostSubjects)
}

/** An in-toto statement with SLSA provenance v1, of the build type that GitHub has for workflows. */
function provenance(subject: Subject[], claims: Record<string, unknown>, server: string): object {
  const text = (name: string): string => String(claims[name] ?? '')
  const [path = '', ref = ''] = text('workflow_ref')
    .replace(`${text('repository')}/`, '')
    .split('@')
  const repository = `${server}/${text('repository')}`
  return {
    _type: statementType,
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters: { workflow: { ref, repository, path } },
        internalParameters: {
          github: {
            event_name: text('event_name'),
            repository_id: text('repository_id'),
            repository_owner_id: text('repository_owner_id'),
            runner_environment: text('runner_environment'),
          },
        },
        resolvedDependencies: [{ uri: `git+${repository}@${text('ref')}`, digest: { gitCommit: text('sha') } }],
      },
      runDetails: {
        builder: { id: `${server}/${text('job_workflow_ref')}` },
        metadata: { invocationId: `${repository}/actions/runs/${text('run_id')}/attempts/${text('run_attempt')}` },
      },
    },
  }
}
