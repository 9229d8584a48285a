import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { digestOfFile } from '../../../src/base/digest.ts'
import { canonicalJson } from '../../../src/base/json.ts'
import { makeBundle } from '../../../src/pipeline/make-bundle.ts'
import type { Bundle } from '../../../src/registry/bundle/bundle.ts'
import { checksumsOf } from '../../../src/registry/bundle/checksums.ts'
import { type Verification, verifyBundle } from '../../../src/registry/bundle/verify-bundle.ts'
import { keySigner } from '../../../src/registry/signature/key-signer.ts'
import { readPublicKey } from '../../../src/registry/signature/keys.ts'
import { temporaryFolder, writeFiles } from '../../record/temporary-repository.ts'
import { keyPair } from '../signature/keys.ts'
import { judgedProject, request } from './judged-run.ts'

const pair = keyPair('secp384r1')
const key = readPublicKey(pair.publicKey)
let [signed, plain]: Bundle[] = []
beforeAll(async () => {
  const { folder } = await judgedProject()
  signed = (await makeBundle(request(folder, { signer: keySigner(pair.privateKey) }))).bundle
  plain = (await makeBundle(request(folder))).bundle
})

/** A copy of a bundle, to be spoilt. */
function copyOf(bundle: Bundle | undefined): string {
  const folder = join(temporaryFolder(), 'copy')
  cpSync(bundle?.folder ?? '', folder, { recursive: true, verbatimSymlinks: true })
  return folder
}

const problems = ({ problems: found }: Verification): string[] =>
  found.map(({ file = '', problem }) => `${problem} ${file}`)

async function spoilt(change: (folder: string) => unknown, withKey = true): Promise<string[]> {
  const path = copyOf(signed)
  await change(path)
  const result = await verifyBundle({ path, ...(withKey ? { key } : {}) })
  // No field may tell another story than `holds`.
  if (!result.holds) {
    expect(result.model?.verdict).toBeUndefined()
    expect(['files-differ', 'invalid', 'absent']).toContain(result.signature.state)
  }
  return problems(result)
}

