import type { Comparison } from '../../compare/comparison.ts'
import type { Plots } from '../../evaluation/plots/plots.ts'
import type { Verdict } from '../../gate/verdict.ts'
import type { DataSummary } from '../data/markdown.ts'
import { changesSection, metricsSection, rowsSection } from './comparison-sections.ts'
import { statusLabel } from './data-badge.ts'
import { dataSection, sectionOfParts } from './data-section.ts'
import { head } from './head.ts'
import { element, type Html, rawElement, render } from './html.ts'
import { interactionText } from './interaction-text.ts'
import { words } from './parts.ts'
import { partsSection } from './parts-section.ts'
import { plotsSection } from './plots-section.ts'
import {
  alertsSection,
  headline,
  historySection,
  methodSection,
  rulesSection,
  waiversSection,
} from './verdict-sections.ts'

/**
 * The whole report as one HTML file. It loads nothing, works without its script, and allows no other one: the policy in it names style
 * and script by their digests and forbids every request. Pure: the same input gives the same page.
 */
export function renderPage(comparison: Comparison, verdict: Verdict, plots: Plots | null): string {
  const stopped = comparison.stoppedAt !== null
  const data = { id: 'data', label: 'Data', content: dataSection(comparison) }
  const failed = comparison.data.some(({ new: report }) => report === null || report.verdict === 'fail')
  return frame(`${words(comparison.project.name, 100)}: ${verdict.verdict}`, headline(comparison, verdict), [
    { id: 'notes', label: 'Notes', content: alertsSection(comparison, verdict) },
    { id: 'waivers', label: 'Waivers', content: waiversSection(verdict) },
    { id: 'rules', label: 'Rules', content: rulesSection(comparison, verdict) },
    // Data that failed come before what was made of them.
    ...(failed ? [data] : []),
    { id: 'metrics', label: 'Metrics', content: stopped ? null : metricsSection(comparison, verdict) },
    ...(failed ? [] : [data]),
    { id: 'parts', label: 'Slices and parts', content: partsSection(comparison, verdict) },
    { id: 'history', label: 'Earlier runs', content: historySection(comparison, verdict) },
    { id: 'rows', label: 'Rows', content: rowsSection(comparison) },
    { id: 'changes', label: 'What changed', content: changesSection(comparison) },
    { id: 'plots', label: 'Plots', content: plotsSection(plots) },
    { id: 'method', label: 'Method', content: methodSection(comparison, verdict) },
  ])
}

/** The report of data that were checked by themselves, in the same frame. */
export function renderDataPage({ verdict, reason, parts }: DataSummary): string {
  const top = element(
    'header',
    {},
    element('p', { class: 'quiet' }, 'modelgate report'),
    element('h1', {}, 'Data'),
    element('p', { class: 'verdict' }, statusLabel(verdict)),
    element('p', { class: 'reason' }, words(reason, 2000)),
  )
  return frame(`Data: ${verdict}`, top, [{ id: 'data', label: 'Data', content: sectionOfParts(parts) }])
}

type Section = { id: string; label: string; content: Html | null }

function frame(title: string, top: Html, all: readonly Section[]): string {
  const sections = all.filter(({ content }) => content !== null)
  const links = sections.map(({ id, label }) => element('li', {}, element('a', { href: `#${id}` }, label)))
  const page = element(
    'html',
    { lang: 'en' },
    head(title, interactionText),
    element(
      'body',
      {},
      element('a', { class: 'skip', href: '#report' }, 'Skip to the report'),
      element('nav', { 'aria-label': 'Sections of the report' }, element('ul', {}, links)),
      element(
        'main',
        { id: 'report' },
        top,
        sections.map(({ content }) => content),
      ),
      rawElement('script', interactionText),
    ),
  )
  return `<!doctype html>\n${render(page)}\n`
}
