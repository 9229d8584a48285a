import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * Shows modelgate on a repository of its own: a baseline on main, and pull requests with a better model, a bad one, one of which the rows cannot tell,
 * another evaluation set, and bad data: all four verdicts. Then the better one is merged, published, promoted and rolled back. `--oci` names a
 * repository of a registry to publish to as well, such as `localhost:5000/breast-cancer`.
 * Everything is real: git, the training, the shipped bundle. Exits 0 when everything ends as expected, else 1.
 */
const root = resolve(import.meta.dirname, '..')
const { values } = parseArgs({ options: { out: { type: 'string' }, oci: { type: 'string' } } })
const folder = values.out === undefined ? mkdtempSync(join(tmpdir(), 'modelgate-demo-')) : resolve(values.out)
const example = join(root, 'examples', 'breast-cancer')
const repository = join(folder, 'breast-cancer')

function git(...args: string[]): void {
  const identity = [
    '-c',
    'user.name=modelgate demo',
    '-c',
    'user.email=demo@example.invalid',
    '-c',
    'commit.gpgsign=false',
  ]
  execFileSync('git', [...identity, ...args], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] })
}

function modelgate(...args: string[]): number {
  console.log(`\n$ modelgate ${args.join(' ')}`)
  const result = spawnSync(process.execPath, [join(root, 'dist', 'cli', 'index.js'), ...args], {
    cwd: repository,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return result.status ?? 1
}

function title(text: string): void {
  console.log(`\n${'='.repeat(78)}\n${text}\n${'='.repeat(78)}`)
}

/** A branch with one commit that lays a variant of the example over main. */
function propose(variant: string, message: string): void {
  git('checkout', '--quiet', '-b', variant, 'main')
  cpSync(join(example, 'variants', variant), repository, { recursive: true })
  git('commit', '--quiet', '--all', '--message', message)
}

const started = performance.now()
rmSync(repository, { recursive: true, force: true })
cpSync(example, repository, {
  recursive: true,
  filter: (path) => path !== join(example, 'variants') && !/\.modelgate|\.DS_Store/.test(path),
})
if (values.oci !== undefined)
  appendFileSync(join(repository, 'modelgate.yaml'), `    registry: { oci: ${values.oci} }\n`)
rmSync(join(folder, 'published-models'), { recursive: true, force: true })
git('init', '--quiet', '--initial-branch=main')
git('add', '--all')
git('commit', '--quiet', '--message', 'Train on five features')

title('main: the first run. There is no baseline yet, and no rule about a change is claimed.')
const first = modelgate('run', '--record')

title('The first model is published, and goes into production')
const registry = values.oci === undefined ? [] : ['--plain-http']
const firstVersion = [
  modelgate('publish', ...registry),
  modelgate('promote', 'breast-cancer', '1.0.0', '--to', 'production', '--because', 'the first model'),
]

propose('better', 'Train on all thirty features')
title('Pull request 1: all thirty features instead of five')
const better = modelgate('run', '--base', 'main', '--out', join(folder, 'better'))

propose('bad', 'Standardise every batch by itself')
title('Pull request 2: a "faster" scoring loop, with a mistake in it')
const bad = modelgate('run', '--base', 'main', '--out', join(folder, 'bad'))

propose('bad-data', 'Train on forty more rows')
title('Pull request 3: more training rows, of which thirty are those of the evaluation set')
const badData = modelgate('run', '--base', 'main', '--out', join(folder, 'bad-data'))

propose('unsure', 'Leave the symmetry out')
title('Pull request 4: one measurement less, which is hardly worse, or is it?')
const unsure = modelgate('run', '--base', 'main', '--out', join(folder, 'unsure'))

propose('other-exam', 'Remove fifteen doubtful rows from the evaluation set')
title('Pull request 5: the same model on an easier evaluation set')
const otherExam = modelgate('run', '--base', 'main', '--out', join(folder, 'other-exam'))

title('Does the gate work? Each of its rules is given a run that it has to stop.')
git('checkout', '--quiet', 'main')
const selfTest = modelgate('gate', '--self-test')

title('Pull request 1 is merged: main is run again, and its model is published and promoted')
git('merge', '--quiet', '--ff-only', 'better')
const secondVersion = [
  modelgate('run', '--base', 'HEAD~1', '--record'),
  modelgate('publish', '--bump', 'minor', ...registry),
  modelgate('verify', join(folder, 'published-models', 'breast-cancer', '1.1.0')),
  modelgate('promote', 'breast-cancer', '1.1.0', '--to', 'production', '--because', 'thirty features are better'),
]

title('It misbehaves: back to the model before. What happened stays on record.')
const rollback = [
  modelgate('rollback', 'breast-cancer', '--stage', 'production', '--because', 'alarms of the clinic'),
  modelgate('models', 'list'),
  modelgate('models', 'history', 'breast-cancer'),
  modelgate('history', 'list'),
  modelgate('history', 'trend', 'accuracy'),
]

title('The comments that the pull requests would get, and the full reports')
for (const variant of ['better', 'bad', 'unsure', 'other-exam', 'bad-data']) {
  console.log(`\n${variant}\n  Comment  ${join(folder, variant, 'report.md')}`)
  const page = spawnSync(process.execPath, [join(root, 'dist', 'cli', 'index.js'), 'preview', join(folder, variant)], {
    encoding: 'utf8',
  })
  console.log(`  Preview  ${page.stdout.trim()}${page.stderr}`)
  console.log(`  Page     ${join(folder, variant, 'report.html')}`)
}

const verdictOf = (variant: string): unknown =>
  JSON.parse(readFileSync(join(folder, variant, 'verdict.json'), 'utf8')).verdict
const runs = [
  { name: 'better', exit: better, verdict: 'pass', expected: 0 },
  { name: 'bad', exit: bad, verdict: 'fail', expected: 10 },
  { name: 'bad-data', exit: badData, verdict: 'fail', expected: 10 },
  { name: 'unsure', exit: unsure, verdict: 'inconclusive', expected: 10 },
  { name: 'other-exam', exit: otherExam, verdict: 'incomparable', expected: 10 },
]
console.log('\nVerdicts (exit code 10 is "blocked by the gate")\n')
console.log(`  ${'main'.padEnd(12)}first run      ${first}`)
for (const { name, exit } of runs) console.log(`  ${name.padEnd(12)}${String(verdictOf(name)).padEnd(15)}${exit}`)
console.log(`  ${'self-test'.padEnd(12)}${''.padEnd(15)}${selfTest}`)
const chain = [
  { name: 'first version', exits: firstVersion },
  { name: 'second version', exits: secondVersion },
  { name: 'rollback', exits: rollback },
]
console.log(
  `\nPublished, promoted, rolled back: ${chain.map(({ name, exits }) => `${name} ${exits.join(' ')}`).join(', ')}`,
)
const asExpected =
  chain.every(({ exits }) => exits.every((exit) => exit === 0)) &&
  first === 0 &&
  selfTest === 0 &&
  runs.every(({ name, exit, verdict, expected }) => exit === expected && verdictOf(name) === verdict)
console.log(
  asExpected
    ? `\nAs expected, in ${((performance.now() - started) / 1000).toFixed(1)} s.`
    : `\nNOT as expected: ${runs.map(({ name, verdict, expected }) => `${name} ${verdict} ${expected}`).join(', ')}, and 0 for the others.`,
)
process.exitCode = asExpected ? 0 : 1
