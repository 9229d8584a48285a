/** A workflow command that a process printed: `::name key=value,..::data`. */
export type Command = { name: string; properties: Record<string, string>; data: string }

/** Reads a line as a command: the common form, or the old `##[name]`, which counts wherever it stands in the line. */
export function parseCommand(line: string, known: (name: string) => boolean): Command | undefined {
  return parseColons(line, known) ?? parseBrackets(line, known)
}

function parseColons(line: string, known: (name: string) => boolean): Command | undefined {
  const text = line.trimStart()
  const end = text.indexOf('::', 2)
  if (!text.startsWith('::') || end === -1) return undefined
  const head = text.slice(2, end)
  const space = head.indexOf(' ')
  const name = (space === -1 ? head : head.slice(0, space)).toLowerCase()
  if (!known(name)) return undefined
  const properties = space === -1 ? {} : readProperties(head.slice(space + 1), ',', unescapeProperty)
  return { name, properties, data: unescapeData(text.slice(end + 2)) }
}

function parseBrackets(line: string, known: (name: string) => boolean): Command | undefined {
  const match = /##\[([^\]\s]+)(?: ([^\]]*))?\](.*)$/s.exec(line)
  const name = match?.[1]?.toLowerCase()
  if (name === undefined || !known(name)) return undefined
  return { name, properties: readProperties(match?.[2] ?? '', ';', unescapeOld), data: unescapeOld(match?.[3] ?? '') }
}

function readProperties(text: string, separator: string, decode: (text: string) => string): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const part of text.split(separator)) {
    const equals = part.indexOf('=')
    if (equals > 0 && equals < part.length - 1) {
      properties[part.slice(0, equals).trim().toLowerCase()] = decode(part.slice(equals + 1))
    }
  }
  return properties
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}

function unescapeProperty(text: string): string {
  return text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%')
}

function unescapeOld(text: string): string {
  return text.replaceAll('%3B', ';').replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%5D', ']')
}
