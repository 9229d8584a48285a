import { parseDocument } from 'yaml'
import { findRepeatedKey } from '../../../readers/json-keys.ts'
import { parseJsonText } from '../../../readers/json-text.ts'
import { baseNameOf } from '../cursor.ts'
import { type Found, helpToAllow, scanGuarded, shown } from '../found.ts'
import type { ByteSource, ScanContext, Scanner } from '../scanner.ts'
import { scanBoostedJson, scanLightgbm } from './boosted.ts'
import { scanConfig, scanMlmodel } from './config-json.ts'
import { scanTemplate } from './jinja.ts'

/** Text of any kind. It is data, unless it is a program, or tells a library to load one. */

/** Text beyond this is checked to be text, and nothing else in it is looked at. */
const mostParsedBytes = 64 * 1024 * 1024
const pieceBytes = 1024 * 1024

export const text: Scanner = {
  format: 'text',
  recognises: (head) => head.length > 0 && isText(head, true),
  scan(source, context) {
    const whole = readText(source)
    if (whole === 'binary') {
      return scanGuarded('unknown', source, (found) => found.unknown('The file begins as text, but is none further on'))
    }
    const format = whole === 'long' ? 'text' : formatOf(whole, source)
    return scanGuarded(format, source, (found) => {
      if (whole === 'long') scanLong(source, found)
      else scanText(whole, format, found, context)
    })
  },
}

/** True for UTF-8 without control characters. `cut`: the last character may be there in part. */
export function isText(bytes: Uint8Array, cut: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut })
  } catch {
    return false
  }
  return !hasControls(bytes)
}

/** Control characters other than tab, line feed, vertical tab, form feed, carriage return and escape. */
function hasControls(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte === 127 || (byte < 32 && (byte < 9 || byte > 13) && byte !== 27)) return true
  return false
}

/** The text, in pieces so that a large file takes no more memory than one piece. */
function readText(source: ByteSource): string | 'binary' | 'long' {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const parts: string[] = []
  try {
    for (let offset = 0; offset < source.size; offset += pieceBytes) {
      const piece = source.read(offset, pieceBytes)
      if (piece.length === 0 || hasControls(piece)) return 'binary'
      const part = decoder.decode(piece, { stream: true })
      if (source.size <= mostParsedBytes) parts.push(part)
    }
    parts.push(decoder.decode())
  } catch {
    return 'binary'
  }
  return source.size <= mostParsedBytes ? parts.join('') : 'long'
}

