import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ValidateFunction } from 'ajv'
import { isObject } from '../../../src/base/json.ts'
import { SchemaCompiler } from './schema.ts'

type Place = 'path' | 'query'
type Parameter = { name: string; in: Place; required?: boolean; schema: object; 'x-multi-segment'?: boolean }
type Media = { content?: Record<string, { schema?: unknown }> }
type RawOperation = {
  operationId: string
  parameters?: unknown[]
  requestBody?: Media & { required?: boolean }
  responses: Record<string, unknown>
  externalDocs?: { url?: string }
  servers?: { url: string }[]
}

/** One operation of GitHub's description, with validators that are compiled when they are first needed. */
export type Operation = {
  id: string
  method: string
  template: string
  pattern: RegExp
  /** Names of the groups of the pattern. */
  pathNames: string[]
  queryNames: Set<string>
  documentationUrl: string | undefined
  /** True when the request goes to the host for uploads. */
  isUpload: boolean
  hasRequiredBody: boolean
  statuses: Set<number>
  validateParameters: () => ValidateFunction
  /** Undefined when the description has no JSON body. */
  validateBody: () => ValidateFunction | undefined
  /** Names of the properties of a body; undefined when any may stand there. */
  bodyNames: () => Set<string> | undefined
  /** Undefined when the description has no JSON answer for this status. */
  validateAnswer: (status: number) => ValidateFunction | undefined
}

const file = join(import.meta.dirname, '../openapi/api.github.com.json')

/** GitHub's own description of its API: finds the operation of a request, and judges messages. */
export class Description {
  readonly operations: Operation[] = []
  private readonly components: Record<string, Record<string, unknown>>
  private readonly requests: SchemaCompiler
  private readonly parameters: SchemaCompiler
  private readonly answers: SchemaCompiler

  constructor(path = file) {
    const document = JSON.parse(readFileSync(path, 'utf8')) as {
      paths: Record<string, Record<string, RawOperation>>
      components: Record<string, Record<string, unknown>>
    }
    this.components = document.components
    const schemas = document.components.schemas ?? {}
    this.requests = new SchemaCompiler(schemas, { isStrict: false })
    this.parameters = new SchemaCompiler(schemas, { isStrict: false, coerceTypes: true })
    this.answers = new SchemaCompiler(schemas, { isStrict: true })
    for (const [template, methods] of Object.entries(document.paths)) {
      for (const [method, raw] of Object.entries(methods)) this.operations.push(this.read(template, method, raw))
    }
    // The more of a path is literal, the better it fits: /releases/latest before /releases/{release_id}.
    const weight = ({ template }: Operation): number => template.replace(/\{[^}]*\}/g, '').length
    this.operations.sort((left, right) => weight(right) - weight(left))
  }

  find(method: string, path: string): Operation | undefined {
    return this.operations.find((operation) => operation.method === method && operation.pattern.test(path))
  }

  private read(template: string, method: string, raw: RawOperation): Operation {
    const parameters = (raw.parameters ?? []).map((parameter) => this.resolve(parameter) as Parameter)
    const pathNames = [...template.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name)
    return {
      id: raw.operationId,
      method: method.toUpperCase(),
      template,
      pattern: patternOf(template, parameters),
      pathNames,
      queryNames: new Set(parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)),
      documentationUrl: raw.externalDocs?.url,
      isUpload: raw.servers?.some(({ url }) => url.includes('uploads.')) ?? false,
      hasRequiredBody: raw.requestBody?.required === true,
      statuses: new Set(Object.keys(raw.responses).map(Number)),
      validateParameters: lazy(() => this.parameters.compile(schemaOf(parameters))),
      validateBody: lazy(() => compileJson(this.requests, raw.requestBody)),
      bodyNames: lazy(() => namesOf(raw.requestBody?.content?.['application/json']?.schema)),
      validateAnswer: memo((status) => compileJson(this.answers, this.resolve(raw.responses[String(status)]) as Media)),
    }
  }

  private resolve(value: unknown): unknown {
    if (!isObject(value) || typeof value.$ref !== 'string') return value
    const [, , kind = '', name = ''] = value.$ref.split('/')
    return this.components[kind]?.[name]
  }
}

function patternOf(template: string, parameters: Parameter[]): RegExp {
  const isLong = (name: string): boolean =>
    parameters.some((parameter) => parameter.name === name && parameter['x-multi-segment'] === true)
  const pieces = template
    .split(/(\{[^}]+\})/)
    .map((piece) =>
      piece.startsWith('{') ? (isLong(piece.slice(1, -1)) ? '(.+)' : '([^/]+)') : piece.replaceAll('.', '\\.'),
    )
  return new RegExp(`^${pieces.join('')}$`)
}

function schemaOf(parameters: Parameter[]): object {
  const properties = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]))
  const required = parameters.filter((parameter) => parameter.in === 'path' || parameter.required === true)
  return { type: 'object', properties, required: required.map(({ name }) => name) }
}

function compileJson(compiler: SchemaCompiler, media: Media | undefined): ValidateFunction | undefined {
  const schema = media?.content?.['application/json']?.schema
  return schema === undefined ? undefined : compiler.compile(schema)
}

/** Properties of a schema and of its alternatives. */
function namesOf(schema: unknown): Set<string> | undefined {
  if (!isObject(schema) || schema.additionalProperties === true) return undefined
  const names = new Set(isObject(schema.properties) ? Object.keys(schema.properties) : [])
  for (const key of ['oneOf', 'anyOf', 'allOf']) {
    const parts = schema[key]
    for (const part of Array.isArray(parts) ? parts : []) for (const name of namesOf(part) ?? []) names.add(name)
  }
  return names
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function memo<T>(make: (key: number) => T): (key: number) => T {
  const made = new Map<number, () => T>()
  return (key) => {
    const value = made.get(key) ?? lazy(() => make(key))
    made.set(key, value)
    return value()
  }
}
