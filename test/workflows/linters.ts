import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cleanEnvironment } from '../e2e/spawn.ts'

export type File = { path: string; text: string }
export type Finding = { path: string; line: number; rule: string; message: string }

/** The programs that `.ci/run` installs. Elsewhere they are optional, and the tests say what is not checked without them. */
export const actionlint = binary('MODELGATE_TEST_ACTIONLINT')
export const zizmor = binary('MODELGATE_TEST_ZIZMOR')
export const required = process.env.MODELGATE_REQUIRE_LINTERS === '1'

function binary(variable: string): string | undefined {
  const path = process.env[variable]
  if (path !== undefined && !existsSync(path)) throw new Error(`${variable} names ${path}, which does not exist`)
  return path
}

/** What actionlint says against these files, whatever else is installed on the machine. */
export async function actionlintFindings(files: readonly File[]): Promise<Finding[]> {
  const format = ['-format', '{{json .}}', '-no-color', '-shellcheck=', '-pyflakes=']
  const { stdout } = await lint(actionlint, files, [...format, ...files.map(({ path }) => path)])
  type Answer = { filepath: string; line: number; kind: string; message: string }
  return (JSON.parse(stdout) as Answer[]).map(({ filepath, line, kind, message }) => ({
    path: filepath,
    line,
    rule: kind,
    message,
  }))
}

export type Persona = 'regular' | 'pedantic' | 'auditor'

/** What zizmor says against these files, without the network. Comments in the files can switch an audit off. */
export async function zizmorFindings(
  files: readonly File[],
  persona: Persona,
  options: { ignores?: boolean; config?: string } = {},
): Promise<Finding[]> {
  const config = options.config === undefined ? [] : [{ path: 'zizmor.yml', text: options.config }]
  const { stdout, stderr } = await lint(
    zizmor,
    [...files, ...config],
    [
      '--offline',
      '--strict-collection',
      '--no-exit-codes',
      '--no-progress',
      '--quiet',
      '--format=json-v1',
      `--persona=${persona}`,
      ...(options.ignores === false ? ['--no-ignores'] : []),
      ...(options.config === undefined ? ['--no-config'] : ['--config', 'zizmor.yml']),
      ...files.map(({ path }) => path),
    ],
  )
  if (stdout === '') throw new Error(`zizmor has no answer:\n${stderr}`)
  type Location = {
    symbolic: { kind: string; key: { Local: { verbatim_path: string } } }
    concrete: { location: { start_point: { row: number } } }
  }
  type Answer = { ident: string; desc: string; locations: Location[] }
  return (JSON.parse(stdout) as Answer[]).map(({ ident, desc, locations }) => {
    const place = locations.find(({ symbolic }) => symbolic.kind === 'Primary') ?? locations[0]
    if (place === undefined) throw new Error(`zizmor gives no place for ${ident}`)
    const { verbatim_path: path } = place.symbolic.key.Local
    return { path, line: place.concrete.location.start_point.row + 1, rule: ident, message: desc }
  })
}

/** Runs a linter in a folder that holds these files alone, so that no file of the surroundings configures it. */
async function lint(
  program: string | undefined,
  files: readonly File[],
  args: string[],
): Promise<{ stdout: string; stderr: string }> {
  if (program === undefined) throw new Error('the linter is not named')
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-lint-'))
  try {
    for (const { path, text } of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    return await new Promise((resolve, reject) => {
      execFile(program, args, { cwd: folder, env: cleanEnvironment() }, (error, stdout, stderr) => {
        // Findings of actionlint are exit code 1.
        if (error !== null && error.code !== 1) reject(new Error(`${program} failed: ${stderr}`))
        else resolve({ stdout, stderr })
      })
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
