import { z } from 'zod'
import { configSchema } from '../../src/config/schema.ts'
import { table } from './section.ts'

type Node = {
  description?: string
  type?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  properties?: Record<string, Node>
  required?: string[]
  additionalProperties?: Node | boolean
  items?: Node
  anyOf?: Node[]
}

function jsonSchema(): Node {
  return z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input' }) as Node
}

/** JSON Schema of modelgate.yaml for editors. */
export function editorSchema(): string {
  return `${JSON.stringify({ $id: 'modelgate.schema.json', title: 'modelgate.yaml', ...jsonSchema() }, null, 2)}\n`
}

/** One table per level of modelgate.yaml, read off the schema. */
export function configurationTables(): string {
  const sections: string[] = []
  const seen = new Map<string, string>()
  const visit = (path: string, node: Node): void => {
    // The same words under another key are told once.
    const identity = JSON.stringify(node)
    const first = seen.get(identity)
    if (first !== undefined) {
      sections.push(`### \`${path}\`\n\nAs under \`${first}\`.`)
      return
    }
    seen.set(identity, path)
    const properties = node.properties ?? {}
    const rows = Object.entries(properties).map(([key, child]) => [
      `\`${key}\``,
      typeOf(child),
      child.default === undefined
        ? node.required?.includes(key) === true
          ? 'required'
          : ''
        : `\`${JSON.stringify(child.default)}\``,
      child.description ?? '',
    ])
    sections.push(
      `### ${path === '' ? 'Top level' : `\`${path}\``}\n\n${node.description ?? ''}\n\n${table(['Key', 'Value', 'Default', ''], rows)}`,
    )
    for (const [key, child] of Object.entries(properties)) descend(path === '' ? key : `${path}.${key}`, child)
  }
  const descend = (path: string, node: Node): void => {
    if (node.properties !== undefined) visit(path, node)
    else if (typeof node.additionalProperties === 'object') descend(`${path}.<name>`, node.additionalProperties)
    else if (node.items !== undefined) descend(`${path}[]`, node.items)
  }
  visit('', jsonSchema())
  return sections.join('\n\n')
}

function typeOf(node: Node): string {
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(typeOf).filter((type) => type !== ''))].join(' or ')
  if (node.type === 'array') return `list of ${node.items === undefined ? 'values' : typeOf(node.items)}`
  if (node.type === 'object') return node.properties === undefined ? 'mapping by name' : 'mapping'
  return node.type ?? ''
}
