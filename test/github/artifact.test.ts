import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { uploadFolder } from '../../src/github/artifact.ts'
import { LoopbackArtifacts, zipEntries } from './loopback-artifacts.ts'

let service: LoopbackArtifacts
let folder: string
let written: string

beforeEach(async () => {
  service = await LoopbackArtifacts.start()
  for (const [name, value] of Object.entries(service.environment)) vi.stubEnv(name, value)
  vi.stubEnv('GITHUB_RETENTION_DAYS', '90')
  written = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written += String(chunk)
    return true
  })
  folder = await mkdtemp(join(tmpdir(), 'modelgate-'))
  await mkdir(join(folder, 'model'))
  await writeFile(join(folder, 'run.json'), '{"schema":"modelgate/run@1"}\n')
  await writeFile(join(folder, 'model/weights.bin'), Buffer.alloc(300_000, 7))
  await writeFile(join(folder, 'private.txt'), 'not to be uploaded')
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
  await service.close()
})

const files = ['run.json', 'model/weights.bin']

describe('an upload', () => {
  test('keeps the named files under their relative paths, and returns the digest of the zip', async () => {
    const uploaded = await uploadFolder({ name: 'modelgate-income', folder, files, retentionDays: 5 })
    const stored = service.artifacts.get('modelgate-income')
    const zip = stored?.content ?? Buffer.alloc(0)
    expect(zipEntries(zip)).toEqual(['model/weights.bin', 'run.json'])
    expect(uploaded).toEqual({
      id: 71,
      digest: `sha256:${createHash('sha256').update(zip).digest('hex')}`,
      bytes: zip.length,
    })
    expect(service.calls).toEqual(['CreateArtifact', 'FinalizeArtifact'])
    const days = (Date.parse(stored?.request.expires_at ?? '') - Date.now()) / 86_400_000
    expect(Math.round(days)).toBe(5)
  })

  test('without days leaves the retention to the repository', async () => {
    await uploadFolder({ name: 'modelgate-income', folder, files })
    expect(service.artifacts.get('modelgate-income')?.request).not.toHaveProperty('expires_at')
  })

  test('takes a link within the folder', async () => {
    await symlink('run.json', join(folder, 'latest.json'))
    await uploadFolder({ name: 'linked', folder, files: ['latest.json'] })
    expect(zipEntries(service.artifacts.get('linked')?.content ?? Buffer.alloc(0))).toEqual(['latest.json'])
  })
})

describe('refused by modelgate, before the service is asked', () => {
  test.each(['a/b', 'a\\b', 'a:b', 'a*', 'a?', '"a"', '<a', 'a>', 'a|b', 'a\nb'])('the name %j', async (name) => {
    await expect(uploadFolder({ name, folder, files })).rejects.toMatchObject({
      code: 'github/artifact-name',
      message: `"${name.replace('\n', ' ')}" cannot be the name of an artifact on GitHub.`,
      help: 'Leave out these characters: / \\ : * ? " < > | and line breaks.',
    })
    expect(service.calls).toEqual([])
  })

  test('an empty name', async () => {
    const uploading = uploadFolder({ name: '', folder, files })
    await expect(uploading).rejects.toMatchObject({ message: 'The name of the artifact is empty.' })
  })

  test.each([
    [[], 'There is no file to upload.'],
    [['none.csv'], '"none.csv" does not exist.'],
    [['model'], '"model" is not a file.'],
    [['../x'], '"../x" lies outside of the folder to upload.'],
    [['link'], '"link" is a link out of the folder.'],
    [['a:b'], 'GitHub refuses the characters " < > | : * ? in "a:b".'],
  ])('the files %j', async (list, message) => {
    await symlink(import.meta.filename, join(folder, 'link'))
    await expect(uploadFolder({ name: 'x', folder, files: list })).rejects.toMatchObject({
      code: 'github/artifact-files',
      message,
    })
    expect(service.calls).toEqual([])
  })

  test('a folder that does not exist', async () => {
    await expect(uploadFolder({ name: 'x', folder: '/none/such', files })).rejects.toMatchObject({
      code: 'github/artifact-files',
      message: 'The folder to upload does not exist: "/none/such".',
    })
  })
})

describe('refused by GitHub', () => {
  test('the same name twice in a run', async () => {
    await uploadFolder({ name: 'same', folder, files })
    await expect(uploadFolder({ name: 'same', folder, files })).rejects.toMatchObject({
      code: 'github/artifact-exists',
      kind: 'user',
      message: 'This run already has an artifact named "same", and artifacts cannot be changed.',
      help: 'Give each job its own name: in a matrix, put the values of the matrix into it.',
    })
    expect(service.calls).toEqual(['CreateArtifact', 'FinalizeArtifact', 'CreateArtifact'])
  })

  test('by its client, on GitHub Enterprise Server', async () => {
    vi.stubEnv('GITHUB_SERVER_URL', 'https://git.example.com')
    await expect(uploadFolder({ name: 'x', folder, files })).rejects.toMatchObject({
      code: 'github/artifact-unsupported',
      message: "GitHub's artifact client does not work with this GitHub Enterprise Server.",
    })
    expect(service.calls).toEqual([])
  })

  test('outside of an action', async () => {
    vi.stubEnv('ACTIONS_RUNTIME_TOKEN', undefined)
    await expect(uploadFolder({ name: 'x', folder, files })).rejects.toMatchObject({
      code: 'github/artifact-unsupported',
      help: 'Call the action with `uses:`; a command in a `run:` step does not get the token for artifacts.',
    })
  })

  test('a full quota', async () => {
    service.refusal = { status: 403, msg: 'insufficient usage to create artifact' }
    await expect(uploadFolder({ name: 'x', folder, files })).rejects.toMatchObject({
      code: 'github/artifact-upload',
      kind: 'tool',
      help: 'Delete old artifacts or shorten their retention; GitHub recounts every few hours.',
    })
  })

  test('for another reason, in its words', async () => {
    service.refusal = { status: 403, msg: 'not today' }
    await expect(uploadFolder({ name: 'x', folder, files })).rejects.toMatchObject({
      code: 'github/artifact-upload',
      message:
        'The artifact "x" could not be uploaded: Failed to CreateArtifact: Received non-retryable error: Failed request: (403) Forbidden: not today.',
    })
  })
})

test('the signature of the upload address is masked in the log', async () => {
  await uploadFolder({ name: 'masked', folder, files })
  expect(written).toContain('::add-mask::secret')
})
