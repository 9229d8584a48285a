import { resolve } from 'node:path'
import { Command } from 'commander'
import { exitCodes } from '../../base/error.ts'
import { writeFileAtomic } from '../../base/files.ts'
import type { CliIo } from '../io.ts'
import { type NamedFlags, withEngine, withNames, withReading } from './options.ts'

const dataArgument = ['<data>', 'file, folder or pattern: CSV, TSV, JSON Lines (also .gz and .zst) or Parquet'] as const

/** `data profile`: what is in a data set. */
export function dataProfileCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  const command = new Command('profile')
    .summary('Describe every column.')
    .description('Describe every column of a data set: types, missing values, ranges, frequent values, histograms.')
    .argument(...dataArgument)
    .option('--out <file>', 'write the profile as JSON: a reference for drift that needs none of the data')
    .option('--html <file>', 'write a page with histograms, in one file that loads nothing')
    .option('--json', 'print the profile as JSON on standard output')
  return withEngine(withReading(withNames(command))).action(
    async (path: string, flags: NamedFlags & { out?: string; html?: string; json?: boolean }) => {
      const workingDirectory = process.cwd()
      const { namedRequest, readingOptions } = await import('./requests.ts')
      const request = await namedRequest(io, signal, flags, workingDirectory)
      const [{ profileData }, { profileJson }] = await Promise.all([
        import('../../data/questions.ts'),
        import('../../data/profile/data-profile.ts'),
      ])
      const profile = await profileData(request, { name: path, path, read: readingOptions(flags) })
      const json = profileJson(profile)
      if (flags.out !== undefined) await writeFileAtomic(resolve(workingDirectory, flags.out), json)
      if (flags.html !== undefined) {
        const { renderProfilePage } = await import('../../report/data/profile-page.ts')
        await writeFileAtomic(resolve(workingDirectory, flags.html), renderProfilePage(profile, path))
      }
      if (flags.json === true) io.out(json)
      else {
        const { renderProfile } = await import('../../report/data/profile-terminal.ts')
        io.out(renderProfile(profile, path, io.colour.out))
      }
      finish(exitCodes.pass)
    },
  )
}

/** `data suggest`: a first checks file. */
export function dataSuggestCommand(io: CliIo, signal: AbortSignal, finish: (exitCode: number) => void): Command {
  const command = new Command('suggest')
    .summary('Write a first checks file.')
    .description('Write a checks file that the data pass, with the reason for each line.')
    .argument(...dataArgument)
    .option('--out <file>', 'write it to this file instead of standard output; a file that is there is not replaced')
  return withEngine(withReading(withNames(command))).action(
    async (path: string, flags: NamedFlags & { out?: string }) => {
      const workingDirectory = process.cwd()
      const { namedRequest, readingOptions } = await import('./requests.ts')
      const request = await namedRequest(io, signal, flags, workingDirectory)
      const target = flags.out === undefined ? undefined : resolve(workingDirectory, flags.out)
      const { refuseExisting } = await import('./new-file.ts')
      if (target !== undefined) refuseExisting(target, flags.out ?? '')
      const { suggestData } = await import('../../data/questions.ts')
      const yaml = await suggestData(request, { name: path, path, read: readingOptions(flags) })
      if (target === undefined) io.out(yaml)
      else await writeFileAtomic(target, yaml)
      finish(exitCodes.pass)
    },
  )
}
