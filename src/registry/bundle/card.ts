import { codeSpan, escapeMarkdown, truncate } from '../../base/escape.ts'
import { formatBytes, formatCount, formatNumber, formatPercent, formatSigned, plural } from '../../base/number-text.ts'
import type { GateSummary, MeasuredMetric } from '../gate-summary.ts'
import type { ScanReport } from '../scan/file-scan.ts'
import { type BaselineRun, type BundledModel, type BundleFacts, evaluationData, wholeMetrics } from './facts.ts'
import { frontMatter, taskName } from './front-matter.ts'
import { allowedGlobals, combinedFacts } from './manifest.ts'
import { joinCard, type OwnCard } from './own-card.ts'

/** Lines of a table that stay open, and that are written at all. */
const [mostOpen, mostRows, mostParams] = [8, 300, 24]

const icons = { pass: '✅', fail: '❌', inconclusive: '❔', incomparable: '🚫' }
const signatures = {
  none: 'none',
  key: 'by key, in `model.sig` (OpenSSF Model Signing)',
  sigstore: 'by the identity of the workflow, in `model.sig` (OpenSSF Model Signing, Sigstore)',
}

/** README.md of a bundle: what was measured, by whom it was judged, what it was made from. Holds no sentence that nothing measured, but those of the project. */
export function cardOf(facts: BundleFacts, bundled: BundledModel, own: OwnCard): string {
  const sections = [
    heading(facts),
    ...metricsSection(facts),
    ...gateSection(facts.gate),
    `## Model\n\n${aboutModel(facts, bundled)}`,
    `## Made from\n\n${madeFrom(facts)}`,
    checkIt(bundled),
  ]
  return joinCard(frontMatter(facts, own.frontMatter), sections.join('\n\n'), own)
}

/** One paragraph for people, without Markdown: name, verdict, main metric. */
export function summaryOf({ model, version, gate }: BundleFacts): string {
  const [main] = wholeMetrics(gate)
  const measured = main === undefined ? '' : ` ${main.name} ${formatNumber(main.value)}${range(main, ' (', ')')}.`
  return `${model} ${version}: ${gate.verdict}. ${gate.reason}${measured}`
}

function checkIt({ signature, keyFingerprint }: BundledModel): string {
  const byKey = signature === 'key'
  const verify = `modelgate verify ${byKey ? '--key <public key> ' : ''}.`
  const block = `## Check it\n\n\`\`\`sh\nsha256sum --strict -c checksums.sha256\n${verify}\n\`\`\``
  if (!byKey || keyFingerprint === undefined) return block
  return `${block}\n\nThe SHA-256 of the public key in PEM form is ${code(keyFingerprint)}. Take key and number from where you know that they are genuine, not from here.`
}

function heading({ model, version, gate, record, task }: BundleFacts): string {
  const commit = record.source?.commit
  const from = commit === undefined ? ' of no commit' : ` from commit ${code(commit.slice(0, 12))}`
  const changed = record.source?.dirty === true ? ' with changes that are not committed' : ''
  return [
    `# ${escapeMarkdown(`${model} ${version}`)}`,
    `${icons[gate.verdict]} **${gate.verdict}**${gate.outcome === 'blocked' ? ' (blocked)' : ''}. ${sentence(gate.reason)}`,
    `${taskName(task)}, made by run ${code(record.id)} of pipeline ${code(record.project.name)} on ${record.startedAt.slice(0, 10)}${from}${changed}.`,
  ].join('\n\n')
}

function metricsSection(facts: BundleFacts): string[] {
  const { gate, changes, record, rows } = facts
  const whole = wholeMetrics(gate)
  const slices = gate.metrics.filter(({ slice }) => slice !== undefined)
  if (whole.length === 0) return ['## Measured\n\nThis run measured nothing.']
  const compared = gate.comparedWith !== null && changes.size > 0
  const metricTable = (metrics: readonly MeasuredMetric[]): string =>
    table(
      ['Metric', 'Value', 'Interval', ...(compared ? ['Baseline', 'Difference'] : [])],
      metrics.map((metric) => [
        code(metric.name),
        value(metric),
        range(metric),
        ...(compared ? changeCells(changes.get(metric.name)) : []),
      ]),
      'right',
    )
  const data = evaluationData(record)
  const where =
    rows === undefined
      ? []
      : [
          `Measured on ${plural(rows, 'row')}${data === undefined ? '' : ` of ${code(data.name)} (${code(shortened(data.digest))})`}.`,
        ]
  return [
    `## Measured\n\n${metricTable(whole.slice(0, mostOpen))}`,
    [...where, comparedWith(facts), ...levels(whole)].join(' '),
    ...otherBaselines(facts),
    ...fold(whole.slice(mostOpen), 'more metric', metricTable),
    ...fold(slices, 'value', sliceTable, ' of slices'),
    ...methods(whole),
  ]
}

