import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { bindingPinsModule } from '../../../scripts/generate/binding-pins.ts'
import { bindingPins } from '../../../src/data/engine/binding-pins.ts'
import { bindingFiles, bindingPackage, bindingPlatform, bindingPlatforms } from '../../../src/data/engine/platform.ts'
import { installedPackage, platform } from './registry.ts'

const root = resolve(import.meta.dirname, '../../..')
const read = (name: string): string => readFileSync(join(root, name), 'utf8')

describe('the platform', () => {
  const glibc = (): string => '2.36'
  const musl = (): undefined => undefined
  const unasked = (): never => {
    throw new Error('only Linux has a choice of C libraries')
  }

  test.each([
    ['linux', 'x64', glibc, 'linux-x64'],
    ['linux', 'x64', musl, 'linux-x64-musl'],
    ['linux', 'arm64', glibc, 'linux-arm64'],
    ['linux', 'arm64', musl, 'linux-arm64-musl'],
    ['darwin', 'x64', unasked, 'darwin-x64'],
    ['darwin', 'arm64', unasked, 'darwin-arm64'],
    ['win32', 'x64', unasked, 'win32-x64'],
    ['win32', 'arm64', unasked, 'win32-arm64'],
  ])('of %s %s is %#', (name, arch, library, expected) => {
    expect(bindingPlatform({ platform: name, arch, glibc: library })).toBe(expected)
  })

  test.each([
    ['linux', 'riscv64'],
    ['linux', 'ia32'],
    ['freebsd', 'x64'],
    ['win32', 'ia32'],
  ])('of %s %s is refused', (name, arch) => {
    expect(() => bindingPlatform({ platform: name, arch, glibc })).toThrow(
      expect.objectContaining({ code: 'data/engine-unsupported', message: expect.stringContaining(`${name}-${arch}`) }),
    )
  })

  it('of this machine is that of the package that npm chose', () => {
    for (const name of bindingFiles(platform)) expect(existsSync(join(installedPackage, name))).toBe(true)
    const { version } = JSON.parse(readFileSync(join(installedPackage, 'package.json'), 'utf8')) as { version: string }
    expect(version).toBe(bindingPins.version)
  })

  it('is found without looking up names or starting a process', () => {
    const script = `
      const { ChildProcess } = await import('node:child_process')
      ChildProcess.prototype.spawn = () => { throw new Error('a process') }
      const { bindingPlatform } = await import('./src/data/engine/platform.ts')
      const platform = bindingPlatform()
      console.log(platform, process.report.excludeNetwork)`
    const answer = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(answer).toBe(`${platform} false\n`)
  })
})

describe('the pins', () => {
  it('are those of the lock file', () => {
    expect(bindingPinsModule(read('package-lock.json'))).toBe(read('src/data/engine/binding-pins.ts'))
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { version: string; integrity: string }>
    }
    expect(Object.keys(bindingPins.integrity)).toHaveLength(8)
    for (const name of bindingPlatforms) {
      const locked = packages[`node_modules/${bindingPackage(name)}`]
      expect(locked).toMatchObject({ version: bindingPins.version, integrity: bindingPins.integrity[name] })
    }
  })

  it('have the version of package.json', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
    expect(dependencies['@duckdb/node-api']).toBe(bindingPins.version)
  })

  it('cannot be written from a lock file that lacks a platform, or mixes versions', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, unknown> }
    const name = 'node_modules/@duckdb/node-bindings-win32-arm64'
    const without = { packages: { ...lock.packages, [name]: undefined } }
    expect(() => bindingPinsModule(JSON.stringify(without))).toThrow('win32-arm64')
    const other = { version: '1.5.6-r.1', integrity: bindingPins.integrity['win32-arm64'] }
    const mixed = { packages: { ...lock.packages, [name]: other } }
    expect(() => bindingPinsModule(JSON.stringify(mixed))).toThrow('1.5.5-r.5, 1.5.6-r.1')
    const weak = { packages: { ...lock.packages, [name]: { version: bindingPins.version, integrity: 'sha1-abc=' } } }
    expect(() => bindingPinsModule(JSON.stringify(weak))).toThrow('sha512')
  })
})
