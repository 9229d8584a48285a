import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { digestOfBytes } from '../../../src/base/digest.ts'
import { type Attested, attestBundle } from '../../../src/github/attest.ts'
import { createClient } from '../../../src/github/client.ts'
import { identityToken } from '../../../src/github/identity-token.ts'
import { instanceFor } from '../../../src/github/sigstore-instance.ts'
import type { Bundle } from '../../../src/registry/bundle/bundle.ts'
import { verifyBundle } from '../../../src/registry/bundle/verify-bundle.ts'
import {
  type SigstoreInstance,
  signWithIdentity,
  sigstoreSigner,
} from '../../../src/registry/signature/sigstore-signer.ts'
import { statementOf } from '../../../src/registry/signature/statement.ts'
import { type Bed, makeBed, target } from '../../github/bed/bed.ts'
import { temporaryFolder, writeFiles } from '../../record/temporary-repository.ts'
import { SigstoreServer, subject } from './sigstore-server.ts'

let server: SigstoreServer
beforeAll(async () => {
  server = await SigstoreServer.start()
})
beforeEach(() => {
  server.requests.length = 0
  server.faults.clear()
})
afterAll(() => server.close())

const logged = (): SigstoreInstance => ({ fulcio: server.url, rekor: server.url })
const stamped = (): SigstoreInstance => ({ fulcio: server.url, timestamps: server.url })
const identity = (): Promise<string> => identityToken(server.env, 'sigstore')
const statement = statementOf('model', [{ path: 'a', digest: digestOfBytes('a') }], 'model.sig')

describe('a signature by the identity of a workflow', () => {
  it("holds for Sigstore's own verifier, with the log and with a time stamp", async () => {
    for (const [instance, isLogged] of [
      [logged(), true],
      [stamped(), false],
    ] as const) {
      const bundle = await signWithIdentity(statement, { instance, identity })
      expect(server.verify(bundle, isLogged)).toBe(subject)
      const changed = JSON.parse(bundle)
      changed.dsseEnvelope.payload = Buffer.from('{}').toString('base64')
      expect(() => server.verify(JSON.stringify(changed), isLogged)).toThrow()
    }
    expect(server.calls).toEqual([
      '/token',
      '/api/v2/signingCert',
      '/api/v1/log/entries',
      '/token',
      '/api/v2/signingCert',
      '/api/v1/timestamp',
    ])
  })

  it('is read by modelgate verify, which says that it does not know whether the certificate is genuine', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, { a: 'a', 'model.sig': await sigstoreSigner({ instance: logged(), identity }).sign(statement) })
    const found = await verifyBundle({ path: folder })
    expect(found).toMatchObject({ holds: true, signature: { method: 'sigstore', state: 'not-checked' } })
    expect(found.signature.explanation).toContain(subject)
    writeFiles(folder, { a: 'b' })
    expect((await verifyBundle({ path: folder })).problems).toMatchObject([{ file: 'a', problem: 'changed' }])
  })

  it('is tried again after a server error, and fails with a sentence that holds no token', async () => {
    server.faults.set('/api/v2/signingCert', [503])
    expect(server.verify(await signWithIdentity(statement, { instance: logged(), identity }), true)).toBe(subject)
    server.faults.set('/api/v1/log/entries', [400])
    const failure = await signWithIdentity(statement, { instance: logged(), identity }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'signature/service', kind: 'tool' })
    expect(server.calls.filter((path) => path === '/api/v1/log/entries')).toHaveLength(2)
    const bad = await signWithIdentity(statement, {
      instance: logged(),
      identity: async () => 'sekrit.sekrit.sekrit',
    }).catch((error: unknown) => error)
    expect(bad).toMatchObject({ code: 'signature/identity' })
    expect(JSON.stringify([failure, bad, String(bad)])).not.toMatch(/sekrit|secret-signature/)
  })

  it('goes to the public instance for public repositories only', () => {
    expect(instanceFor('public', 'https://github.com').rekor).toBe('https://rekor.sigstore.dev')
    for (const visibility of ['private', 'internal', undefined]) {
      expect(instanceFor(visibility, 'https://github.com')).toEqual({
        fulcio: 'https://fulcio.githubapp.com',
        timestamps: 'https://timestamp.githubapp.com',
      })
    }
    expect(instanceFor('private', 'https://octo.ghe.com').fulcio).toBe('https://fulcio.octo.ghe.com')
  })
})

