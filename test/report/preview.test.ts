import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../src/report/markdown.ts'
import { renderPreview } from '../../src/report/preview.ts'
import { type Situation, situations } from './situations.ts'

describe('renderPreview', () => {
  it('shows the report as a page that stands alone', () => {
    const { comparison, verdict } = situations.pass as Situation
    const page = renderPreview(renderMarkdown(comparison, verdict), 'modelgate report')
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/)
    expect(page).toContain('<title>modelgate report</title>')
    expect(page).toContain('<h2>✅ <code>income</code>: pass</h2>')
    expect(page).toContain('<td><code>model.threshold.accuracy</code><br>accuracy ≥ 0.88, sure at 95 %</td>')
    expect(page).toContain('<summary>Rows: 22 mended, 20 broken</summary>')
    expect(page).toContain('<td align="right">+0.0120<br>−0.0040\u00a0to\u00a0+0.0280</td>')
    expect(page).not.toMatch(/<(script|link|img|iframe)|src=|href=|url\(|@import/i)
  })

  it('forbids scripts, requests, forms and another base', () => {
    expect(renderPreview('', '')).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'">`,
    )
  })

  it('says where GitHub draws a chart, and shows other code as it is', () => {
    const page = renderPreview('```mermaid\nxychart-beta\n```\n\n```\n<b>\n```\n', '')
    expect(page).toContain('<p class="drawn">GitHub draws a chart here.')
    expect(page).not.toContain('xychart-beta')
    expect(page).toContain('<pre><code>&lt;b&gt;</code></pre>')
  })

  it('escapes the title', () => {
    expect(renderPreview('', `</title><script>"x"&'y'</script>\u202e`)).toContain(
      '<title>&lt;/title&gt;&lt;script&gt;&quot;x&quot;&amp;&#39;y&#39;&lt;/script&gt;</title>',
    )
  })

  it('lets only the HTML of reports through, also from a report that somebody changed', () => {
    const page = renderPreview(
      [
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<link rel="preconnect" href="https://evil.example">',
        '<details open>',
        'a <script>x</script> <details><summary>fine</summary> <BR> <br onclick=x> <!-- hidden -->',
        '<img\nsrc=x>',
      ].join('\n\n'),
      'x',
    )
    const body = page.slice(page.indexOf('<div class="markdown">'))
    expect(body).not.toMatch(/<(meta|link|script|img|details open|br onclick|!--)/i)
    expect(body).toContain('&lt;meta http-equiv')
    expect(body).toContain('<details><summary>fine</summary>')
  })
})
