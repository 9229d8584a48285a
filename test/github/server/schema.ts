import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { isObject } from '../../../src/base/json.ts'

/** Turns a schema of OpenAPI 3.0 into JSON Schema: `nullable` becomes a type, references point to `components`. */
function convert(schema: unknown, isStrict: boolean): unknown {
  if (Array.isArray(schema)) return schema.map((item) => convert(item, isStrict))
  if (!isObject(schema)) return schema
  const { nullable, ...rest } = schema
  const converted: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(rest)) converted[key] = convertKey(key, value, isStrict)
  if (isStrict && isObject(rest.properties) && rest.additionalProperties === undefined) {
    converted.additionalProperties = false
  }
  // GitHub sends an empty text where there is no address, and says so in the default.
  if (rest.default === '') delete converted.format
  if (nullable !== true) return converted
  if (Array.isArray(converted.enum)) converted.enum = [...converted.enum, null]
  if (typeof converted.type === 'string') return { ...converted, type: [converted.type, 'null'] }
  return { anyOf: [converted, { type: 'null' }] }
}

function convertKey(key: string, value: unknown, isStrict: boolean): unknown {
  if (key === '$ref') {
    const name = String(value).slice(String(value).lastIndexOf('/') + 1)
    return `#/${isStrict ? 'definitions' : 'loose'}/${name}`
  }
  if (key === 'enum' || key === 'required' || key === 'default') return value
  // The parts of `allOf` do not know one another's properties.
  if (key === 'allOf') return convert(value, false)
  if (key !== 'properties') return convert(value, isStrict)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, convert(item, isStrict)]))
}

/** Formats that GitHub names and that say nothing that could be checked. */
const freeFormats = ['uri-template', 'repo.nwo', 'binary', 'timestamp']

/** Compiles schemas of the description. A strict one also refuses properties that the description does not have. */
export class SchemaCompiler {
  private readonly ajv: Ajv
  private readonly isStrict: boolean

  constructor(schemas: Record<string, unknown>, options: { isStrict: boolean; coerceTypes?: boolean }) {
    this.isStrict = options.isStrict
    this.ajv = new Ajv({ strict: false, logger: false, coerceTypes: options.coerceTypes ?? false, inlineRefs: false })
    formats.default(this.ajv)
    for (const name of freeFormats) this.ajv.addFormat(name, true)
    const converted = (isStrict: boolean): unknown =>
      Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, convert(schema, isStrict)]))
    // Parts of an `allOf` are read loosely, also where they are only referred to.
    this.ajv.addSchema({ $id: 'github', definitions: converted(this.isStrict), loose: converted(false) })
  }

  compile(schema: unknown): ValidateFunction {
    const converted = JSON.parse(
      JSON.stringify(convert(schema, this.isStrict)).replaceAll(/"#\/(definitions|loose)\//g, '"github#/$1/'),
    ) as object
    return this.ajv.compile(converted)
  }
}

/** What a validator found, in one line. */
export function faultsOf({ errors }: ValidateFunction): string {
  return (errors ?? [])
    .slice(0, 5)
    .map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`)
    .join('; ')
}
