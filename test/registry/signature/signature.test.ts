import { execFileSync } from 'node:child_process'
import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Verification, verifyBundle } from '../../../src/registry/bundle/verify-bundle.ts'
import { preAuthenticationEncoding } from '../../../src/registry/signature/envelope.ts'
import { keySigner } from '../../../src/registry/signature/key-signer.ts'
import { readPublicKey } from '../../../src/registry/signature/keys.ts'
import { rootDigest, statementOf } from '../../../src/registry/signature/statement.ts'
import { temporaryFolder, writeFiles } from '../../record/temporary-repository.ts'
import { keyPair } from './keys.ts'

const pair = keyPair('prime256v1')
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex')

type Resource = { name: string; digest: string; algorithm?: string }

/** A model folder with a signature over `resources`, made as other tools may make it. */
async function signedModel(
  files: Record<string, string>,
  given: { resources?: Resource[]; serialization?: object; edit?: (bundle: Record<string, never>) => void } = {},
): Promise<string> {
  const folder = temporaryFolder()
  writeFiles(folder, files)
  const resources = given.resources ?? Object.entries(files).map(([name, text]) => ({ name, digest: sha256(text) }))
  const statement = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'model', digest: { sha256: rootDigest(resources) } }],
      predicateType: 'https://model_signing/signature/v1.0',
      predicate: {
        serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false, ...given.serialization },
        resources: resources.map((resource) => ({ algorithm: 'sha256', ...resource })),
      },
    }),
  )
  const bundle = JSON.parse(await keySigner(pair.privateKey).sign(statement))
  given.edit?.(bundle)
  writeFiles(folder, { 'model.sig': JSON.stringify(bundle) })
  return folder
}

const verify = async (path: string, publicKey = pair.publicKey, signature?: string): Promise<Verification> =>
  await verifyBundle({ path, key: readPublicKey(publicKey), ...(signature === undefined ? {} : { signature }) })

const problems = async (path: string): Promise<string[]> =>
  (await verify(path)).problems.map(({ file = '', problem }) => `${problem} ${file}`)

const files = { 'weights.bin': 'weights', 'sub/config.json': '{}', 'sub/.gitignore': 'x', 'empty.txt': '' }

describe('a signature', () => {
  it.each(['prime256v1', 'secp384r1', 'secp521r1'])(
    'on %s holds for node and for openssl, and is the same when it is made again',
    async (curve) => {
      const keys = keyPair(curve)
      const statement = statementOf('model', [{ path: 'a', digest: sha256('a') }], 'model.sig')
      const text = await keySigner(keys.privateKey).sign(statement)
      expect(await keySigner(keys.privateKey).sign(statement)).toBe(text)
      const folder = temporaryFolder()
      writeFiles(folder, { a: 'a', 'model.sig': text, 'key.pub': keys.publicKey })
      expect((await verify(join(folder, 'a'), keys.publicKey, join(folder, 'model.sig'))).signature.state).toBe(
        'verified',
      )

      const { signatures, payload } = JSON.parse(text).dsseEnvelope
      expect(Buffer.from(payload, 'base64').equals(statement)).toBe(true)
      writeFileSync(join(folder, 'pae'), preAuthenticationEncoding(statement))
      writeFileSync(join(folder, 'sig'), Buffer.from(signatures[0].sig, 'base64'))
      const hash = { prime256v1: '-sha256', secp384r1: '-sha384', secp521r1: '-sha512' }[curve] ?? ''
      expect(
        execFileSync('openssl', ['dgst', hash, '-verify', 'key.pub', '-signature', 'sig', 'pae'], {
          cwd: folder,
          encoding: 'utf8',
        }),
      ).toBe('Verified OK\n')
    },
  )

  it('is that of RFC 6979, appendix A.2.5', async () => {
    const bytes = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url')
    const key = createPrivateKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        d: bytes('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721'),
        x: bytes('60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6'),
        y: bytes('7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299'),
      },
    })
    const { p256 } = await import('@noble/curves/nist.js')
    const secret = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
    const signature = p256.sign(Buffer.from('sample'), secret, { prehash: true, lowS: false })
    expect(Buffer.from(signature).toString('hex')).toBe(
      'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    )
  })

  it('refuses keys of other kinds, and quotes none of them', () => {
    const rsa = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    for (const pem of [
      rsa.privateKey,
      keyPair('secp256k1').privateKey,
      pair.publicKey,
      'sekrit',
      pair.privateKey.replace(/MI/, 'XX'),
    ]) {
      const error = (() => {
        try {
          keySigner(pem)
        } catch (caught) {
          return caught as { code: string; message: string; cause?: unknown }
        }
        return undefined
      })()
      expect(error).toMatchObject({ code: 'signature/key' })
      expect(error?.cause).toBeUndefined()
      expect(error?.message).not.toMatch(/sekrit|XX|BEGIN/)
    }
    expect(keySigner(pair.privateKey.replaceAll('\n', '\\n')).method).toBe('key')
  })
})

