import { Marked } from 'marked'
import { escapeHtml } from '../base/escape.ts'
import { previewStyle } from './preview-style.ts'

// The policy does not cover everything that HTML can do (a refresh, a connection made ahead), so of HTML only what reports
// use comes through.
const pageMarkdown = new Marked({
  renderer: {
    html: ({ text }) => text.replace(/<(?!(?:\/?details|\/?summary|br)>)/gi, '&lt;'),
    // Drawing it would take a megabyte of script: the page says what stands there instead.
    code: ({ text, lang }) =>
      lang === 'mermaid'
        ? `<p class="drawn">${escapeHtml(chartNote)}</p>\n`
        : `<pre><code>${escapeHtml(text)}</code></pre>\n`,
  },
})

const chartNote = 'GitHub draws a chart here. The HTML report of the run has it in full.'

/**
 * A page that shows the report as a comment of a pull request. It stands alone and loads nothing: the policy in it forbids
 * scripts and every request, whatever the Markdown holds.
 */
export function renderPreview(markdown: string, title: string): string {
  const body = pageMarkdown.parse(markdown, { gfm: true, async: false })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${previewStyle}</style>
</head>
<body>
<main>
<div class="avatar" aria-hidden="true">mg</div>
<article class="comment">
<header><strong>modelgate</strong> <span class="label">bot</span> commented</header>
<div class="markdown">
${body}
</div>
</article>
</main>
</body>
</html>
`
}
