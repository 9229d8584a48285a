import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bundleFromJSON } from '@sigstore/bundle'
import { fulcioHandler, initializeCA, initializeCTLog, initializeTLog, initializeTSA, tsaHandler } from '@sigstore/mock'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'

/** Fulcio, Rekor, a time-stamping authority, and what GitHub has for them, on the loopback: with Sigstore's own doubles behind them. */
export class SigstoreServer {
  readonly requests: { path: string; body: Record<string, never>; authorization: string | undefined }[] = []
  /** Answers in the place of the usual ones, by path. */
  readonly faults = new Map<string, number[]>()
  readonly #server: Server
  readonly #root: TrustedRoot

  private constructor(server: Server, root: TrustedRoot) {
    this.#server = server
    this.#root = root
  }

  static async start(): Promise<SigstoreServer> {
    const keys = (): ReturnType<typeof pair> => pair()
    const [fulcioKeys, logKeys, ctKeys, tsaKeys] = [keys(), keys(), keys(), keys()]
    // Whole seconds: the double writes some fractions in a form that the verifier cannot read. And a little ahead: its root certificates count from
    // when they are made, which may be in the next second.
    const clock = new Date((Math.floor(Date.now() / 1000) + 5) * 1000)
    const ctlog = await initializeCTLog(ctKeys, clock)
    const ca = await initializeCA(fulcioKeys, ctlog, clock)
    const tlog = await initializeTLog('https://rekor.sigstore.dev', logKeys, clock)
    const tsa = await initializeTSA(tsaKeys, clock)
    const fulcio = fulcioHandler(ca, { strict: true })
    const timestamps = tsaHandler(tsa, { strict: true })
    let self: SigstoreServer | undefined
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', async () => {
        const path = new URL(request.url ?? '', 'http://x').pathname
        const text = Buffer.concat(chunks).toString()
        self?.requests.push({
          path,
          body: text === '' ? {} : JSON.parse(text),
          authorization: request.headers.authorization,
        })
        const fault = self?.faults.get(path)?.shift()
        if (fault !== undefined) {
          response.writeHead(fault, { 'content-type': 'application/json' })
          response.end('{"message": "Resource not accessible by integration"}')
        } else if (path === '/token') {
          const audience = new URL(request.url ?? '', 'http://x').searchParams.get('audience')
          response.end(JSON.stringify({ value: token({ aud: audience }) }))
        } else {
          const handled =
            path === fulcio.path
              ? possesses(JSON.parse(text))
                ? await fulcio.fn(text)
                : { statusCode: 400, response: 'The proof of possession is not right.' }
              : path === timestamps.path
                ? await timestamps.fn(text)
                : { statusCode: 201, response: JSON.stringify(await tlog.log(canonical(JSON.parse(text)))) }
          response.writeHead(handled.statusCode, { 'content-type': 'application/json' })
          response.end(
            typeof handled.response === 'string' ? handled.response : Buffer.from(handled.response as Uint8Array),
          )
        }
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const validFor = { start: '2020-01-01T00:00:00Z' }
    const der = (view: ArrayBufferView): { rawBytes: string } => ({
      rawBytes: Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64'),
    })
    const key = (bytes: Buffer): object => ({
      publicKey: { rawBytes: bytes.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
      hashAlgorithm: 'SHA2_256',
    })
    const root = TrustedRoot.fromJSON({
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      certificateAuthorities: [{ certChain: { certificates: [der(ca.rootCertificate)] }, validFor }],
      ctlogs: [{ ...key(ctlog.publicKey), logId: { keyId: der(ctlog.logID).rawBytes } }],
      tlogs: [
        {
          ...key(tlog.publicKey),
          baseUrl: 'https://rekor.sigstore.dev',
          logId: { keyId: createHash('sha256').update(tlog.publicKey).digest('base64') },
        },
      ],
      timestampAuthorities: [
        { certChain: { certificates: [der(tsa.intCertificate), der(tsa.rootCertificate)] }, validFor },
      ],
    })
    self = new SigstoreServer(server, root)
    return self
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get calls(): string[] {
    return this.requests.map(({ path }) => path)
  }

  /** Environment of a job that may ask for identity tokens. */
  get env(): NodeJS.ProcessEnv {
    return {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${this.url}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    }
  }

  /** Sigstore's own verifier: gives the name of who signed. Throws. */
  verify(bundle: string, logged: boolean): string {
    const verifier = new Verifier(toTrustMaterial(this.#root), {
      ctlogThreshold: 1,
      tlogThreshold: logged ? 1 : 0,
      timestampThreshold: 1,
    })
    const { identity } = verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(bundle))))
    return identity?.subjectAlternativeName ?? ''
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}

function pair(): { publicKey: import('node:crypto').KeyObject; privateKey: import('node:crypto').KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** Sigstore's double does not look whether the key is that of who asks. */
function possesses({ credentials, publicKeyRequest }: Record<string, Record<string, never>>): boolean {
  const [, claims = ''] = String(credentials?.oidcIdentityToken).split('.')
  const { sub } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  const { publicKey, proofOfPossession } = publicKeyRequest as unknown as {
    publicKey: { content: string }
    proofOfPossession: string
  }
  return verify('sha256', Buffer.from(sub), publicKey.content, Buffer.from(proofOfPossession, 'base64'))
}

/** What Rekor keeps of an envelope: digests of it and of its payload, and its signatures. */
function canonical(proposed: { spec: { proposedContent: { envelope: string; verifiers: string[] } } }): object {
  const { envelope, verifiers } = proposed.spec.proposedContent
  const { payload, signatures } = JSON.parse(envelope)
  const hash = (bytes: string | Buffer): object => ({
    algorithm: 'sha256',
    value: createHash('sha256').update(bytes).digest('hex'),
  })
  return {
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      envelopeHash: hash(envelope),
      payloadHash: hash(Buffer.from(payload, 'base64')),
      signatures: signatures.map(({ sig }: { sig: string }) => ({ signature: sig, verifier: verifiers[0] })),
    },
  }
}

export const subject = 'https://github.com/octo/iris/.github/workflows/publish.yml@refs/heads/main'

function token(claims: Record<string, unknown>): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({
    iss: 'https://token.actions.githubusercontent.com',
    sub: subject,
    repository: 'octo/iris',
    repository_id: '1',
    repository_owner_id: '2',
    ref: 'refs/heads/main',
    sha: 'a'.repeat(40),
    event_name: 'push',
    workflow_ref: 'octo/iris/.github/workflows/publish.yml@refs/heads/main',
    job_workflow_ref: 'octo/iris/.github/workflows/publish.yml@refs/heads/main',
    runner_environment: 'github-hosted',
    run_id: '5',
    run_attempt: '1',
    ...claims,
  })}.secret-signature`
}
