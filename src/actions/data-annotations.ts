import { oneLine, truncate } from '../base/escape.ts'
import type { Comparison } from '../compare/comparison.ts'
import { shownPath } from '../config/load.ts'
import type { RuleResult, Verdict } from '../gate/verdict.ts'
import type { CheckResult, DataReport } from '../record/data-report.ts'
import { checksThat, foundText } from '../report/data/part.ts'
import type { Annotation } from './annotate.ts'
import { annotationPath } from './annotation-path.ts'

/** What GitHub takes of a title. */
const [longestTitle, longestMessage] = [255, 1000]

/** One for each check that did not pass, the worst first. `shown` names a path of the report as seen from the working directory. */
export function annotationsOfData(report: DataReport, shown: (path: string) => string): Annotation[] {
  const at = (place: Place | undefined): Pick<Annotation, 'path' | 'line'> => {
    const path = place?.line === undefined || isPacked(place.file) ? undefined : annotationPath(shown(place.file))
    return path === undefined || place?.line === undefined ? {} : { path, line: place.line }
  }
  const [first] = report.malformed.first
  const malformed: Annotation[] =
    report.malformed.count === 0
      ? []
      : [
          {
            ...at(first?.place),
            level: 'failure',
            title: cut(`${report.name}: rows that cannot be read`, longestTitle),
            message: cut(`${report.malformed.count} rows cannot be read. ${first?.message ?? ''}`, longestMessage),
          },
        ]
  return [
    ...malformed,
    ...checksThat(report, 'fail', 'not-run', 'warn', 'info').map((check): Annotation => {
      const failing = at(check.at)
      return {
        ...(failing.path === undefined ? at(check.place) : failing),
        level: levelOf(check),
        title: cut(`${report.name}: ${check.id}`, longestTitle),
        message: cut(messageOf(check), longestMessage),
      }
    }),
    ...driftAnnotation(report),
  ]
}

type Place = { file: string; line?: number | undefined }

/** Those of a judged run. Where the data rule may not block, nothing that it is about is a failure. `configFile` is modelgate.yaml as the user knows it. */
export function annotationsOfRun(
  { data }: Pick<Comparison, 'data'>,
  { rules }: Pick<Verdict, 'rules'>,
  configFile: string | undefined,
): Annotation[] {
  if (configFile === undefined) return []
  const found = rules.filter(({ rule }) => rule === 'data').map(({ consequence }) => consequence)
  const blocks = found.some(
    (consequence: RuleResult['consequence']) => consequence === 'block' || consequence === 'approve',
  )
  return data
    .flatMap(({ new: report }) =>
      report === null ? [] : annotationsOfData(report, (path) => shownPath({ file: configFile }, path)),
    )
    .map((annotation) => (blocks || annotation.level !== 'failure' ? annotation : { ...annotation, level: 'warning' }))
}

function driftAnnotation({ name, drift }: DataReport): Annotation[] {
  if (drift === null || drift.verdict === 'pass') return []
  const level = drift.verdict === 'fail' ? 'failure' : 'warning'
  return [{ level, title: cut(`${name}: drift`, longestTitle), message: cut(drift.reason, longestMessage) }]
}

function levelOf({ status }: CheckResult): Annotation['level'] {
  return status === 'warn' ? 'warning' : status === 'info' ? 'notice' : 'failure'
}

function messageOf(check: CheckResult): string {
  const { status, name, expected, reason, owner } = check
  const found = status === 'not-run' ? `Not run: ${check.observed}` : foundText(check)
  return [
    ...(name === undefined ? [] : [`${name}:`]),
    `${found}${/[.!?]$/.test(found) ? '' : '.'}`,
    `Expected: ${expected}.`,
    ...(reason === undefined ? [] : [reason]),
    ...(owner === undefined ? [] : [`Owner: ${owner}`]),
  ].join(' ')
}

/** Lines of a packed file are not those that GitHub would show. */
function isPacked(file: string): boolean {
  return /\.(?:gz|zst|parquet)$/i.test(file)
}

function cut(text: string, most: number): string {
  return truncate(oneLine(text), most)
}