function comparedWith({ gate, baseline }: BundleFacts): string {
  if (gate.comparedWith === null) return 'Compared with nothing: there was no baseline.'
  const { run, commit } = gate.comparedWith
  return `Compared with ${runName({ id: run, commit })}${baseline === '' ? '' : ` (${escapeMarkdown(truncate(baseline, 200))})`}.`
}

function otherBaselines({ otherBaselines: others = [] }: BundleFacts): string[] {
  const lines = others.map(({ name, run }) => `- ${code(name)}: ${run === undefined ? 'no run' : runName(run)}`)
  return lines.length === 0 ? [] : [`Single rules compare with:\n\n${lines.slice(0, mostRows).join('\n')}`]
}

function runName({ id, commit }: BaselineRun): string {
  // As a rolling baseline is called.
  const mean = /^mean-of-(\d+)-runs$/.exec(id)
  if (mean !== null) return `the mean of ${mean[1]} runs`
  return `run ${code(id)} of ${commit === undefined ? 'no commit' : `commit ${code(commit.slice(0, 12))}`}`
}

function changeCells(change: { base: number; difference?: number; low?: number; high?: number } | undefined): string[] {
  if (change === undefined) return ['', '']
  const { base, difference, low, high } = change
  if (difference === undefined) return [formatNumber(base), '']
  const interval = low === undefined || high === undefined ? '' : ` (${formatSigned(low)} to ${formatSigned(high)})`
  return [formatNumber(base), unbroken(`${formatSigned(difference)}${interval}`)]
}

function sliceTable(metrics: readonly MeasuredMetric[]): string {
  return table(
    ['Slice', 'Metric', 'Rows', 'Value', 'Interval'],
    metrics.map((metric) => [
      code(metric.slice ?? ''),
      code(metric.name),
      metric.rows === undefined ? '' : formatCount(metric.rows),
      value(metric),
      range(metric),
    ]),
    'right',
  )
}

/** The level of the intervals, where it is one. */
function levels(metrics: readonly MeasuredMetric[]): string[] {
  const found = new Set(metrics.flatMap(({ confidence }) => (confidence === undefined ? [] : [confidence])))
  return found.size === 0 ? [] : [`Intervals of ${[...found].map(formatPercent).join(' and ')}.`]
}

function methods(metrics: readonly MeasuredMetric[]): string[] {
  const named = new Map<string, string[]>()
  for (const { name, method } of metrics)
    if (method !== undefined) named.set(method, [...(named.get(method) ?? []), name])
  if (named.size === 0) return []
  const lines = [...named].map(([method, names]) => `- ${names.slice(0, 20).map(code).join(', ')}: ${sentence(method)}`)
  return [details('How the intervals were made', lines.join('\n'))]
}

function gateSection({ rules, waived, policy, notChecked }: GateSummary): string[] {
  if (rules.length === 0) return ['## Gate\n\nNo rule judged this model.']
  const ruleTable = (shown: readonly GateSummary['rules'][number][]): string =>
    table(
      ['Rule', 'Verdict', 'Asked', 'Seen'],
      shown.map(({ id, verdict, expected, reason }) => [
        code(id),
        `${verdict in icons ? `${icons[verdict as keyof typeof icons]}\u00a0` : ''}${verdict === 'skipped' ? 'not judged' : escapeMarkdown(verdict)}`,
        escapeMarkdown(truncate(expected, 200)),
        escapeMarkdown(truncate(reason, 300)),
      ]),
    )
  const waivers = waived.map(
    ({ rule, by, reason, until }) =>
      `- ${code(rule)} was waived by ${escapeMarkdown(truncate(by, 100))} until ${escapeMarkdown(until)}: ${sentence(reason)}`,
  )
  return [
    `## Gate\n\n${ruleTable(rules.slice(0, mostOpen))}`,
    ...fold(rules.slice(mostOpen), 'more rule', ruleTable),
    ...(waivers.length === 0 ? [] : [waivers.slice(0, mostRows).join('\n')]),
    [`Policy ${code(shortened(policy))}.`, ...checkedAnew(notChecked)].join(' '),
  ]
}

function checkedAnew(notChecked: GateSummary['notChecked']): string[] {
  if (notChecked === undefined) return []
  const lines = notChecked.slice(0, mostRows).map((each) => `- ${escapeMarkdown(truncate(each, 400))}`)
  const made = 'Judged anew for this bundle, from the record and the predictions in the folder of the run'
  return [lines.length === 0 ? `${made}.` : `${made}. Not checked:\n\n${lines.join('\n')}`]
}

