import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareVersions, isVersionName, nextVersion, versionName } from '../../src/registry/version-name.ts'

describe('the name of a version', () => {
  it.each(['1.4.0', '0.0.1', '2.0.0-rc.1', '1.0.0-a-b.3', '2026.11.23', '2026.1.5', '2026.11.23.2', '2026.11.23.17'])(
    'may be %s',
    (name) => {
      expect(versionName(name)).toBe(name)
    },
  )

  it('may have a v before it, which is dropped', () => {
    expect(versionName('v1.4.0')).toBe('1.4.0')
    expect(versionName('v2026.11.23.2')).toBe('2026.11.23.2')
  })

  it.each([
    '',
    '1',
    '1.4',
    '01.4.0',
    'latest',
    'vv1.4.0',
    '1.4.0+build',
    '1.4.0-RC.1',
    '1.4.0-a.lock',
    ' 1.4.0',
    '1.4.0\n',
    '1.4.0/2',
    '../1.4.0',
    '-1.4.0',
    '1..4.0',
    '1.4.0-é',
    '１.4.0',
    '99999999999999999999.0.0',
    `1.4.0-${'a'.repeat(60)}`,
    '2026.11.23.1',
    '2026.11.23.0',
    '2026.13.1.2',
    '2026.11.32.2',
    '1.2.3.4',
    '2026.11.23.9999999',
  ])('must not be %j', (name) => {
    expect(isVersionName(name)).toBe(false)
    expect(() => versionName(name)).toThrow('is no name of a version')
  })

  it('is safe in refs, tags and files, whatever was given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^v?\d+\.\d+\.\d+[-+.a-zA-Z0-9/\\~^: ]*$/)), (text) => {
        if (!isVersionName(text)) return
        expect(text).toMatch(/^\d[0-9a-z.-]{0,63}$/)
        expect(text).not.toMatch(/\.\.|\.lock$|\.$/)
      }),
    )
  })
})

describe('the order of versions', () => {
  it('is that of Semantic Versioning, and of days', () => {
    // The order that clause 11 of the specification gives as its example, and versions of days among them.
    const ordered = [
      'zzz',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
    ]
    ordered.push(
      '1.0.0-rc.1',
      '1.0.0',
      '1.2.0',
      '1.10.0',
      '2026.9.30',
      '2026.11.2',
      '2026.11.2.2',
      '2026.11.2.10',
      '2026.11.10',
    )
    expect([...ordered].reverse().sort(compareVersions)).toEqual(ordered)
  })
})

describe('the next version', () => {
  const now = new Date('2026-11-23T23:59:59Z')

  it.each([
    [[], 'patch', '1.0.0'],
    [['1.9.0', '1.10.0', '1.2.3'], 'patch', '1.10.1'],
    [['1.9.0', '1.10.0'], 'minor', '1.11.0'],
    [['1.9.0', '1.10.0'], 'major', '2.0.0'],
    [['1.9.0', '2.0.0-rc.1'], 'patch', '2.0.0'],
    [['nonsense', '2026.11.22'], 'patch', '1.0.0'],
  ] as const)('after %j by %s is %s', (taken, bump, expected) => {
    expect(nextVersion(taken, 'semver', bump, now)).toBe(expected)
  })

  it.each([
    [['1.0.0', '2026.11.22'], '2026.11.23'],
    [['2026.11.23'], '2026.11.23.2'],
    [['2026.11.23', '2026.11.23.9', '2026.11.23.10', '2026.11.2'], '2026.11.23.11'],
  ])('of a day after %j is %s', (taken, expected) => {
    expect(nextVersion(taken, 'calendar', 'patch', now)).toBe(expected)
  })

  it('is a name of a version, and newer than all others', () => {
    const version = fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)).map((numbers) => numbers.join('.'))
    fc.assert(
      fc.property(
        fc.array(version),
        fc.constantFrom('patch' as const, 'minor' as const, 'major' as const),
        (taken, bump) => {
          const made = nextVersion(taken, 'semver', bump, now)
          expect(isVersionName(made)).toBe(true)
          expect(taken.every((name) => compareVersions(made, name) > 0)).toBe(true)
        },
      ),
    )
  })
})
