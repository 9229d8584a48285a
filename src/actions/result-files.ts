import { dirname, join } from 'node:path'
import type { z } from 'zod'
import { ModelgateError } from '../base/error.ts'
import { readTextFile } from '../base/files.ts'
import { hasChanged } from '../compare/changes.ts'
import { comparisonSchema } from '../compare/comparison.ts'
import { verdictSchema } from '../gate/verdict.ts'
import type { CommentMode } from '../github/comment-mode.ts'

/** What the mode of the comment needs to know, from the files that the gate wrote beside its report. */
export async function readResult(
  reportFile: string,
  mode: CommentMode,
): Promise<{ blocked: boolean; changed: boolean }> {
  if (mode !== 'on-change' && mode !== 'on-failure') return { blocked: false, changed: false }
  const read = async <Schema extends z.ZodType>(name: string, schema: Schema): Promise<z.infer<Schema>> => {
    const path = join(dirname(reportFile), name)
    const text = await readTextFile(path, {
      what: `${name}, which mode \`${mode}\` needs beside the report,`,
      help: 'Keep the files of the gate together, or use mode `always`.',
    })
    const parsed = schema.safeParse(parseOrUndefined(text))
    if (parsed.success) return parsed.data
    throw new ModelgateError({
      code: 'files/damaged',
      message: `${name} is not what the gate writes.`,
      place: { file: path },
      help: 'Run the gate again.',
    })
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
