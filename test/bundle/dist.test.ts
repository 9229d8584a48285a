import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestsOf, type Stamp, stampOfSources } from '../../scripts/bundle.ts'
import { entryNames } from '../../src/main.ts'
import { cleanEnvironment, dist } from '../e2e/spawn.ts'

const root = resolve(dist, '..')
const scratch = mkdtempSync(join(tmpdir(), 'modelgate-dist-'))

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
}

let built: Stamp | undefined

beforeAll(() => {
  // A build takes longer than most tests, and the same sources give the same bytes: only where they changed since the last one is another needed.
  if (stampOfSources() === undefined) {
    execFileSync(process.execPath, [join(root, 'scripts', 'build.ts'), join(scratch, 'dist')], {
      cwd: root,
      stdio: 'ignore',
    })
  }
  built = stampOfSources()
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('dist/', () => {
  it('is byte for byte what the sources build', () => {
    expect(digestsOf(dist)).toEqual(built?.files ?? 'no build')
  })

  it('has an entry of its own for the command line and every action', () => {
    for (const name of entryNames) {
      const source = readFileSync(join(dist, name, 'index.js'), 'utf8')
      expect(source.split('\n').at(-2)).toBe(`import{run}from'../index.js';await run('${name}')`)
    }
    expect(statSync(join(dist, 'cli', 'index.js')).mode & 0o111).not.toBe(0)
  })

  it('is smaller than 6 MB', () => {
    const bytes = filesOf(dist).reduce((sum, name) => sum + statSync(join(dist, name)).size, 0)
    expect(bytes).toBeLessThan(6_000_000)
  })

  it('holds no path of the machine that built it', () => {
    for (const name of filesOf(dist)) expect(readFileSync(join(dist, name), 'utf8').includes(root)).toBe(false)
  })
})

type Module = { name?: string; chunks: (string | number)[]; modules?: Module[] }

/** npm packages in each chunk, from the bundler's own account of the build. */
function packagesByChunk(): Map<string, Set<string>> {
  const stats = JSON.parse(readFileSync(join(root, 'lib', 'stats.json'), 'utf8')) as { modules: Module[] }
  const packages = new Map<string, Set<string>>()
  const visit = (module: Module, chunks: (string | number)[]): void => {
    for (const inner of module.modules ?? []) visit(inner, chunks)
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module.name ?? '')?.[1]
    for (const chunk of name === undefined ? [] : chunks) {
      packages.set(String(chunk), (packages.get(String(chunk)) ?? new Set()).add(name ?? ''))
    }
  }
  for (const module of stats.modules) visit(module, module.chunks)
  return packages
}

/** Files of dist/ that a process loads, from Node's own loader. */
function loadedFiles(entry: string, args: string[], cwd: string, env: Record<string, string>): string[] {
  const log = join(scratch, `loaded-${entry}.txt`)
  const hook = join(scratch, 'hook.mjs')
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module'
import { appendFileSync } from 'node:fs'
registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(log)}, url + '\\n'); return next(url, context) } })
process.on('exit', () => appendFileSync(${JSON.stringify(log)}, process.moduleLoadList.filter((name) => /undici/.test(name)).map((name) => name + '\\n').join('')))
`,
  )
  writeFileSync(log, '')
  const result = spawnSync(
    process.execPath,
    ['--import', pathToFileURL(hook).href, join(dist, entry, 'index.js'), ...args],
    { cwd, env: cleanEnvironment(env), encoding: 'utf8' },
  )
  expect(result.status).toBe(entry === 'gate' ? 0 : 2)
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}

describe('the gate', () => {
  it('judges a run without loading an API client, undici, Azure, archive or database code', () => {
    const project = join(scratch, 'project')
    const example = join(root, 'examples', 'breast-cancer')
    execFileSync('cp', ['-r', example, project])
    execFileSync(process.execPath, [join(dist, 'cli', 'index.js'), 'run', '--out', 'run'], {
      cwd: project,
      stdio: 'ignore',
    })
    const loaded = loadedFiles('gate', [], project, {
      'INPUT_RUN-FILE': 'run/run.json',
      GITHUB_OUTPUT: writeEmpty('output'),
    })
    const chunks = loaded
      .flatMap((url) => /dist\/(?:(\d+)\.)?index\.js$/.exec(url) ?? [])
      .filter((part) => /^\d+$/.test(part ?? ''))
    expect(chunks.length).toBeGreaterThan(5)
    const byChunk = packagesByChunk()
    const packages = new Set(chunks.flatMap((chunk) => [...(byChunk.get(chunk) ?? [])]))
    // Seen, so that an empty account of the build cannot pass: these two it does need.
    expect([...packages]).toEqual(expect.arrayContaining(['yaml', 'zod']))
    const heavy = [...packages].filter((name) =>
      /octokit|undici|azure|archiver|unzip|@actions\/(?:github|artifact|http-client)|protobuf|marked|commander|duckdb|tar-stream|^pg/.test(
        name,
      ),
    )
    expect(heavy).toEqual([])
    expect(loaded.filter((line) => /undici/i.test(line))).toEqual([])
  })

  it('loads nothing but its inputs before it has them', () => {
    const loaded = loadedFiles('comment', [], scratch, {})
    const bytes = loaded
      .filter((url) => url.startsWith(pathToFileURL(dist).href))
      .reduce((sum, url) => sum + statSync(new URL(url)).size, 0)
    expect(bytes).toBeLessThan(60_000)
  })
})

function writeEmpty(name: string): string {
  const path = join(scratch, name)
  writeFileSync(path, '')
  return path
}
