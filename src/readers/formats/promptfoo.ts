import { digestOfJson } from '../../base/digest.ts'
import { isObject, type Json } from '../../base/json.ts'
import type { FileFormat } from '../format.ts'
import { firstLine, jsonLines } from '../json-lines.ts'
import { parseJsonText } from '../json-text.ts'
import { parseJsonMetrics, treeFaults } from '../metrics-file.ts'
import type { Fault, ReadMetric } from '../reading.ts'
import { type CaseRow, tableOfCases } from '../samples.ts'
import type { Table } from '../table.ts'

/** `promptfoo eval -o results.json`: version 3 has a row per answer, version 2 a table of tests and prompts. */

type Answer = {
  passed: boolean
  score: number
  /** The provider broke down, or an assertion did: promptfoo counts these apart from failures. */
  isError: boolean
  provider: string
  /** Number of the column of prompt and provider; number of the test. */
  column: number
  test: number | undefined
  vars: unknown
  seconds: number | undefined
  cost: number | undefined
  named: Record<string, unknown>
  /** Line of a JSON Lines file; 1 in the one object that other files hold. */
  line: number
}

export const promptfoo: FileFormat = {
  name: 'promptfoo',
  title: 'promptfoo',
  of: 'file',
  fit: (input) =>
    isRowOfPromptfoo(firstLine(input.peekText())) || summaryOf(input.peekJson()) !== undefined ? 'content' : 'no',
  read: (input) => {
    const answers = answersOf(input.text(), input.name, () => input.json())
    const providers = new Set(answers.map(({ provider }) => provider))
    const parts = [...providers].map((provider) => answers.filter((answer) => answer.provider === provider))
    return {
      metrics: [
        ...metricsOf('', answers),
        // Of several providers each one for itself.
        ...(parts.length > 1 ? parts.flatMap((part) => metricsOf(`${part[0]?.provider}.`, part)) : []),
      ],
      notes: answers.some(({ isError }) => isError) ? ['Answers that ended in an error count as not passed.'] : [],
    }
  },
}

/**
 * One row per answer. The id is made of the test's number and variables and, where there are several, the provider and the number of its
 * prompt, so that the same test has the same id whatever a change does to prompts, and another one after an edit of its variables.
 */
export function casesOfPromptfoo(text: string, file: string): Table {
  const answers = answersOf(text, file, () => parseJsonMetrics(text, treeFaults(file)))
  const providers = [...new Set(answers.map(({ provider }) => provider))]
  const columns = new Map(
    providers.map((provider) => [
      provider,
      [...new Set(answers.filter((answer) => answer.provider === provider).map(({ column }) => column))].sort(
        (one, other) => one - other,
      ),
    ]),
  )
  const prompts = Math.max(...[...columns.values()].map((own) => own.length))
  const seen = new Map<string, number>()
  const cases = answers.map((answer): CaseRow => {
    const prompt = String((columns.get(answer.provider) ?? []).indexOf(answer.column) + 1)
    const test = [...(answer.test === undefined ? [] : [answer.test]), digestOfVars(answer.vars)].join('#')
    const id = [
      test,
      ...(providers.length > 1 ? [answer.provider] : []),
      ...(prompts > 1 ? [`prompt ${prompt}`] : []),
    ].join('/')
    const times = (seen.get(id) ?? 0) + 1
    seen.set(id, times)
    return {
      id: times === 1 ? id : `${id}~${times}`,
      score: answer.score,
      passed: answer.passed,
      facts: {
        ...(providers.length > 1 ? { provider: answer.provider } : {}),
        ...(prompts > 1 ? { prompt } : {}),
        group: test,
      },
      line: answer.line,
    }
  })
  // Answers to one question belong together; where each question has one, nothing does.
  const together = new Set(cases.map(({ facts }) => facts.group)).size < cases.length
  return tableOfCases(together ? cases : cases.map((each) => ({ ...each, facts: without(each.facts, 'group') })))
}

/** `promptfoo eval -o results.jsonl` writes the rows alone. */
function answersOf(text: string, file: string, parse: () => unknown): Answer[] {
  const fault = treeFaults(file)
  if (!isRowOfPromptfoo(firstLine(text))) return readAnswers(parse(), fault)
  return checked(
    [...jsonLines(text, fault)].map(({ value, line }) => answerOfRow(value, line)),
    fault,
  )
}

export function isRowOfPromptfoo(line: string): boolean {
  if (!line.includes('"promptIdx"') || !line.includes('"success"')) return false
  try {
    const row = parseJsonText(line)
    return isObject(row) && typeof row.promptIdx === 'number' && typeof row.success === 'boolean'
  } catch {
    return false
  }
}

function without(facts: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).filter(([key]) => key !== name))
}

function digestOfVars(vars: unknown): string {
  // Numbers that JSON has no word for, or nesting beyond all reason: then the number of the test has to do.
  try {
    return digestOfJson((vars ?? {}) as Json).slice('sha256:'.length, 'sha256:'.length + 8)
  } catch {
    return ''
  }
}

type Summary = { rows: unknown[]; table: unknown }

