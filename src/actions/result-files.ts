import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import { ModelgateError } from '../base/error.ts'
import { fileIn, readTextFile } from '../base/files.ts'
import { hasChanged } from '../compare/changes.ts'
import { comparisonSchema } from '../compare/comparison.ts'
import { verdictSchema } from '../gate/verdict.ts'
import type { CommentMode } from '../github/comment-mode.ts'
import { dataResultName, dataResultSchema } from '../record/data-result.ts'

/** What the mode of the comment needs to know, from the files that the gate, or the check of data, wrote beside its report. */
export async function readResult(
  reportFile: string,
  mode: CommentMode,
): Promise<{ blocked: boolean; changed: boolean }> {
  if (mode !== 'on-change' && mode !== 'on-failure') return { blocked: false, changed: false }
  const read = async <Schema extends z.ZodType>(name: string, schema: Schema): Promise<z.infer<Schema>> => {
    const path = join(dirname(reportFile), name)
    const text = await readTextFile(path, {
      what: `${name}, which mode \`${mode}\` needs beside the report,`,
      help: 'Keep the files of the report together, or use mode `always`.',
    })
    const parsed = schema.safeParse(parseOrUndefined(text))
    if (parsed.success) return parsed.data
    throw new ModelgateError({
      code: 'files/damaged',
      message: `${name} is not what modelgate writes.`,
      place: { file: path },
      help: 'Make the report again.',
    })
  }
  const ofData = fileIn(dirname(reportFile), dataResultName)
  if (existsSync(ofData)) {
    const { verdict: found } = await read(dataResultName, dataResultSchema)
    // There is nothing that it could have changed from: whatever is not as expected is news.
    return { blocked: found === 'fail', changed: found !== 'pass' }
  }
  const verdict = await read('verdict.json', verdictSchema)
  const comparison = await read('comparison.json', comparisonSchema)
  return { blocked: verdict.outcome === 'blocked', changed: hasChanged(comparison) }
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
