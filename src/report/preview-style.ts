/** Looks like a comment on GitHub, in its light and its dark theme, closely enough to judge a report by. */
export const previewStyle = `
:root { color-scheme: light dark; --bg: #fff; --fg: #1f2328; --muted: #59636e; --line: #d1d9e0; --head: #f6f8fa; --code: #818b981f; --link: #0969da; --stripe: #f6f8fa; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #0d1117; --fg: #f0f6fc; --muted: #9198a1; --line: #3d444d; --head: #151b23; --code: #656c7633; --link: #4493f8; --stripe: #151b23; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--fg); font: 14px/1.5 -apple-system, BlinkMacSystemFont, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif, "Apple Color Emoji", "Noto Color Emoji"; }
main { display: flex; gap: 16px; max-width: 980px; margin: 24px auto; padding: 0 16px; }
.avatar { flex: none; width: 40px; height: 40px; border-radius: 6px; background: #1a7f37; color: #fff; font: 600 15px/40px ui-monospace, monospace; text-align: center; }
.comment { flex: 1; min-width: 0; border: 1px solid var(--line); border-radius: 6px; }
header { padding: 8px 16px; background: var(--head); border-bottom: 1px solid var(--line); border-radius: 6px 6px 0 0; color: var(--muted); }
header strong { color: var(--fg); }
.label { border: 1px solid var(--line); border-radius: 2em; padding: 0 6px; font-size: 12px; }
.markdown { padding: 16px; overflow-wrap: break-word; }
.markdown > :first-child { margin-top: 0; }
.markdown > :last-child { margin-bottom: 0; }
.markdown p, .markdown table, .markdown blockquote, .markdown details, .markdown ul { margin: 0 0 16px; }
.markdown h2 { margin: 24px 0 16px; padding-bottom: 0.3em; border-bottom: 1px solid var(--line); font-size: 1.5em; font-weight: 600; line-height: 1.25; }
.markdown code { padding: 0.2em 0.4em; border-radius: 6px; background: var(--code); font: 85% ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; white-space: break-spaces; }
.markdown h2 code { font-size: inherit; }
.markdown table { display: block; width: max-content; max-width: 100%; overflow: auto; border-spacing: 0; border-collapse: collapse; font-variant: tabular-nums; }
.markdown th, .markdown td { padding: 6px 13px; border: 1px solid var(--line); }
.markdown th { font-weight: 600; }
.markdown tr:nth-child(2n) { background: var(--stripe); }
.markdown blockquote { padding: 0 1em; border-left: 0.25em solid var(--line); color: var(--muted); }
.markdown blockquote > :last-child { margin-bottom: 0; }
.markdown .drawn { padding: 16px; border: 1px dashed var(--line); border-radius: 6px; color: var(--muted); text-align: center; }
.markdown ul { padding-left: 2em; }
.markdown summary { cursor: pointer; margin-bottom: 4px; }
.markdown a { color: var(--link); }
`