/** The part with the rows: below `results` in a file, at the top in what the library gives back. */
function summaryOf(tree: unknown): Summary | undefined {
  if (!isObject(tree)) return undefined
  const summary = isObject(tree.results) ? tree.results : tree
  if (!isObject(summary.stats) || typeof summary.stats.successes !== 'number') return undefined
  const { results: rows, table } = summary
  if (!Array.isArray(rows) && !isObject(table)) return undefined
  return { rows: Array.isArray(rows) ? rows : [], table }
}

function readAnswers(tree: unknown, fault: Fault): Answer[] {
  const summary = summaryOf(tree)
  if (summary === undefined) throw fault('not-promptfoo', 'The metrics file holds no results of promptfoo.')
  // In version 2 the rows have no number of their test, the table has.
  const fromTable = answersOfTable(summary.table)
  return checked(fromTable.length > 0 ? fromTable : summary.rows.map((row) => answerOfRow(row, 1)), fault)
}

function checked(answers: readonly (Answer | undefined)[], fault: Fault): Answer[] {
  const whole = answers.filter((answer) => answer !== undefined)
  if (whole.length < answers.length)
    throw fault('not-promptfoo', 'A result of the file does not say whether it passed.')
  if (whole.length === 0) throw fault('empty', 'The file holds no result.')
  return whole
}

function answersOfTable(table: unknown): (Answer | undefined)[] {
  if (!isObject(table) || !Array.isArray(table.body)) return []
  const prompts = isObject(table.head) && Array.isArray(table.head.prompts) ? table.head.prompts : []
  return table.body.flatMap((row: unknown, test) => {
    if (!isObject(row) || !Array.isArray(row.outputs)) return [undefined]
    const { outputs, vars } = row
    return outputs.map((output: unknown, column) => {
      if (!isObject(output)) return undefined
      const prompt: unknown = prompts[column]
      const provider = output.provider ?? (isObject(prompt) ? prompt.provider : undefined)
      return answerOf({ ...output, success: output.pass, provider }, { column, test, vars, line: 1 })
    })
  })
}

function answerOfRow(row: unknown, line: number): Answer | undefined {
  if (!isObject(row)) return undefined
  const { promptIdx, testIdx, vars, testCase } = row
  return answerOf(row, {
    column: typeof promptIdx === 'number' ? promptIdx : 0,
    test: typeof testIdx === 'number' ? testIdx : undefined,
    vars: vars ?? (isObject(testCase) ? testCase.vars : undefined),
    line,
  })
}

type AnswerPlace = Pick<Answer, 'column' | 'test' | 'vars' | 'line'>

function answerOf(row: Record<string, unknown>, place: AnswerPlace): Answer | undefined {
  const { success, score, provider, latencyMs, cost, namedScores, failureReason } = row
  if (typeof success !== 'boolean') return undefined
  return {
    ...place,
    passed: success,
    score: typeof score === 'number' ? score : Number(success),
    isError: failureReason === 2,
    provider: nameOf(provider),
    seconds: typeof latencyMs === 'number' ? latencyMs / 1000 : undefined,
    cost: typeof cost === 'number' ? cost : undefined,
    named: isObject(namedScores) ? namedScores : {},
  }
}

function nameOf(provider: unknown): string {
  if (typeof provider === 'string') return provider
  if (!isObject(provider)) return 'unknown'
  const name = provider.label !== undefined && provider.label !== '' ? provider.label : provider.id
  return typeof name === 'string' ? name : 'unknown'
}

function metricsOf(prefix: string, answers: readonly Answer[]): ReadMetric[] {
  const count = (test: (answer: Answer) => boolean): number => answers.filter(test).length
  const rows = answers.length
  const mean = (name: string, values: (number | undefined)[], direction: 'higher' | 'lower'): ReadMetric[] => {
    const known = values.filter((value) => value !== undefined)
    return known.length === 0 ? [] : [{ name: `${prefix}${name}`, ...average(known), direction }]
  }
  const named = [...new Set(answers.flatMap((answer) => Object.keys(answer.named)))]
  const costs = answers.map(({ cost }) => cost).filter((cost) => cost !== undefined)
  return [
    { name: `${prefix}pass_rate`, value: count(({ passed }) => passed) / rows, direction: 'higher', rows },
    ...mean(
      'score',
      answers.map(({ score }) => score),
      'higher',
    ),
    { name: `${prefix}failures`, value: count(({ passed, isError }) => !passed && !isError), direction: 'lower', rows },
    { name: `${prefix}errors`, value: count(({ isError }) => isError), direction: 'lower', rows },
    ...mean(
      'latency_seconds',
      answers.map(({ seconds }) => seconds),
      'lower',
    ),
    ...(costs.length === 0
      ? []
      : [
          {
            name: `${prefix}cost`,
            value: costs.reduce((sum, each) => sum + each, 0),
            direction: 'lower' as const,
            rows,
          },
        ]),
    // Which way is better for a score of the user's own only the user knows.
    ...named.flatMap((name): ReadMetric[] => {
      const values = answers.map((answer) => answer.named[name]).filter((value) => typeof value === 'number')
      return values.length === 0 ? [] : [{ name: `${prefix}named.${name}`, ...average(values) }]
    }),
  ]
}

/** Without a standard error: answers of several prompts to one test are not independent of each other. The cases themselves are. */
function average(values: readonly number[]): Pick<ReadMetric, 'value' | 'rows'> {
  return { value: values.reduce((sum, each) => sum + each, 0) / values.length, rows: values.length }
}
