import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { opcodeNames } from '../../../../src/registry/scan/pickle/opcodes.ts'
import { python3Name } from '../../../../src/registry/scan/pickle/python2-names.ts'
import { type Judged, scanBytes, told } from './scan-bytes.ts'

const python = process.env.MODELGATE_TEST_PYTHON
const required = process.env.MODELGATE_REQUIRE_PYTHON === '1'

type Said = { opcodes: Record<string, string>; modules: Record<string, string>; names: string[][] }

describe('what Python writes', () => {
  it('has a Python where one is required', () => {
    expect(required && (python === undefined || !existsSync(python))).toBe(false)
  })

  describe.runIf(python !== undefined)('with scikit-learn', () => {
    const folder = mkdtempSync(join(tmpdir(), 'modelgate-pickles-'))
    const judged = new Map<string, Judged>()
    let said: Said
    beforeAll(() => {
      const script = resolve(import.meta.dirname, '../../../python/pickles.py')
      said = JSON.parse(execFileSync(python ?? '', [script, folder], { encoding: 'utf8' }))
      for (const name of readdirSync(folder)) judged.set(name, scanBytes(readFileSync(join(folder, name)), name))
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

    it('is safe, or unknown with its names', () => {
      const files = [...judged].filter(([name]) => !/\.(?:bz2|xz|lzma)\.joblib$/.test(name))
      expect(files.length).toBeGreaterThan(190)
      const refused = files.filter(([, { verdict }]) => verdict !== 'safe')
      const names = refused.flatMap(([file, { verdict, findings }]) =>
        findings.map(({ callable, message }) => [file.split('.')[0], verdict, callable ?? message].join(' ')),
      )
      // The one function of numpy that a model here is made with: a project allows it by name.
      expect([...new Set(names)]).toEqual(['function unknown numpy.log1p'])
    })

    it('is known by its content, under any name', () => {
      for (const [name, { format }] of judged) {
        if (!name.endsWith('.pkl') && /\.(?:bz2|xz|lzma)\./.test(name)) continue
        expect(scanBytes(readFileSync(join(folder, name)), 'model.bin').format, name).toBe(format)
      }
    })

    it('is not looked into where it is compressed in another way than zlib', () => {
      for (const method of ['bz2', 'xz', 'lzma']) {
        const found = judged.get(`forest.${method}.joblib`)
        expect(found === undefined ? '' : told(found)).toMatch(new RegExp(`^unknown.*compressed with ${method}`))
      }
    })

    it('tells class, version and arrays', () => {
      for (const name of ['forest.0.pkl', 'forest.5.pkl', 'forest.joblib', 'forest.gzip.joblib']) {
        const { details, dtypes } = judged.get(name)?.facts ?? { details: {} }
        expect(details).toEqual({
          class: 'sklearn.ensemble._forest.RandomForestClassifier',
          'scikit-learn': expect.stringMatching(/^1\.\d/),
        })
        expect(dtypes?.float64).toBeGreaterThan(10)
      }
      expect(judged.get('array0.npy')?.facts).toMatchObject({ parameters: 6, dtypes: { float64: 6 } })
      expect(judged.get('arrays.npz')?.facts).toMatchObject({ dtypes: { float64: 6, int16: 6, object: 8 } })
    })

    it('is refused as soon as a byte of it is missing', () => {
      for (const name of [
        'logistic.0.pkl',
        'logistic.2.pkl',
        'logistic.5.pkl',
        'logistic.joblib',
        'logistic.zlib.joblib',
      ]) {
        const file = readFileSync(join(folder, name))
        for (let length = 0; length < file.length; length += 1) {
          if (scanBytes(file.subarray(0, length)).verdict === 'safe') expect([name, length]).toEqual([])
        }
      }
    })

    it('has the opcodes and names that are known here', () => {
      expect(Object.fromEntries([...opcodeNames].map(([code, name]) => [String(code), name]))).toEqual(said.opcodes)
      for (const [old, now] of Object.entries(said.modules)) {
        if (old !== 'exceptions') expect(python3Name(old, 'anything')).toEqual([now, 'anything'])
      }
      for (const [module = '', name = '', ...now] of said.names) expect(python3Name(module, name)).toEqual(now)
    })
  })
})
