import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os'
import { join } from 'node:path'
import { digestOfFile, digestOfJson } from '../base/digest.ts'
import { portablePath } from '../base/files.ts'
import type { Factors } from './run-record.ts'

/** Files that say which packages and tools a project runs with. They count as environment and not as code. */
const dependencyFiles = new RegExp(
  `^(?:${[
    'requirements[\\w.-]*\\.txt',
    '(?:poetry|uv|Pipfile|pdm|pixi|conda|Cargo|renv|Gemfile)\\.lock',
    'conda-lock\\.ya?ml',
    'environment\\.ya?ml',
    'package-lock\\.json',
    'pnpm-lock\\.yaml',
    'yarn\\.lock',
    'bun\\.lock',
    'go\\.sum',
    'Manifest\\.toml',
    '\\.python-version',
    '\\.nvmrc',
    '\\.tool-versions',
  ].join('|')})$`,
)

export function isDependencyFile(fileName: string): boolean {
  return dependencyFiles.test(fileName)
}

/** Machine and dependencies of a run. `folders` are searched for dependency files, not their sub-folders; paths are relative to the first. */
export async function describeEnvironment(folders: readonly [string, ...string[]]): Promise<Factors['environment']> {
  const [root] = folders
  const dependencies: Record<string, string> = {}
  for (const folder of new Set(folders)) {
    if (!existsSync(folder)) continue
    for (const name of (await readdir(folder)).filter(isDependencyFile).sort()) {
      const path = join(folder, name)
      const about = await stat(path).catch(() => undefined)
      if (about?.isFile() !== true) continue
      dependencies[portablePath(root, path)] = await digestOfFile(path)
    }
  }
  const machine = { os: platform(), arch: arch() }
  const runner = process.env.ImageOS ?? process.env.RUNNER_NAME
  return {
    digest: digestOfJson({ machine, dependencies }),
    machine,
    dependencies: dependencies as Factors['environment']['dependencies'],
    details: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      node: process.version,
      ...(runner === undefined ? {} : { runner }),
    },
  }
}