/** What somebody does who can write, but not sign: the lists agree with the files again. */
async function relist(folder: string, edit: (manifest: Record<string, unknown>) => void): Promise<void> {
  const file = join(folder, 'model-manifest.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  for (const each of [...manifest.files, ...manifest.documents])
    each.sha256 = (await digestOfFile(join(folder, each.path))).slice('sha256:'.length)
  edit(manifest)
  writeFileSync(file, canonicalJson(manifest))
  const paths = [...manifest.files, ...manifest.documents].map(({ path }: { path: string }) => path)
  const files = await Promise.all(
    [...paths, 'model-manifest.json'].map(async (path) => ({ path, digest: await digestOfFile(join(folder, path)) })),
  )
  writeFileSync(join(folder, 'checksums.sha256'), checksumsOf(files))
}

describe('modelgate verify', () => {
  it('finds a bundle whole, with a signature and without', async () => {
    const path = copyOf(signed)
    expect(await verifyBundle({ path, key })).toEqual({
      schema: 'modelgate/verification@1',
      holds: true,
      kind: 'bundle',
      model: { name: 'iris', version: '1.4.0', digest: signed?.digest, verdict: 'pass' },
      files: 17,
      signature: {
        method: 'key',
        state: 'verified',
        explanation: expect.stringMatching(/^Signed by the key [0-9a-f]{12}\.$/),
      },
      problems: [],
    })
    expect(await verifyBundle({ path })).toMatchObject({
      holds: true,
      signature: { method: 'key', state: 'not-checked' },
    })
    expect(await verifyBundle({ path: copyOf(plain) })).toMatchObject({
      holds: true,
      signature: { method: 'none', state: 'absent' },
    })
    expect(signed?.digest).not.toBe(plain?.digest)
    expect(readFileSync(join(path, 'README.md'), 'utf8')).toContain('- **Signature**: by key, in `model.sig`')
  })

  it('says which file changed, came or went, with and without the key', async () => {
    for (const withKey of [true, false]) {
      expect(await spoilt((folder) => writeFiles(folder, { 'model/weights.bin': 'x'.repeat(1000) }), withKey)).toEqual([
        'changed model/weights.bin',
      ])
      expect(await spoilt((folder) => writeFiles(folder, { 'README.md': 'better' }), withKey)).toEqual([
        'changed README.md',
      ])
      expect(await spoilt((folder) => writeFiles(folder, { 'model/more.py': '' }), withKey)).toEqual([
        'extra model/more.py',
      ])
      expect(await spoilt((folder) => rmSync(join(folder, 'gate.json')), withKey)).toEqual(['missing gate.json'])
      expect(await spoilt((folder) => rmSync(join(folder, 'checksums.sha256')), withKey)).toEqual([
        'missing checksums.sha256',
      ])
      expect(await spoilt((folder) => rmSync(join(folder, 'model.sig')), withKey)).toEqual([
        ...(withKey ? ['signature '] : []),
        'missing model.sig',
      ])
      expect(await spoilt((folder) => writeFiles(folder, { '.git/HEAD': '', '.gitattributes': '' }), withKey)).toEqual(
        [],
      )
      const link = (folder: string): void => {
        rmSync(join(folder, 'model/config.json'))
        symlinkSync('weights.bin', join(folder, 'model/config.json'))
      }
      expect(await spoilt(link, withKey)).toEqual(['link model/config.json', 'missing model/config.json'])
    }
  })

  it('takes no signature that is a folder, other bytes, or a link', async () => {
    const place = (folder: string): string => join(folder, 'model.sig')
    const folderFor = (folder: string): void => {
      rmSync(place(folder))
      mkdirSync(place(folder))
    }
    const linkTo = (folder: string): void => {
      cpSync(place(folder), `${folder}.sig`)
      rmSync(place(folder))
      symlinkSync(`${folder}.sig`, place(folder))
    }
    expect(await spoilt(folderFor)).toEqual(['signature '])
    expect(await spoilt((folder) => writeFileSync(place(folder), Buffer.from([0xff, 0xfe, 0])))).toEqual(['signature '])
    expect(await spoilt(linkTo)).toEqual(['link model.sig'])
  })

  it('finds what came into a bundle that nobody signed', async () => {
    const path = copyOf(plain)
    writeFiles(path, { 'model/more.py': '', 'more.txt': '' })
    mkdirSync(join(path, 'model/none/deeper'), { recursive: true })
    expect(problems(await verifyBundle({ path }))).toEqual([
      'extra model/more.py',
      'extra more.txt',
      'extra model/none/deeper',
    ])
  })

  it.each([{ version: '1.4.0\u202e' }, { run: { id: '--x' } }, { run: { id: 'run-1', commit: 'HEAD' } }])(
    'takes a manifest with the forged id %j for none',
    async (forged) => {
      const path = copyOf(plain)
      await relist(path, (manifest) => Object.assign(manifest, forged))
      const result = await verifyBundle({ path })
      expect([problems(result), result.model]).toEqual([['damaged model-manifest.json'], undefined])
    },
  )

  it('finds an empty folder, which no list of files could name', async () => {
    expect(await spoilt((folder) => mkdirSync(join(folder, 'empty')))).toEqual(['extra empty'])
  })

  it('is not deceived by lists that agree with what was changed', async () => {
    const forge =
      (edit: (manifest: Record<string, unknown>) => void) =>
      async (folder: string): Promise<void> => {
        writeFiles(folder, { 'model/weights.bin': 'y'.repeat(1000) })
        await relist(folder, edit)
      }
    const found = await spoilt(forge(() => {}))
    expect(found).toEqual(
      ['changed model-manifest.json', 'changed model/weights.bin', 'changed checksums.sha256'].sort(),
    )
    const stripped = async (folder: string): Promise<void> => {
      rmSync(join(folder, 'model.sig'))
      await forge((manifest) => Object.assign(manifest, { signature: 'none' }))(folder)
    }
    expect(await spoilt(stripped)).toEqual(['signature '])
    // Who gives no key learns of damage, not of forgery: docs/bundle.md says so.
    expect(await spoilt(stripped, false)).toEqual([])
  })

  it('does not take a list for one that leads out of the folder, or that is none', async () => {
    const lead = async (folder: string): Promise<void> => {
      writeFileSync(join(folder, '..', 'outside'), 'text')
      await relist(folder, (manifest) =>
        (manifest.documents as object[]).push({ path: '../outside', size: 4, sha256: 'a'.repeat(64), mediaType: '' }),
      )
    }
    await expect(spoilt(lead, false)).resolves.toContain('missing ../outside')
    for (const text of ['', '[]', '{"schema": "modelgate/model-manifest@2"}', '{"files": 3}'])
      expect(await spoilt((folder) => writeFiles(folder, { 'model-manifest.json': text }), false)).toContain(
        'damaged model-manifest.json',
      )
    expect(await spoilt((folder) => writeFiles(folder, { 'checksums.sha256': 'text\n' }), false)).toEqual([
      'changed checksums.sha256',
    ])
  })

  it('needs something to verify by', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, { a: 'a' })
    await expect(verifyBundle({ path: folder })).rejects.toMatchObject({ code: 'verify/nothing' })
    await expect(verifyBundle({ path: join(folder, 'b') })).rejects.toMatchObject({ code: 'verify/nothing' })
  })

  it('agrees with sha256sum and openssl', async () => {
    const folder = copyOf(signed)
    execFileSync('sha256sum', ['--strict', '--status', '-c', 'checksums.sha256'], { cwd: folder })
    writeFiles(folder, { 'gate.json': '{}' })
    expect(() =>
      execFileSync('sha256sum', ['--strict', '--status', '-c', 'checksums.sha256'], { cwd: folder }),
    ).toThrow()
  })
})

describe('a manifest that is read in two ways', () => {
  const file = (folder: string): string => join(folder, 'model-manifest.json')

  it('is none where a key stands twice', async () => {
    const path = copyOf(plain)
    await relist(path, () => {})
    const text = readFileSync(file(path), 'utf8').replace('{', '{"verdict":"fail",')
    writeFileSync(file(path), text)
    expect(problems(await verifyBundle({ path }))).toEqual(['damaged model-manifest.json'])
  })

  it('is none where a file stands twice', async () => {
    const path = copyOf(plain)
    await relist(path, (manifest) => {
      const [first] = manifest.files as { sha256: string }[]
      manifest.files = [{ ...first, sha256: '0'.repeat(64) }, ...(manifest.files as object[])]
    })
    expect(problems(await verifyBundle({ path }))).toEqual(['damaged model-manifest.json'])
  })
})