describe('a signed model', () => {
  it('holds as it was signed, with the files of git at its top', async () => {
    const folder = await signedModel(files)
    writeFiles(folder, { '.gitattributes': 'x', '.github/a': 'x' })
    expect(await verify(folder)).toMatchObject({
      holds: true,
      kind: 'signed',
      signature: { method: 'key', state: 'verified' },
    })
  })

  it('does not hold when anything changed, came or went', async () => {
    const outcome = async (change: (folder: string) => void): Promise<string[]> => {
      const folder = await signedModel(files)
      change(folder)
      return await problems(folder)
    }
    expect(await outcome((folder) => writeFiles(folder, { 'weights.bin': 'Weights' }))).toEqual(['changed weights.bin'])
    expect(await outcome((folder) => writeFiles(folder, { 'sub/new': '' }))).toEqual(['extra sub/new'])
    expect(await outcome((folder) => writeFiles(folder, { 'sub/.git': '' }))).toEqual(['extra sub/.git'])
    expect(await outcome((folder) => rmSync(join(folder, 'empty.txt')))).toEqual(['missing empty.txt'])
    expect(
      await outcome((folder) => {
        rmSync(join(folder, 'weights.bin'))
        writeFiles(folder, { '.gitignore': 'weights' })
        symlinkSync('.gitignore', join(folder, 'weights.bin'))
      }),
    ).toEqual(['link weights.bin'])
  })

  it('does not hold under another key, or when the signature is another one', async () => {
    const folder = await signedModel(files)
    expect((await verify(folder, keyPair('prime256v1').publicKey)).problems).toMatchObject([{ problem: 'signature' }])
    const edited = async (edit: (bundle: Record<string, never>) => void): Promise<string[]> =>
      await problems(await signedModel(files, { edit }))
    type Bundle = {
      verificationMaterial: { publicKey: { hint?: string } }
      dsseEnvelope: { payload: string; payloadType: string; signatures: object[] }
    }
    const as = (bundle: unknown): Bundle => bundle as Bundle
    const swap =
      (from: string, to: string) =>
      (bundle: unknown): void => {
        const { dsseEnvelope } = as(bundle)
        dsseEnvelope.payload = Buffer.from(
          Buffer.from(dsseEnvelope.payload, 'base64').toString().replace(from, to),
        ).toString('base64')
      }
    expect(await edited(swap('weights.bin', 'weights.BIN'))).toEqual(['signature '])
    expect(await edited((bundle) => Object.assign(as(bundle).dsseEnvelope, { signatures: [] }))).toEqual(['signature '])
    expect(await edited((bundle) => Object.assign(as(bundle).dsseEnvelope, { payloadType: 'text/plain' }))).toEqual([
      'signature ',
    ])
    expect(
      await edited((bundle) => as(bundle).dsseEnvelope.signatures.push(...as(bundle).dsseEnvelope.signatures)),
    ).toEqual(['signature '])
    rmSync(join(folder, 'model.sig'))
    writeFiles(folder, { 'model-manifest.json': '{}' })
    expect(await problems(folder)).toEqual(['damaged model-manifest.json', 'signature '])
  })

  it('holds whatever other tools write for the name of the key', async () => {
    for (const keyid of ['', null, undefined, 'abc']) {
      const folder = await signedModel(files, {
        edit: (bundle) => {
          const { dsseEnvelope, verificationMaterial } = bundle as unknown as {
            dsseEnvelope: { signatures: object[] }
            verificationMaterial: object
          }
          Object.assign(dsseEnvelope.signatures[0] ?? {}, { keyid })
          Object.assign(verificationMaterial, {
            publicKey: { rawBytes: 'AAAA', keyDetails: 'PKIX_ECDSA_P256_SHA_256' },
            tlogEntries: undefined,
          })
        },
      })
      expect((await verify(folder)).holds).toBe(true)
    }
  })

  it('does not hold under a statement whose digest is not that of its list, or that names a file twice', async () => {
    const one = { name: 'weights.bin', digest: sha256('weights') }
    const twice = await signedModel({ 'weights.bin': 'weights' }, { resources: [one, one] })
    expect((await verify(twice)).problems[0]?.message).toContain('names a file twice')
    for (const algorithm of ['blake3', 'md5']) {
      const folder = await signedModel({ 'weights.bin': 'weights' }, { resources: [{ ...one, algorithm }] })
      expect((await verify(folder)).problems).toMatchObject([{ problem: 'signature' }])
    }
    const statement = JSON.parse(
      Buffer.from(statementOf('m', [{ path: 'a', digest: sha256('a') }], 'model.sig')).toString(),
    )
    statement.predicate.resources.push({ name: 'b', algorithm: 'sha256', digest: sha256('b') })
    const folder = temporaryFolder()
    writeFiles(folder, {
      a: 'a',
      b: 'b',
      'model.sig': await keySigner(pair.privateKey).sign(Buffer.from(JSON.stringify(statement))),
    })
    expect((await verify(folder)).problems[0]?.message).toContain('its digest is not that of its list')
  })

  it('does not hold where it says something twice, which readers take differently', async () => {
    const folder = await signedModel(files)
    const path = join(folder, 'model.sig')
    const text = readFileSync(path, 'utf8')
    expect((await verify(folder)).holds).toBe(true)
    writeFiles(folder, { 'model.sig': text.replace('{', '{"dsseEnvelope":{},') })
    expect((await verify(folder)).problems[0]?.message).toContain('it has a key twice')
    const statement = Buffer.from(JSON.parse(text).dsseEnvelope.payload, 'base64').toString()
    const twice = Buffer.from(statement.replace('{', '{"predicate":{},'))
    writeFiles(folder, { 'model.sig': await keySigner(pair.privateKey).sign(twice) })
    expect((await verify(folder)).problems[0]?.message).toContain('it has a key twice')
  })

  it('may be one file, called `.` or by its name', async () => {
    for (const name of ['.', 'model.onnx']) {
      const folder = await signedModel({ 'model.onnx': 'bytes' }, { resources: [{ name, digest: sha256('bytes') }] })
      const [file, signature] = [join(folder, 'model.onnx'), join(folder, 'model.sig')]
      expect((await verify(file, pair.publicKey, signature)).holds).toBe(true)
      writeFileSync(file, 'Bytes')
      expect((await verify(file, pair.publicKey, signature)).problems).toMatchObject([{ problem: 'changed' }])
    }
  })

  it('may be signed in pieces, in whatever order they are listed, as long as they are the whole', async () => {
    const shard = (start: number, end: number): Resource => ({
      name: `w:${start}:${end}`,
      digest: sha256('0123456789'.slice(start, end)),
      algorithm: 'sha256-sharded-4',
    })
    const serialization = { method: 'shards', shard_size: 4 }
    const model = async (...resources: Resource[]): Promise<string[]> =>
      await problems(await signedModel({ w: '0123456789' }, { resources, serialization }))
    expect(await model(shard(0, 4), shard(4, 8), shard(8, 10))).toEqual([])
    const withEmpty = await signedModel({ w: '0123', '__init__.py': '' }, { resources: [shard(0, 4)], serialization })
    expect(await problems(withEmpty)).toEqual([])
    writeFiles(withEmpty, { '__init__.py': 'x' })
    expect(await problems(withEmpty)).toEqual(['extra __init__.py'])
    // Sorted as text: 10 comes before 8 in longer numbers.
    expect(await model(shard(8, 10), shard(0, 4), shard(4, 8))).toEqual([])
    expect(await model(shard(0, 4), shard(8, 10))).toEqual(['changed w'])
    expect(await model(shard(0, 4), shard(4, 8))).toEqual(['changed w'])
    expect(await model(shard(0, 4), shard(4, 8), { ...shard(8, 10), digest: sha256('xx') })).toEqual(['changed w'])
    expect(await model({ ...shard(0, 4), name: 'w' })).toEqual(['signature '])
  })

  it('follows links only where the signature allows it, and only inside the folder', async () => {
    const linked = async (target: string, allow_symlinks: boolean): Promise<string[]> => {
      const resources = [
        { name: 'a', digest: sha256('text') },
        { name: 'b', digest: sha256('text') },
      ]
      const folder = await signedModel({ a: 'text' }, { resources, serialization: { allow_symlinks } })
      symlinkSync(target, join(folder, 'b'))
      return await problems(folder)
    }
    const outside = temporaryFolder()
    writeFiles(outside, { a: 'text' })
    expect(await linked('a', true)).toEqual([])
    expect(await linked('a', false)).toEqual(['link b'])
    expect(await linked(join(outside, 'a'), true)).toEqual(['changed b'])
  })

  it('sorts by code points, not by halves of characters', async () => {
    // U+FF5E comes before U+1F600, whose first half is U+D83D.
    const names = ['\u{1f600}', '\uff5e', 'a']
    const statement = JSON.parse(
      Buffer.from(
        statementOf(
          'm',
          names.map((path) => ({ path, digest: sha256(path) })),
          'model.sig',
        ),
      ).toString(),
    )
    expect(statement.predicate.resources.map(({ name }: Resource) => name)).toEqual(['a', '\uff5e', '\u{1f600}'])
    expect(statement.subject[0].digest.sha256).toBe(
      sha256(Buffer.concat(['a', '\uff5e', '\u{1f600}'].map((name) => Buffer.from(sha256(name), 'hex')))),
    )
  })
})
