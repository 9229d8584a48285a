import { dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { exitCodes, ModelgateError } from '../base/error.ts'
import { fileIn, readTextFile, writeFileAtomic } from '../base/files.ts'
import { prettyJson } from '../base/json.ts'
import type { CliIo } from './io.ts'

type PreviewFlags = { out?: string; json?: boolean }

/** `preview`: the report as a page that looks like the comment. */
export function previewCommand(io: CliIo, finish: (exitCode: number) => void): Command {
  return new Command('preview')
    .description('Write the report of a run as an HTML page that looks like the comment on the pull request.')
    .argument('[report]', 'report.md, or the folder that holds it (default: the newest run of this project)')
    .option('--out <file>', 'the page to write (default: report.preview.html beside the report)')
    .option('--json', 'print the path as JSON')
    .action(async (given: string | undefined, flags: PreviewFlags) => {
      const report =
        given === undefined
          ? await newestReport()
          : given.endsWith('.md')
            ? resolve(given)
            : fileIn(resolve(given), 'report.md')
      const markdown = await readTextFile(report, {
        what: 'The report',
        help: 'Judge a run first with `modelgate run` or `modelgate gate`.',
      })
      const { renderPreview } = await import('../report/preview.ts')
      const page = flags.out === undefined ? report.replace(/\.md$/, '.preview.html') : resolve(flags.out)
      await writeFileAtomic(page, renderPreview(markdown, 'modelgate report'))
      io.out(flags.json === true ? prettyJson({ preview: page }) : `${page}\n`)
      finish(exitCodes.pass)
    })
}

async function newestReport(): Promise<string> {
  const [{ locateConfig }, { latestRun }] = await Promise.all([
    import('../config/load.ts'),
    import('../pipeline/state-folder.ts'),
  ])
  const run = await latestRun(dirname(locateConfig(process.cwd())))
  if (run !== undefined) return fileIn(dirname(run), 'report.md')
  throw new ModelgateError({
    code: 'preview/no-report',
    message: 'There is no report to show.',
    help: 'Run the pipeline first with `modelgate run`, or name a report.',
  })
}