function aboutModel({ license }: BundleFacts, { files, bytes, scan, signature, content }: BundledModel): string {
  const facts = combinedFacts(scan)
  const formats = [...new Set(files.map(({ format }) => format))].sort()
  const tensors = (list: typeof facts.inputs): string =>
    (list ?? [])
      .slice(0, mostOpen)
      .map(({ name, dtype, shape }) => code(`${name}: ${dtype}[${shape.join(', ')}]`))
      .join(', ')
  const dtypes = Object.entries(facts.dtypes ?? {}).map(([name, count]) => `${formatCount(count)} ${code(name)}`)
  const rows: [string, string][] = [
    ['Files', `${plural(files.length, 'file')}, ${formatBytes(bytes)}: ${formats.map(code).join(', ')}`],
    [
      'Parameters',
      facts.parameters === undefined
        ? ''
        : dtypes.length === 1
          ? dtypes.join('')
          : [formatCount(facts.parameters), ...dtypes].join(', '),
    ],
    ['Inputs', tensors(facts.inputs)],
    ['Outputs', tensors(facts.outputs)],
    ...Object.entries(facts.details ?? {})
      .slice(0, mostOpen)
      .map(([name, text]): [string, string] => [escapeMarkdown(truncate(name, 60)), code(truncate(text, 200))]),
    ['Scan', scanCell(scan)],
    ['Signature', signatures[signature]],
    ['Licence', license === undefined ? '' : code(license)],
    ['Digest', code(content)],
  ]
  return list(rows)
}

function scanCell(scan: ScanReport): string {
  const allowed = allowedGlobals(scan)
  const shown = allowed.slice(0, mostParams).map(code).join(', ')
  const more = allowed.length > mostParams ? ` and ${allowed.length - mostParams} more` : ''
  return `${scan.verdict}${allowed.length === 0 ? '' : `; loading it imports, as the project allows, ${shown}${more}`}`
}

function madeFrom({ record }: BundleFacts): string {
  const { code: sources, data, params, environment } = record.factors
  const values = Object.entries(params.values)
  const shown = values.slice(0, mostParams).map(([name, one]) => code(`${name}=${truncate(String(one), 60)}`))
  const more = values.length > mostParams ? [`and ${values.length - mostParams} more`] : []
  const { os, arch } = environment.machine
  return list([
    [
      'Code',
      `${plural(Object.keys(sources.files).length, 'file')}, ${code(shortened(sources.digest))}${record.source === null ? '' : `, commit ${code(record.source.commit)}`}`,
    ],
    ...Object.entries(data).map(([name, { path, digest }]): [string, string] => [
      `Data ${code(name)}`,
      `${code(path)}, ${code(shortened(digest))}`,
    ]),
    ['Parameters', [...shown, ...more].join(', ')],
    [
      'Environment',
      [
        `${os} ${arch}`,
        ...Object.entries(environment.dependencies).map(([path, digest]) => `${code(path)} ${code(shortened(digest))}`),
      ].join(', '),
    ],
  ])
}

function value({ value: number, unit }: MeasuredMetric): string {
  return unbroken(`${formatNumber(number)}${unit === undefined ? '' : ` ${escapeMarkdown(unit)}`}`)
}

function range({ low, high }: MeasuredMetric, before = '', after = ''): string {
  return low === undefined || high === undefined
    ? ''
    : unbroken(`${before}${formatNumber(low)} to ${formatNumber(high)}${after}`, before === '')
}

/** On one line, however narrow the column. */
function unbroken(text: string, isCell = true): string {
  return isCell ? text.replaceAll(' ', '\u00a0') : text
}

function fold<T>(rows: readonly T[], noun: string, show: (rows: readonly T[]) => string, behind = ''): string[] {
  if (rows.length === 0) return []
  const left = rows.length - mostRows
  return [
    details(
      `${plural(rows.length, noun)}${behind}`,
      show(rows.slice(0, mostRows)) + (left > 0 ? `\n\n${left} more are in metrics.json and gate.json.` : ''),
    ),
  ]
}

function details(summary: string, body: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${body}\n\n</details>`
}

/** Columns behind the first are aligned to the right with `numbers`. */
function table(header: readonly string[], rows: readonly string[][], numbers?: 'right'): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const numeric = (name: string): boolean => numbers === 'right' && !['Metric', 'Slice'].includes(name)
  return [line(header), line(header.map((name) => (numeric(name) ? '---:' : '---'))), ...rows.map(line)].join('\n')
}

function list(rows: readonly [string, string][]): string {
  return rows
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `- **${name}**: ${text}`)
    .join('\n')
}

/** Escaped, with a full stop. */
function sentence(text: string): string {
  const plain = escapeMarkdown(truncate(text, 500))
  return /[.!?]$/.test(plain) ? plain : `${plain}.`
}

/** As it is, to be copied: GitHub finds no mentions in code, so nothing invisible has to break them. */
function code(text: string): string {
  return codeSpan(truncate(text, 200), { joined: false })
}

function shortened(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12)
}
