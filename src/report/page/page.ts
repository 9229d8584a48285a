import { createHash } from 'node:crypto'
import type { Comparison } from '../../compare/comparison.ts'
import type { Plots } from '../../evaluation/plots/plots.ts'
import type { Verdict } from '../../gate/verdict.ts'
import { changesSection, flipsSection, metricsSection } from './comparison-sections.ts'
import { element, type Html, rawElement, render } from './html.ts'
import { interactionText } from './interaction-text.ts'
import { words } from './parts.ts'
import { plotsSection } from './plots-section.ts'
import { pageStyle } from './style.ts'
import { alertsSection, headline, methodSection, rulesSection } from './verdict-sections.ts'

/**
 * The whole report as one HTML file. It loads nothing, works without its script, and allows no other one: the policy in it names style
 * and script by their digests and forbids every request. Pure: the same input gives the same page.
 */
export function renderPage(comparison: Comparison, verdict: Verdict, plots: Plots | null): string {
  const sections = [
    { id: 'notes', label: 'Notes', content: alertsSection(comparison, verdict) },
    { id: 'rules', label: 'Rules', content: rulesSection(verdict) },
    { id: 'metrics', label: 'Metrics', content: metricsSection(comparison, verdict) },
    { id: 'rows', label: 'Rows', content: flipsSection(comparison) },
    { id: 'changes', label: 'What changed', content: changesSection(comparison) },
    { id: 'plots', label: 'Plots', content: plotsSection(plots) },
    { id: 'method', label: 'Method', content: methodSection(comparison, verdict) },
  ].filter(({ content }) => content !== null)
  const links = sections.map(({ id, label }) => element('li', {}, element('a', { href: `#${id}` }, label)))
  const page = element(
    'html',
    { lang: 'en' },
    head(`${words(comparison.project.name, 100)}: ${verdict.verdict}`),
    element(
      'body',
      {},
      element('a', { class: 'skip', href: '#report' }, 'Skip to the report'),
      element('nav', { 'aria-label': 'Sections of the report' }, element('ul', {}, links)),
      element(
        'main',
        { id: 'report' },
        headline(comparison, verdict),
        sections.map(({ content }) => content),
      ),
      rawElement('script', interactionText),
    ),
  )
  return `<!doctype html>\n${render(page)}\n`
}

function head(title: string): Html {
  const policy = [
    "default-src 'none'",
    `style-src '${sourceDigest(pageStyle)}'`,
    `script-src '${sourceDigest(interactionText)}'`,
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
