import fc from 'fast-check'

/**
 * Any character but half of a pair. Not `unit: 'binary'`, which is the same: to make its list of all 1.1 million costs more than most tests that
 * draw from it.
 */
export const anyCharacter = fc
  .integer({ min: 0, max: 0x10f7ff })
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800))
