import { styleText } from 'node:util'
import { oneLine, truncate } from '../base/escape.ts'
import { formatBytes, formatCount, plural } from '../base/number-text.ts'
import type { FileScan, ModelFacts, ScanFinding, ScanReport, ScanVerdict } from '../registry/scan/file-scan.ts'

type Style = Parameters<typeof styleText>[0]

const styles: Record<ScanVerdict, { style: Style; sign: string }> = {
  safe: { style: 'green', sign: '✔' },
  unknown: { style: 'yellow', sign: '?' },
  malformed: { style: 'magenta', sign: '≠' },
  dangerous: { style: 'red', sign: '✖' },
}

/** More lines than this tell nobody more; the JSON has all. */
const mostFiles = 200
const mostFindings = 20

/** A scan as text for a terminal: one line for each file, its findings below it. Files that are not safe come first when there are many. `notes`: sentences for its end. */
export function renderScan({ verdict, files }: ScanReport, colour: boolean, notes: readonly string[] = []): string {
  const paint = (style: Style, text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text
  const shown =
    files.length <= mostFiles ? files : [...files].sort((one, other) => rank(one) - rank(other)).slice(0, mostFiles)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const unsafe = files.filter((file) => file.verdict !== 'safe').length
  const { style, sign } = styles[verdict]
  const summary =
    files.length === 0
      ? 'there is no file'
      : `${plural(files.length, 'file')}, ${formatBytes(bytes)}${unsafe === 0 ? '' : `; ${formatCount(unsafe)} not safe`}`
  return [
    ...shown.flatMap((file) => fileLines(file, paint)),
    ...(shown.length < files.length
      ? [`${plural(files.length - shown.length, 'more file')} not shown; --json has all.`]
      : []),
    '',
    ...notes.map(oneLine),
    `${paint(style, `${sign} ${verdict}`)}  ${summary}`,
    '',
  ].join('\n')
}

function rank({ verdict }: FileScan): number {
  return verdict === 'safe' ? 1 : 0
}

function fileLines(
  { file, format, bytes, verdict, findings, allowed, facts }: FileScan,
  paint: (style: Style, text: string) => string,
): string[] {
  const { style, sign } = styles[verdict]
  const told = [format, formatBytes(bytes), ...(facts === undefined ? [] : factTexts(facts))].map(oneLine).join(', ')
  return [
    `${paint(style, `${sign} ${verdict.padEnd(9)}`)} ${oneLine(file)}  ${paint('dim', told)}`,
    ...(allowed.length === 0 ? [] : [`    allowed by the project: ${truncate(allowed.map(oneLine).join(', '), 300)}`]),
    ...findings.slice(0, mostFindings).flatMap((finding) => findingLines(finding, file, paint)),
    ...(findings.length > mostFindings
      ? [`    ${plural(findings.length - mostFindings, 'more finding')}; --json has all.`]
      : []),
  ]
}

function findingLines(
  { verdict, file, offset, opcode, callable, message, help }: ScanFinding,
  outer: string,
  paint: (style: Style, text: string) => string,
): string[] {
  const where = [
    ...(file === outer ? [] : [oneLine(file)]),
    ...(offset === undefined ? [] : [`byte ${formatCount(offset)}`]),
    ...(opcode === undefined ? [] : [oneLine(opcode)]),
    ...(callable === undefined ? [] : [oneLine(callable)]),
  ].join(', ')
  return [
    `    ${paint(styles[verdict].style, verdict)}: ${oneLine(message)}${where === '' ? '' : ` [${where}]`}`,
    `      ${paint('dim', oneLine(help))}`,
  ]
}

/** What headers told of the model, in a few words. */
function factTexts({ parameters, dtypes = {}, inputs = [], outputs = [], details }: ModelFacts): string[] {
  const tensors = (list: typeof inputs): string =>
    list
      .slice(0, 4)
      .map(({ name, dtype, shape }) => `${name} ${dtype}[${shape.join(', ')}]`)
      .join('; ')
  return [
    ...(parameters === undefined ? [] : [`${formatCount(parameters)} parameters`]),
    ...(Object.keys(dtypes).length === 0 ? [] : [Object.keys(dtypes).slice(0, 6).join('/')]),
    ...Object.entries(details)
      .slice(0, 6)
      .map(([name, value]) => `${name} ${truncate(value, 60)}`),
    ...(inputs.length === 0 ? [] : [`in ${tensors(inputs)}`]),
    ...(outputs.length === 0 ? [] : [`out ${tensors(outputs)}`]),
  ]
}
