import { createHash } from 'node:crypto'
import { element, type Html, rawElement } from './html.ts'
import { pageStyle } from './style.ts'

/** The head of a page that loads nothing: its policy names its style, and its script where it has one, by their digests, and forbids all else. */
export function head(title: string, script?: string): Html {
  const policy = [
    "default-src 'none'",
    `style-src '${sourceDigest(pageStyle)}'`,
    ...(script === undefined ? [] : [`script-src '${sourceDigest(script)}'`]),
    "form-action 'none'",
    "base-uri 'none'",
  ]
  return element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { 'http-equiv': 'Content-Security-Policy', content: policy.join('; ') }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('meta', { name: 'referrer', content: 'no-referrer' }),
    element('title', {}, title),
    rawElement('style', pageStyle),
  )
}

function sourceDigest(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`
}