describe('an attestation', () => {
  const bundle: Bundle = {
    folder: '/nowhere',
    model: 'iris',
    version: '1.4.0',
    digest: digestOfBytes('manifest'),
    time: '2026-11-22T00:00:00.000Z',
    summary: '',
    files: [
      { path: 'README.md', bytes: 1, digest: digestOfBytes('card'), mediaType: '', role: 'card' },
      { path: 'model/w.bin', bytes: 1, digest: digestOfBytes('w'), mediaType: '', role: 'weights' },
      { path: 'model-manifest.json', bytes: 1, digest: digestOfBytes('manifest'), mediaType: '', role: 'manifest' },
    ],
  }
  const masked: string[] = []
  let bed: Bed
  beforeAll(async () => {
    bed = await makeBed()
  })
  afterAll(() => bed.server.close())
  const attest = async (env: NodeJS.ProcessEnv = server.env, token = 'job'): Promise<Attested> =>
    await attestBundle({
      bundle,
      published: [{ name: 'ghcr.io/octo/iris', digest: digestOfBytes('oci') }],
      client: await createClient({ token, apiUrl: bed.server.url, retryPause: 1 }),
      where: target,
      instance: stamped(),
      env,
      mask: (secret) => masked.push(secret),
      reason: false,
    })

  it('says which workflow made what, and is stored with the repository', async () => {
    const attested = await attest()
    const [stored] = bed.repository.attestations
    expect(attested).toEqual({
      state: 'attested',
      id: stored?.id,
      url: `https://github.com/octo/income/attestations/${stored?.id}`,
    })
    const signed = stored?.bundle as { dsseEnvelope: { payload: string } }
    expect(server.verify(JSON.stringify(signed), false)).toBe(subject)
    const {
      subject: subjects,
      predicate,
      predicateType,
    } = JSON.parse(Buffer.from(signed.dsseEnvelope.payload, 'base64').toString())
    expect(subjects).toEqual([
      { name: 'ghcr.io/octo/iris', digest: { sha256: digestOfBytes('oci').slice(7) } },
      { name: 'iris-1.4.0/model-manifest.json', digest: { sha256: bundle.digest.slice(7) } },
      { name: join('iris-1.4.0', 'model/w.bin'), digest: { sha256: digestOfBytes('w').slice(7) } },
    ])
    expect(predicateType).toBe('https://slsa.dev/provenance/v1')
    expect(predicate).toMatchObject({
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters: {
          workflow: {
            ref: 'refs/heads/main',
            repository: 'https://github.com/octo/iris',
            path: '.github/workflows/publish.yml',
          },
        },
        resolvedDependencies: [
          { uri: 'git+https://github.com/octo/iris@refs/heads/main', digest: { gitCommit: 'a'.repeat(40) } },
        ],
      },
      runDetails: { metadata: { invocationId: 'https://github.com/octo/iris/actions/runs/5/attempts/1' } },
    })
    expect(masked[0]).toContain('secret-signature')
  })

  it('is not tried where nobody granted it', async () => {
    expect(await attest({})).toEqual({
      state: 'not-granted',
      explanation: expect.stringContaining('`id-token: write` and `attestations: write`'),
    })
    expect(server.requests).toEqual([])
  })

  it('fails with the line to add, and is not sent twice', async () => {
    const refused = await attest(server.env, 'bare')
    expect(refused).toMatchObject({ state: 'failed', explanation: expect.stringContaining('`attestations: write`') })
    server.faults.set('/token', [403])
    expect(await attest()).toMatchObject({ state: 'failed', explanation: expect.stringContaining('id-token: write') })
    bed.server.requests.length = 0
    const path = /\/attestations$/
    bed.server.faults.push({ method: 'POST', path, timing: 'after', answer: { status: 502, message: 'Bad gateway' } })
    expect(await attest()).toMatchObject({ state: 'failed' })
    expect(bed.server.requests.filter((request) => path.test(request.path))).toHaveLength(1)
    expect(bed.repository.attestations).toHaveLength(2)
  })
})
