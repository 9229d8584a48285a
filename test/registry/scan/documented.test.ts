import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { prettyJson } from '../../../src/base/json.ts'
import { scanPaths } from '../../../src/registry/scan/scan.ts'
import { scanners } from '../../../src/registry/scan/scanners.ts'
import { renderScan } from '../../../src/report/scan-terminal.ts'
import { docBlocks } from '../../bundle/doc-blocks.ts'
import { onnxModel, onnxNode } from './builders/protobuf.ts'

const blocks = docBlocks().filter(({ file, kind }) => file === 'docs/model-scan.md' && kind === 'scan')
const block = (language: string): string | undefined => blocks.find((one) => one.language === language)?.text

it('shows what the command prints', async () => {
  const root = mkdtempSync(join(tmpdir(), 'modelgate-scan-doc-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'model'))
  writeFileSync(join(root, 'model/config.json'), '{"architectures": []}\n')
  writeFileSync(join(root, 'model/model.onnx'), onnxModel({ nodes: [onnxNode('Fancy', 'com.acme')] }))
  expect(renderScan(await scanPaths(['model'], { root }), false)).toBe(block('text'))
  writeFileSync(join(root, 'script.py'), 'import os\n')
  expect(JSON.parse(prettyJson(await scanPaths(['script.py'], { root })))).toEqual(JSON.parse(block('json') ?? ''))
})

it('names every format', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../../docs/model-scan.md'), 'utf8')
  const named = new Set([...page.matchAll(/`([a-z0-9-]+)`/g)].map((match) => match[1]))
  expect(scanners.map(({ format }) => format).filter((format) => !named.has(format))).toEqual([])
})
