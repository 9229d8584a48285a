import { isObject } from '../../base/json.ts'
import { plural } from '../../base/number-text.ts'
import type { FileFormat } from '../format.ts'
import { type FileInput, mostTree } from '../input.ts'

type Counts = { tests: number; failures: number; errors: number; skipped: number; seconds: number }

/** Deeper than any tool nests suites; the library builds its tree by calling itself. */
const deepest = 100

/** JUnit XML: how many of the tests that ran have passed. Counted over the test cases: what a suite says about itself may be wrong. */
export const junit: FileFormat = {
  name: 'junit',
  title: 'JUnit XML',
  of: 'file',
  called: /\.xml$/i,
  fit: (input) =>
    /^\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--[^>]*-->\s*)?<testsuites?[\s/>]/.test(input.peekText().slice(0, 4096))
      ? 'content'
      : 'no',
  read: async (input) => {
    const root = await parse(input)
    const suites = [root.testsuites, root.testsuite].filter((node) => node !== undefined)
    if (suites.length === 0) throw input.fault('not-junit', 'The file has no element "testsuites" or "testsuite".')
    const counts = countCases(suites)
    const { tests, failures, errors, skipped, seconds } = counts
    const ran = tests - skipped
    if (ran === 0) {
      throw input.fault('empty', tests === 0 ? 'The file holds no test case.' : 'All tests of the file were skipped.')
    }
    const stated = isObject(suites[0]) ? Number(suites[0]['@tests']) : Number.NaN
    return {
      metrics: [
        { name: 'pass_rate', value: (ran - failures - errors) / ran, direction: 'higher', rows: ran },
        { name: 'tests', value: tests },
        { name: 'failures', value: failures, direction: 'lower', rows: ran },
        { name: 'errors', value: errors, direction: 'lower', rows: ran },
        { name: 'skipped', value: skipped, rows: tests },
        { name: 'seconds', value: seconds, direction: 'lower', rows: ran },
      ],
      notes:
        Number.isFinite(stated) && stated !== tests
          ? [`The file says ${stated} tests, but holds ${plural(tests, 'test case')}: those are counted.`]
          : [],
    }
  },
}

async function parse(input: FileInput): Promise<Record<string, unknown>> {
  const text = input.textUpTo(mostTree)
  // Entities are what makes XML dangerous; no tool that writes results declares any.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) {
    throw input.fault('not-junit', 'The file declares a document type, which no test result needs.')
  }
  const { XMLParser, XMLValidator } = await import('fast-xml-parser')
  const valid = XMLValidator.validate(text)
  if (valid !== true) {
    const { line, col } = valid.err
    throw input.fault('not-xml', 'The metrics file is not well-formed XML.', { line, column: col })
  }
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    processEntities: false,
    parseTagValue: false,
    parseAttributeValue: false,
    maxNestedTags: deepest,
  })
  try {
    const tree: unknown = parser.parse(text)
    return isObject(tree) ? tree : {}
  } catch (cause) {
    // The library refuses some names and sizes with errors of its own.
    if (!(cause instanceof Error)) throw cause
    throw input.fault('not-xml', 'The metrics file is not XML that can be read.')
  }
}

function countCases(roots: readonly unknown[]): Counts {
  const counts: Counts = { tests: 0, failures: 0, errors: 0, skipped: 0, seconds: 0 }
  const open: unknown[] = [...roots]
  while (open.length > 0) {
    const node = open.pop()
    if (Array.isArray(node)) {
      for (const inner of node) open.push(inner)
    } else if (isObject(node)) {
      for (const test of listOf(node.testcase)) countCase(test, counts)
      open.push(node.testsuite)
    }
  }
  return counts
}

function countCase(test: unknown, counts: Counts): void {
  counts.tests++
  if (!isObject(test)) return
  const time = Number(test['@time'])
  if (Number.isFinite(time)) counts.seconds += time
  if (test.skipped !== undefined) counts.skipped++
  else if (test.error !== undefined) counts.errors++
  else if (test.failure !== undefined) counts.failures++
}

function listOf(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}
