import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const source = join(import.meta.dirname, '..', '..', 'src', 'cli', 'cli.ts')
const rules = (list: string): string =>
  `version: 1\nname: a\ntask: regression\nstages: { a: { run: x } }\ncheckpoints: { model: { rules: [ ${list} ] } }\n`

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'self-test-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The command line from source, in a folder without any run. */
function selfTest(config: string, ...more: string[]): { exitCode: number; out: string } {
  writeFileSync(join(folder, 'modelgate.yaml'), config)
  const script = `const { main } = await import(${JSON.stringify(source)}); await main()`
  const command = ['--input-type=module', '--eval', script, 'gate', '--self-test', ...more]
  try {
    return {
      exitCode: 0,
      out: execFileSync(process.execPath, command, { cwd: folder, encoding: 'utf8', stdio: 'pipe' }),
    }
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }
    return { exitCode: status, out: `${stdout}${stderr}` }
  }
}

describe('modelgate gate --self-test', () => {
  it('shows that every rule blocks', () => {
    const { exitCode, out } = selfTest(
      rules('{ threshold: { metric: mae, max: 3 } }, { drift: { max: 0.2 }, level: warn }'),
    )
    expect(out.split('\n')).toEqual([
      'rule                 all is well  broken  no evidence',
      'model.threshold.mae  passes       blocks  blocks',
      'model.drift.psi      passes       warns   warns',
      '',
      '1 of 2 rules are meant to stop a change, and each of them does. Meant to stop nothing: model.drift.psi.',
      '',
    ])
    expect(exitCode).toBe(0)
  })

  it('exits with 10 where one does not, and says why', () => {
    const { exitCode, out } = selfTest(rules('{ drift: { method: ks, max: 1 } }'), '--json')
    const result = JSON.parse(out)
    expect(result).toMatchObject({
      schema: 'modelgate/self-test@1',
      exitCode: 10,
      rules: [{ blocks: false, passes: true }],
    })
    expect(result.rules[0].problem).toContain('as far as it can')
    expect(exitCode).toBe(10)
  })

  it('says so where there is no rule, and goes with no run', () => {
    const none = 'version: 1\nname: a\ntask: regression\nstages: { a: { run: x } }\n'
    expect(selfTest(none)).toEqual({ exitCode: 0, out: 'No checkpoint has any rule, so nothing can be blocked.\n' })
    const both = selfTest(none, '--run', 'x')
    expect(both.exitCode).toBe(2)
    expect(both.out).toContain("option '--self-test' cannot be used with option '--run <record>'")
  })
})
