import { execFileSync } from 'node:child_process'
import { createHash, type Hash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { minify } from 'terser'

/** Compiles src/ and bundles one entry of it: the parts of the build that tests use as well. */
const root = resolve(import.meta.dirname, '..')

type Asset = { source: string | Uint8Array }
type Built = { code: string; assets: Record<string, Asset>; stats: { toJson(): unknown } }
type Bundler = (entry: string, options: Record<string, unknown>) => Promise<Built>

/**
 * Packages that do nothing when they are imported, but do not say so. Marked, the bundler drops what is not used of them: without
 * it every action would start with an HTTP client that only getIDToken needs.
 */
const pure = ['@actions/core', '@actions/http-client', '@actions/exec', '@actions/io', 'undici', 'tunnel']

/**
 * The native part of DuckDB is in no bundle. Where its JavaScript asks for it, it gets this file, which hands on what
 * src/data/engine/duckdb-api.ts has loaded by then.
 */
const shim = { name: 'duckdb-binding.cjs', text: "module.exports=globalThis[Symbol.for('modelgate.duckdb')]\n" }

/** What a build was made from, and what came of it: digests, so that nobody has to build again to know. */
export type Stamp = { sources: string; files: Record<string, string> }

const sha256 = (...parts: (string | Uint8Array)[]): string =>
  parts.reduce<Hash>((hash, part) => hash.update(part), createHash('sha256')).digest('hex')

/** Everything that the bytes of a build depend on: the sources, how they are bundled, and the versions of all packages. */
export function digestOfSources(): string {
  const names = filesOf(join(root, 'src')).map((name) => join('src', name))
  const others = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.ts', 'scripts/bundle.ts']
  return sha256(...[...names, ...others].flatMap((name) => [name, '\0', sha256(readFileSync(join(root, name)))]))
}

/** What is known of the last build, where that was made from the sources as they are. Its compiled sources are in lib/. */
export function stampOfSources(): Stamp | undefined {
  const file = join(root, 'lib', 'stamp.json')
  const stamp = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Stamp) : undefined
  return stamp?.sources === digestOfSources() ? stamp : undefined
}

/** The digests of all files in a folder, by their names. */
export function digestsOf(folder: string): Record<string, string> {
  return Object.fromEntries(filesOf(folder).map((name) => [name, sha256(readFileSync(join(folder, name)))]))
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
}

/** Compiles src/ into a folder, which is emptied first. */
export function compile(lib: string): void {
  rmSync(lib, { recursive: true, force: true })
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  execFileSync(tsc, ['-p', 'tsconfig.json', '--outDir', lib], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
}

/**
 * Bundles a compiled entry into a folder, which is emptied first: index.js, chunks that load only when they are needed, and the licences of
 * all packages in it. Returns the bundler's account of the build.
 */
export async function bundle(entry: string, folder: string): Promise<unknown> {
  rmSync(folder, { recursive: true, force: true })
  markPure()
  const ncc = createRequire(import.meta.url)('@vercel/ncc') as Bundler
  const { code, assets, stats } = await ncc(entry, {
    minify: true,
    cache: false,
    quiet: true,
    license: 'licenses.txt',
    externals: { '@duckdb/node-bindings': `./${shim.name}` },
  })
  refuseAssets(Object.keys(assets))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'index.js'), code)
  for (const [name, { source }] of Object.entries(assets)) writeFileSync(join(folder, name), source)
  addShim(folder)
  foldLicenses(folder)
  await minifyChunks(folder)
  return stats.toJson()
}

function markPure(): void {
  for (const name of pure) {
    const path = join(root, 'node_modules', name, 'package.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    if (manifest.sideEffects === false) continue
    writeFileSync(path, `${JSON.stringify({ ...manifest, sideEffects: false }, null, 2)}\n`)
  }
}

/**
 * ncc takes a path that it can half evaluate, such as join(folder, 'x.yaml'), for an asset: it copies matching files and rewrites the
 * path to a place inside dist/. Such code would work from source and fail as a bundle, so it must not pass unseen.
 */
function refuseAssets(names: readonly string[]): void {
  const foreign = names.filter((name) => !/^(?:\d+\.index\.js|package\.json|licenses\.txt)$/.test(name))
  if (foreign.length === 0) return
  throw new Error(
    `ncc emitted assets (${foreign.join(', ')}): build the path with fileIn() of src/base/files.ts instead`,
  )
}

/** Only beside code that asks for it; and with the licence of the package that is downloaded later, which is in no bundle either. */
function addShim(folder: string): void {
  const asks = readdirSync(folder).some(
    (name) => name.endsWith('.js') && readFileSync(join(folder, name), 'utf8').includes(shim.name),
  )
  if (!asks) return
  writeFileSync(join(folder, shim.name), shim.text)
  const license = readFileSync(join(root, 'node_modules', '@duckdb', 'node-bindings', 'LICENSE'), 'utf8')
  const path = join(folder, 'licenses.txt')
  writeFileSync(path, `@duckdb/node-bindings\nMIT\n${license.trim()}\n\n\n${readFileSync(path, 'utf8')}`)
}

/** The licence texts of all bundled packages. A text that many share stands once, below their names and copyright lines. */
function foldLicenses(folder: string): void {
  const path = join(folder, 'licenses.txt')
  const copyright = /^\s*(?:\(c\) |copyright )(?!notice|holder|owner|license|and|law|\[)/i
  const texts = new Map<string, { holders: string[]; text: string }>()
  for (const part of readFileSync(path, 'utf8').split(/\n{2,}(?=(?:@[\w.-]+\/)?[\w.-]+\n(?:[A-Z][\w.() -]*)\n)/)) {
    const [name = '', license = '', ...lines] = part.trim().split('\n')
    const holder = [
      `${name} (${license})`,
      ...lines.filter((line) => copyright.test(line)).map((line) => `  ${line.trim()}`),
    ].join('\n')
    const text = lines
      .filter((line) => !copyright.test(line))
      .join('\n')
      .trim()
    // The same words in other lines, or under another heading, are the same licence.
    const key = text
      .replace(/^\W*(?:the )?(?:mit|isc) license\W*(?:\(mit\))?/i, '')
      .replace(/[\s"'`\u201c\u201d]+/g, ' ')
      .trim()
      .toLowerCase()
    const known = texts.get(key)
    if (known === undefined) texts.set(key, { holders: [holder], text })
    else known.holders.push(holder)
  }
  writeFileSync(
    path,
    [...texts.values()]
      .map(({ holders, text }) => `${holders.join('\n')}\n\n${text}\n`)
      .join(`\n${'-'.repeat(80)}\n\n`),
  )
}

/** ncc minifies the entry but none of the chunks. */
async function minifyChunks(folder: string): Promise<void> {
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .sort()) {
    const path = join(folder, name)
    const { code } = await minify(readFileSync(path, 'utf8'), {
      module: true,
      ecma: 2020,
      compress: { passes: 2, ecma: 2020 },
      format: { comments: false },
    })
    if (code === undefined) throw new Error(`${name} minified to nothing`)
    writeFileSync(path, code)
  }
}
