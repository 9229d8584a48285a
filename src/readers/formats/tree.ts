import { oneLine } from '../../base/escape.ts'
import type { FileFormat } from '../format.ts'
import { mostByHand } from '../input.ts'
import { metricsOfTree } from '../metrics-file.ts'

/** JSON: every number under its dotted name. DVC metrics are such files. */
export const json: FileFormat = {
  name: 'json',
  title: 'JSON',
  of: 'file',
  called: /\.json$/i,
  fit: (input) => (input.looksLikeJson() && !/\.(?:jsonl|ndjson|ya?ml|toml)$/i.test(input.name) ? 'generic' : 'no'),
  read: (input) => ({ metrics: metricsOfTree(input.json(), input.name), notes: [] }),
}

export const yaml: FileFormat = {
  name: 'yaml',
  title: 'YAML',
  of: 'file',
  called: /\.ya?ml$/i,
  fit: (input) => (input.peekYaml() === undefined ? 'no' : 'name'),
  read: (input) => ({ metrics: metricsOfTree(input.yaml(), input.name), notes: [] }),
}

export const toml: FileFormat = {
  name: 'toml',
  title: 'TOML',
  of: 'file',
  called: /\.toml$/i,
  fit: (input) => (/\.toml$/i.test(input.name) ? 'name' : 'no'),
  read: async (input) => {
    const { parse, TomlError } = await import('smol-toml')
    try {
      // The values are walked through once; a date is an object without entries.
      return { metrics: metricsOfTree(parse(input.textUpTo(mostByHand), { maxDepth: 64 }), input.name), notes: [] }
    } catch (error) {
      if (!(error instanceof TomlError)) throw error
      const { line, column } = error
      const problem = oneLine(error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
      throw input.fault('not-toml', `The metrics file is not valid TOML: ${problem.replace(/\.$/, '')}.`, {
        line,
        column,
      })
    }
  },
}
