const units: Record<string, number> = {
  '': 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  KI: 2 ** 10,
  MI: 2 ** 20,
  GI: 2 ** 30,
  TI: 2 ** 40,
}

/** `20MB`, `1.5 GiB`, `4096`: bytes; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?) ?(?:([KMGT]i?)?B?)?$/i.exec(text.trim()) ?? []
  const factor = units[unit.toUpperCase()]
  return amount === undefined || factor === undefined ? undefined : Math.round(Number(amount) * factor)
}
