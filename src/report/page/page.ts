import type { Comparison } from '../../compare/comparison.ts'
import type { Plots } from '../../evaluation/plots/plots.ts'
import type { Verdict } from '../../gate/verdict.ts'
import { changesSection, flipsSection, metricsSection } from './comparison-sections.ts'
import { head } from './head.ts'
import { element, rawElement, render } from './html.ts'
import { interactionText } from './interaction-text.ts'
import { words } from './parts.ts'
import { plotsSection } from './plots-section.ts'
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
    head(`${words(comparison.project.name, 100)}: ${verdict.verdict}`, interactionText),
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
