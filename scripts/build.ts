import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { minify } from 'terser'

/**
 * Builds dist/: one bundle for the command line and all actions, in chunks that load only when they are needed, and an entry of a line or
 * two for each. The same sources give the same bytes. `node scripts/build.ts [folder]` writes to another folder.
 */
const root = resolve(import.meta.dirname, '..')
const dist = resolve(root, process.argv[2] ?? 'dist')
const lib = join(root, 'lib')
const bin = (name: string): string => join(root, 'node_modules', '.bin', name)
const run = (command: string, ...args: string[]): void =>
  void execFileSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })

/**
 * Packages that do nothing when they are imported, but do not say so. Marked, the bundler drops what is not used of them: without
 * it every action would start with an HTTP client that only getIDToken needs.
 */
const pure = ['@actions/core', '@actions/http-client', '@actions/exec', '@actions/io', 'undici', 'tunnel']

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
function refuseAssets(): void {
  const foreign = readdirSync(dist).filter(
    (name) => !/^(?:(?:\d+\.)?index\.js|package\.json|licenses\.txt)$/.test(name),
  )
  if (foreign.length === 0) return
  throw new Error(
    `ncc emitted assets (${foreign.join(', ')}): build the path with fileIn() of src/base/files.ts instead`,
  )
}

/** The licence texts of all bundled packages. A text that many share stands once, below their names and copyright lines. */
function foldLicenses(): void {
  const path = join(dist, 'licenses.txt')
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
async function minifyChunks(): Promise<void> {
  for (const name of readdirSync(dist)
    .filter((file) => file.endsWith('.js'))
    .sort()) {
    const path = join(dist, name)
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

function writeEntries(names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(join(dist, name), { recursive: true })
    const shebang = name === 'cli' ? '#!/usr/bin/env node\n' : ''
    writeFileSync(join(dist, name, 'index.js'), `${shebang}import{run}from'../index.js';await run('${name}')\n`, {
      mode: name === 'cli' ? 0o755 : 0o644,
    })
  }
}

function size(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, about) => sum + (about.isFile() ? about.size : 0), 0)
}

rmSync(lib, { recursive: true, force: true })
run(bin('tsc'), '-p', 'tsconfig.json')
// Only now: a source that does not compile must not cost the bundle that is there.
rmSync(dist, { recursive: true, force: true })
markPure()
const ncc = createRequire(import.meta.url).resolve('@vercel/ncc/dist/ncc/cli.js')
run(
  process.execPath,
  ncc,
  'build',
  join(lib, 'main.js'),
  '-o',
  dist,
  '-m',
  '--license',
  'licenses.txt',
  '--stats-out',
  join(lib, 'stats.json'),
  '--no-cache',
)
refuseAssets()
foldLicenses()
await minifyChunks()
const { entryNames } = await import(join(lib, 'main.js'))
writeEntries(entryNames)
console.log(`${dist}: ${(size(dist) / 1e6).toFixed(2)} MB`)
