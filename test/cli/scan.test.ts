import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modelgate } from '../e2e/spawn.ts'
import { smallSafetensors } from '../registry/scan/builders/safetensors.ts'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'modelgate-scan-cli-'))
  mkdirSync(join(root, 'model'))
  mkdirSync(join(root, 'project/model'), { recursive: true })
  writeFileSync(join(root, 'model/model.safetensors'), smallSafetensors())
  writeFileSync(join(root, 'script.py'), 'import os\n')
  writeFileSync(join(root, 'project/model/config.json'), '{"auto_map": {"AutoModel": "modeling_x.X"}}')
  const config = (allow: string): string =>
    `version: 1\nname: demo\ntask: generation\nstages:\n  train: { run: "true", outs: [model/] }\nmodel: { path: model, allow-globals: [${allow}] }\n`
  writeFileSync(join(root, 'project/modelgate.yaml'), config("'modeling_x.*'"))
  writeFileSync(join(root, 'project/strict.yaml'), config(''))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('modelgate scan', () => {
  it('prints one line for each file, with what was found below it', async () => {
    const { exitCode, stdout, stderr } = await modelgate(root, 'scan', 'model', 'script.py')
    expect([exitCode, stderr]).toEqual([10, ''])
    expect(stdout).toBe(
      [
        '✔ safe      model/model.safetensors  safetensors, 175 B, 5 parameters, F32/I64, framework pt, tensors 2',
        '? unknown   script.py  script, 10 B',
        '    unknown: script.py is a program: whoever loads the model may run it. [script.py]',
        '      Leave it out of the model. If you know what it does, allow it by name: `--allow-global script.py`, or `model.allow-globals` in modelgate.yaml.',
        '',
        '? unknown  2 files, 185 B; 1 not safe',
        '',
      ].join('\n'),
    )
  })

  it('ends with 0 when all files are safe, and prints JSON that keeps to its schema', async () => {
    const { exitCode, stdout } = await modelgate(
      root,
      'scan',
      'model',
      'script.py',
      '--allow-global',
      'script.py',
      '--json',
    )
    const report = JSON.parse(stdout)
    expect([exitCode, report.verdict]).toEqual([0, 'safe'])
    expect(report.files[1]).toMatchObject({ file: 'script.py', allowed: ['script.py'], findings: [] })
    const schema = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../schema/scan.schema.json'), 'utf8'))
    expect(new Ajv2020({ strict: false }).validate(schema, report)).toBe(true)
  })

  it('takes the model and what it may import from modelgate.yaml', async () => {
    const own = await modelgate(join(root, 'project'), 'scan')
    expect(own.exitCode).toBe(0)
    expect(own.stdout).toContain('allowed by the project: modeling_x.X')
    const strict = await modelgate(join(root, 'project'), 'scan', 'model', '--config', 'strict.yaml')
    expect(strict.exitCode).toBe(10)
  })

  it.each([
    [['none'], 'none: There is no such file or folder. [scan/not-found]'],
    [[], 'It is not said what to scan: no path is given, and modelgate.yaml names no model. [scan/no-model]'],
    [['model', '--config', 'none.yaml'], 'none.yaml'],
  ])('%j: exit code 2', async (args, text) => {
    const { exitCode, stdout, stderr } = await modelgate(root, 'scan', ...args)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).toContain(text)
  })
})