/** Strong signs of Python: lines that hardly stand in other text. */
const pythonLine =
  /^(?:from[ \t]+[\w.]+[ \t]+import[ \t]+[\w(*]|(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(.*\)[ \t]*(?:->.*)?:|class[ \t]+\w+(?:\(.*\))?:[ \t]*$|import[ \t]+\w+(?:\.\w+)*(?:[ \t]+as[ \t]+\w+|[ \t]*;|[ \t]*,.+)|(?:exec|eval|__import__)[ \t]*\()/m
const programNames = /\.(?:py|pyw|pyx|sh|bash|zsh|bat|cmd|ps1|psm1|js|mjs|cjs|ts|pl|rb|php|lua|r|jl|vbs|wsf|hta)$/

function formatOf(content: string, source: ByteSource): string {
  const name = baseNameOf(source)
  const begin = content.slice(0, 4096).trimStart()
  if (content.startsWith('#!') || programNames.test(name)) return 'script'
  if (/\.(?:jinja2?|j2)$/.test(name) || /^\{[{%#]/.test(begin)) return 'jinja'
  if (/\.json$/.test(name) || /^[{[]/.test(begin)) return jsonFormatOf(content, name)
  if (/\.ya?ml$/.test(name) || name === 'mlmodel') return 'yaml'
  if (/^tree\r?\nversion=/.test(content)) return 'lightgbm'
  if (/^<(?:\?xml|!doctype|html|svg|[a-z][\w:.-]*[ >])/i.test(begin)) return 'xml'
  if (!/\.(?:md|rst|txt\.md)$/.test(name) && pythonLine.test(content)) return 'script'
  return 'text'
}

/** A text that begins with a bracket and is no JSON is called JSON only if its name says so. */
function jsonFormatOf(content: string, name: string): string {
  if (/\.json$/.test(name)) return 'json'
  return isJson(content) ? 'json' : isJsonLines(content) ? 'jsonl' : pythonLine.test(content) ? 'script' : 'text'
}

function isJson(content: string): boolean {
  try {
    JSON.parse(content)
    return true
  } catch {
    return false
  }
}

function isJsonLines(content: string): boolean {
  return content.split('\n').every((line) => line.trim() === '' || isJson(line))
}

function scanText(content: string, format: string, found: Found, context: ScanContext): void {
  if (content.startsWith('version https://git-lfs.github.com/spec/')) {
    found.malformed('The file is a pointer of Git LFS: the content itself was not fetched', {
      help: 'Fetch it with `git lfs pull`.',
    })
  }
  switch (format) {
    case 'script':
      scanScript(found, context)
      return
    case 'jinja':
      scanTemplate(content, 'The template', found)
      return
    case 'json':
      scanJson(content, found, context)
      return
    case 'jsonl':
      for (const line of content.split('\n'))
        if (line.trim() !== '') scanConfig(JSON.parse(line), '', { found, context })
      return
    case 'yaml':
      scanYaml(content, found, context)
      return
    case 'lightgbm':
      scanLightgbm(content, found)
      return
    case 'xml':
      scanXml(content, found)
      return
  }
}

/** Programs are known by their file's name, so that a project can allow them: `modeling_x.py`, or `modeling_x.*`. */
function scanScript(found: Found, context: ScanContext): void {
  const name = found.source.name.split(/[/!]/).at(-1) ?? ''
  found.usesUnknown(name, context, `${shown(name)} is a program: whoever loads the model may run it`, {
    help: `Leave it out of the model. ${helpToAllow(name)}`,
  })
}

function scanJson(content: string, found: Found, context: ScanContext): void {
  let value: unknown
  try {
    // With NaN and Infinity, which Python writes.
    value = parseJsonText(content)
  } catch {
    found.malformed('The file is not valid JSON, or is cut off')
    return
  }
  const repeated = findRepeatedKey(content)
  if (repeated !== undefined) {
    // Which of the two counts depends on who reads the file.
    found.malformed(`Line ${repeated.line} has the key "${shown(repeated.key)}" for the second time`)
  }
  scanConfig(value, baseNameOf(found.source), { found, context })
  scanBoostedJson(value, found)
}

/** Tags by which YAML makes Python call something: `!!python/object/apply:os.system`, also under another name for the prefix. */
const pythonTag = /!(?:!|\w*!)?python\/[\w/]*(?::([\w.]+))?|!<[^>\n]*python\/[\w/]*:?([\w.]*)|^%TAG\b.*python/m

function scanYaml(content: string, found: Found, context: ScanContext): void {
  const tag = pythonTag.exec(content)
  if (tag !== null) {
    found.dangerous('A tag makes Python call what the file names as soon as the YAML is loaded', {
      callable: tag[1] ?? tag[2] ?? tag[0],
      offset: Buffer.byteLength(content.slice(0, tag.index)),
      help: 'Write plain YAML, without `!!python` tags.',
    })
    return
  }
  if (content.length > 1024 * 1024) {
    found.unknown('The YAML is too large to be looked into: more than a million characters')
    return
  }
  const document = parseDocument(content, { strict: false, logLevel: 'silent', uniqueKeys: false })
  if (document.errors.length > 0) {
    found.malformed('The file is not valid YAML, or is cut off')
    return
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    scanConfig(value, baseNameOf(found.source), { found, context })
    scanMlmodel(value, found, context)
  } catch {
    found.malformed('The aliases of the YAML unfold to more than is sensible')
  }
}

function scanXml(content: string, found: Found): void {
  const active = /<!ENTITY\b|<!DOCTYPE[^>]*\b(?:SYSTEM|PUBLIC)\b|<script\b|<xsl:|\bon\w+\s*=\s*["']|javascript:/i.exec(
    content,
  )
  if (active !== null && !/^<!DOCTYPE html/i.test(active[0])) {
    found.unknown('The file has entities or scripts, which a program that opens it may follow', {
      offset: Buffer.byteLength(content.slice(0, active.index)),
    })
  }
}

/** Words that in a small file would have been looked into. */
const telling = /"(?:auto_map|chat_template|trust_remote_code|class_name|custom_pipelines)"|\\u00|python\/|__import__/

function scanLong(source: ByteSource, found: Found): void {
  const decoder = new TextDecoder('latin1')
  let before = ''
  for (let offset = 0; offset < source.size; offset += pieceBytes) {
    const piece = before + decoder.decode(source.read(offset, pieceBytes))
    const hit = telling.exec(piece) ?? (offset === 0 && /^\s*[{[]|^#!/.test(piece) ? ['its beginning'] : null)
    if (hit !== null) {
      found.unknown('The file is too large to be looked into: more than 64 MiB of text that may be JSON or a program', {
        offset,
        help: 'Save the model in a binary format, such as UBJSON for XGBoost, or safetensors.',
      })
      return
    }
    before = piece.slice(-64)
  }
}
