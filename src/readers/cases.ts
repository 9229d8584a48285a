import { casesOfLmEval, isLmEvalSamples } from './formats/lm-eval-samples.ts'
import { casesOfPromptfoo } from './formats/promptfoo.ts'
import type { Table } from './table.ts'

/**
 * The outcomes of single cases, out of the samples of lm-evaluation-harness or the output of promptfoo: a table with the columns `id`,
 * `score`, `passed` (`1` or `0`; left out where nothing says what passes), then `task`, `filter`, `provider`, `prompt` and `group` where the
 * file has several of them. `metric` is the one that lm-evaluation-harness' cases are scored by, by default the first of each sample.
 * Throws the `metrics/*` codes of both formats.
 */
export function readCases(text: string, name: string, { metric }: { metric?: string } = {}): Table {
  return isLmEvalSamples(text) ? casesOfLmEval(text, name, metric) : casesOfPromptfoo(text, name)
}
