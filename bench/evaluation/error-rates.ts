import { parseArgs } from 'node:util'
import { type BinaryWorld, binaryPair, numberPair, type Pair, severalPair } from './models.ts'
import { alpha, type Rates, rates, trueDifferences } from './simulate.ts'

/**
 * How often the intervals of differences err, as Markdown tables: equally good models found worse, models that are worse by exactly
 * the margin and pass, and how many models of a given drop are stopped.
 *
 *     node bench/evaluation/error-rates.ts [--trials 2000] [--part alarms|dear|margin|power]
 */
const { values } = parseArgs({ options: { trials: { type: 'string', default: '2000' }, part: { type: 'string' } } })
const trials = Number(values.trials)

const binaryMetrics = ['accuracy', 'recall', 'precision', 'f1', 'mcc', 'roc_auc', 'pr_auc', 'log_loss', 'brier', 'ece']
/** This costs many times as much, so it is tried on fewer pairs. */
const dearMetrics = ['recall_at_specificity@0.9']
const numberMetrics = ['mae', 'rmse', 'r2', 'median_ae']
const severalMetrics = ['accuracy', 'f1_macro', 'balanced_accuracy', 'kappa']

/** The rows that are enough to know a true difference to three digits. */
const manyRows = 400_000

const percent = (count: number, of: number): string => `${((100 * count) / of).toFixed(1)} %`

/** Prints each row as soon as it is there: all of them take hours. */
function printTable<T>(head: readonly string[], worlds: readonly T[], rowOf: (world: T) => readonly string[]): void {
  console.log(`| ${head.join(' | ')} |\n| ${head.map(() => '---').join(' | ')} |`)
  for (const world of worlds) console.log(`| ${rowOf(world).join(' | ')} |`)
  console.log()
}

type World = { name: string; make: (seed: string) => Pair; metrics: readonly string[]; binary: boolean }

const binaryWorld = (name: string, world: BinaryWorld): World => ({
  name,
  make: (seed) => binaryPair(world, `${name} ${seed}`),
  metrics: binaryMetrics,
  binary: true,
})

const equal: World[] = [
  ...[200, 1000, 5000].flatMap((rows) =>
    [0.5, 0.1].map((prevalence) =>
      binaryWorld(`${rows.toLocaleString('en-US')} rows, ${prevalence * 100} % positive`, { rows, prevalence }),
    ),
  ),
  binaryWorld('400 rows, 8 % positive, strong models', { rows: 400, prevalence: 0.08, strong: true }),
  binaryWorld('40 groups of 25 rows', { rows: 1000, prevalence: 0.3, groupSize: 25 }),
  binaryWorld('200 groups of 5 rows', { rows: 1000, prevalence: 0.3, groupSize: 5 }),
]
const equalNumbers: World[] = [50, 200, 1000].flatMap((rows) =>
  (['normal', 'heavy'] as const).map((errors) => ({
    name: `${rows.toLocaleString('en-US')} rows, ${errors} errors`,
    make: (seed: string) => numberPair({ rows, errors }, `${rows} ${errors} ${seed}`),
    metrics: numberMetrics,
    binary: false,
  })),
)
const equalSeveral: World[] = [200, 2000].map((rows) => ({
  name: `${rows.toLocaleString('en-US')} rows, five classes`,
  make: (seed: string) => severalPair({ rows, shares: [0.4, 0.25, 0.15, 0.1, 0.1] }, `${rows} ${seed}`),
  metrics: severalMetrics,
  binary: false,
}))

/** Of two equal models either may be the new one: an interval above 0 is an alarm of the sides swapped. */
function alarms(worlds: readonly World[], metrics: readonly string[], pairs: number): void {
  printTable(['equally good', ...metrics], worlds, (world) => {
    const found = rates(world.make, metrics, pairs, new Map(), world.binary)
    return [world.name, ...metrics.map((name) => alarmsOf(found.get(name) as Rates, pairs))]
  })
}

function alarmsOf({ alarms: there, swapped, unknown }: Rates, pairs: number): string {
  return `${percent(there + swapped, 2 * pairs)}${withNone(unknown, pairs)}`
}

function withNone(unknown: number, pairs: number): string {
  return unknown > 0 ? ` (none: ${percent(unknown, pairs)})` : ''
}

/** Worse by exactly the margin: how often it passes. */
function margins(metrics: readonly string[], pairs: number): void {
  const worlds: [string, BinaryWorld][] = [
    ...[10, 20, 30, 50, 100].flatMap((positives): [string, BinaryWorld][] => [
      [`${positives} positives of 400, all a little worse`, { rows: 400, prevalence: positives / 400, worse: 0.6 }],
      [`${positives} positives of 400, a tenth hopeless`, { rows: 400, prevalence: positives / 400, hopeless: 0.1 }],
    ]),
    ['2,000 rows, 30 % positive, all a little worse', { rows: 2000, prevalence: 0.3, worse: 0.6 }],
    ['40 groups of 25 rows, all a little worse', { rows: 1000, prevalence: 0.3, groupSize: 25, worse: 0.6 }],
  ]
  printTable(['worse by the margin', ...metrics], worlds, ([name, world]) => {
    const truth = trueDifferences((seed) => binaryPair({ ...world, rows: manyRows }, seed), metrics)
    const margin = new Map([...truth].map(([metric, value]) => [metric, -value]))
    const found = rates((seed) => binaryPair(world, `${name} ${seed}`), metrics, pairs, margin)
    return [
      name,
      ...metrics.map((metric) => {
        const { passes, unknown } = found.get(metric) as Rates
        // Not every metric falls with the others: where it does not, there is no margin to be worse by.
        return (margin.get(metric) ?? 0) > 0 ? `${percent(passes, pairs)}${withNone(unknown, pairs)}` : 'not worse'
      }),
    ]
  })
}

/** Share of models stopped, by how much worse they truly are, beside gates that compare point values. */
function power(): void {
  for (const [metric, margin, rows] of [
    ['accuracy', 0.02, 1000],
    ['roc_auc', 0.01, 1000],
    ['f1', 0.02, 1000],
  ] as const) {
    console.log(`${metric}, ${rows.toLocaleString('en-US')} rows, margin ${margin}\n`)
    const head = ['true drop', 'fail', 'fail or approval', 'naive: any drop', `naive: drop > ${margin}`]
    printTable(head, [0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.1], (worse) => {
      const world = { rows, prevalence: 0.3, worse }
      const many = trueDifferences((seed) => binaryPair({ ...world, rows: manyRows }, seed), [metric])
      // Without more noise the two are alike, and what many rows show is chance.
      const drop = worse === 0 ? 0 : -(many.get(metric) ?? 0)
      const found = rates((seed) => binaryPair(world, seed), [metric], trials, new Map([[metric, margin]]))
      const { alarms: failed, passes, anyDrop, largeDrop } = found.get(metric) as Rates
      return [drop.toFixed(4), ...[failed, trials - passes, anyDrop, largeDrop].map((count) => percent(count, trials))]
    })
  }
}

const dear = Math.ceil(trials / 5)
const parts: Record<string, () => void> = {
  alarms: () => {
    console.log(`False alarms at one-sided alpha ${alpha}, ${trials} pairs, either model as the new one\n`)
    for (const worlds of [equal, equalSeveral, equalNumbers]) alarms(worlds, worlds[0]?.metrics ?? [], trials)
  },
  dear: () => {
    alarms(equal, dearMetrics, dear)
    margins(dearMetrics, dear)
  },
  margin: () => margins(binaryMetrics, trials),
  power,
}
for (const [name, run] of Object.entries(parts)) if (values.part === undefined || values.part === name) run()
