import { escapeHtml } from '../../base/escape.ts'

/**
 * HTML that is safe by the way it is made: only `element` makes it, from tags and attribute names that are written in this
 * repository; every text and every attribute value is escaped.
 */
export type Html = { readonly html: string }

export type Content = Html | string | null | readonly Content[]

/** Attribute values; `true` stands for an attribute without value, false and undefined for none. */
export type Attributes = Record<string, string | number | boolean | undefined>

const childless = new Set(['meta', 'br', 'input'])

export function element(tag: string, attributes: Attributes = {}, ...content: Content[]): Html {
  const named = Object.entries(attributes)
    .map(([name, value]) => attribute(name, value))
    .join('')
  return { html: `<${tag}${named}>${childless.has(tag) ? '' : `${render(content)}</${tag}>`}` }
}

function attribute(name: string, value: Attributes[string]): string {
  if (value === undefined || value === false) return ''
  return value === true ? ` ${name}` : ` ${name}="${escapeHtml(String(value))}"`
}

export function render(content: Content): string {
  if (content === null) return ''
  if (typeof content === 'string') return escapeHtml(content)
  return 'html' in content ? content.html : content.map(render).join('')
}

/** The text of a style or a script of our own, as it is: in these two nothing is decoded. */
export function rawElement(tag: 'style' | 'script', source: string): Html {
  if (/<\/|<!--/.test(source)) throw new Error(`a ${tag} must not hold what could end it`)
  return { html: `<${tag}>${source}</${tag}>` }
}
