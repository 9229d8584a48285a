const light = `
  color-scheme: light;
  --bg: #ffffff; --fg: #1f2328; --quiet: #59636e; --line: #d1d9e0; --panel: #f6f8fa; --focus: #0969da;
  --fresh: #0550ae; --fresh-fill: #b6d5f9; --base: #a04100; --grid: #e4e8ec; --tick: #59636e;
  --good: #116329; --good-bg: #dafbe1; --bad: #a40e26; --bad-bg: #ffebe9; --warn: #7d4e00; --warn-bg: #fff8c5; --odd: #6639ba; --odd-bg: #fbefff;
  --shade: 5, 80, 174;`

const dark = `
  color-scheme: dark;
  --bg: #0d1117; --fg: #f0f6fc; --quiet: #9da7b1; --line: #3d444d; --panel: #151b23; --focus: #58a6ff;
  --fresh: #79c0ff; --fresh-fill: #1f4b7a; --base: #ffa657; --grid: #262c34; --tick: #9da7b1;
  --good: #56d364; --good-bg: #12261e; --bad: #ff9492; --bad-bg: #2d1315; --warn: #e3b341; --warn-bg: #272115; --odd: #d2a8ff; --odd-bg: #231a36;
  --shade: 121, 192, 255;`

/** How strongly the cells of a matrix are shaded, from a share of 0 to 1. The text on them keeps its contrast. */
const shades = [0, 0.05, 0.09, 0.13, 0.17, 0.21, 0.25, 0.29, 0.33]
  .map((alpha, level) => `.shade${level} { background: rgba(var(--shade), ${alpha}); }`)
  .join('\n')

/** The style of the page. It loads nothing: fonts are those of the reader's system. */
export const pageStyle = `
:root {${light}
}
@media screen and (prefers-color-scheme: dark) { :root:not([data-theme="light"]) {${dark}
} }
@media screen { :root[data-theme="dark"] {${dark}
} }
* { box-sizing: border-box; }
html { scroll-padding-top: 16px; }
body { margin: 0; background: var(--bg); color: var(--fg); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
main, nav { max-width: 1040px; margin: 0 auto; padding: 0 16px; }
main { padding-bottom: 48px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 16px; top: 8px; padding: 8px; background: var(--bg); }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; align-items: center; padding-top: 12px; padding-bottom: 12px; border-bottom: 1px solid var(--line); }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0; padding: 0; list-style: none; }
nav .theme { margin-left: auto; }
a { color: var(--fresh); }
h1, h2, h3, h4 { line-height: 1.25; overflow-wrap: anywhere; }
h1 { margin: 0 0 8px; font-size: 28px; }
h2 { margin: 40px 0 12px; padding-bottom: 6px; border-bottom: 1px solid var(--line); font-size: 20px; }
h3 { margin: 0 0 4px; font-size: 16px; }
h4 { margin: 0 0 4px; font-size: 14px; }
.scroll + h3, ul + h3, .scroll + .quiet { margin-top: 20px; }
header { padding-top: 16px; }
header p { margin: 0 0 8px; overflow-wrap: anywhere; }
.reason { font-size: 17px; }
.quiet, figcaption, caption, small { color: var(--quiet); }
code { padding: 1px 5px; border-radius: 5px; background: var(--panel); font: 88% ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 1px 10px; border: 1px solid currentColor; border-radius: 2em; font-weight: 600; white-space: nowrap; }
.verdict .badge { font-size: 18px; white-space: normal; }
.pass { color: var(--good); background: var(--good-bg); }
.fail { color: var(--bad); background: var(--bad-bg); }
.inconclusive { color: var(--warn); background: var(--warn-bg); }
.incomparable { color: var(--odd); background: var(--odd-bg); }
.skipped { color: var(--quiet); background: var(--panel); }
.alerts { margin: 0; padding: 12px 12px 12px 32px; border: 1px solid var(--warn); border-radius: 6px; background: var(--warn-bg); overflow-wrap: anywhere; }
.trend { white-space: nowrap; }
.better { color: var(--good); }
.worse { color: var(--bad); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.scroll { max-width: 100%; overflow-x: auto; position: relative; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 10px; border: 1px solid var(--line); text-align: left; vertical-align: top; }
table code { display: inline-block; max-width: 24em; overflow-wrap: break-word; }
.sentence { min-width: 17em; }
td.number { white-space: nowrap; }
thead th { background: var(--panel); vertical-align: bottom; }
tbody th { max-width: 26em; font-weight: 400; overflow-wrap: break-word; }
tbody th small { display: inline-block; min-width: 12em; }
.number { text-align: right; }
thead th button { padding: 0; border: 0; background: none; color: inherit; font: inherit; text-align: inherit; cursor: pointer; text-decoration: underline dotted; text-underline-offset: 3px; }
th[aria-sort="ascending"] button::after { content: " \\25B2"; }
th[aria-sort="descending"] button::after { content: " \\25BC"; }
button.theme { padding: 3px 12px; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); color: var(--fg); font: inherit; cursor: pointer; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 24px; }
figure { margin: 0; padding: 16px; min-width: 0; border: 1px solid var(--line); border-radius: 6px; }
figure.wide { grid-column: 1 / -1; }
figcaption { margin-bottom: 8px; font-size: 14px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 4px; padding: 0; list-style: none; }
.legend li { display: flex; align-items: center; gap: 6px; }
.canvas { position: relative; max-width: 560px; margin: 0 auto; }
.chart { display: block; width: 100%; height: auto; }
.chart text { fill: var(--tick); font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
.chart .label { fill: var(--fg); font-size: 13px; }
.grid { stroke: var(--grid); }
.axis { fill: none; stroke: var(--tick); }
.chance, .zero { fill: none; stroke: var(--tick); stroke-width: 1.5; }
.chance { stroke-dasharray: 1 4; stroke-linecap: round; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.line.base { stroke: var(--base); stroke-dasharray: 6 4; }
.line.fresh { stroke: var(--fresh); }
.bar { fill: var(--fresh-fill); stroke: var(--fresh); }
.mark { stroke-width: 2; }
.mark.base { fill: var(--bg); stroke: var(--base); }
.mark.fresh { fill: var(--fresh); stroke: var(--fresh); }
.dot.base { fill: none; stroke: var(--base); stroke-width: 1.5; }
.dot.fresh { fill: var(--fresh); }
.whisker { fill: none; stroke-width: 1.5; }
.whisker.base { stroke: var(--base); }
.whisker.fresh { stroke: var(--fresh); }
.histogram { display: block; max-width: none; }
.histogram .line { stroke-width: 1.5; stroke-dasharray: 3 2; }
.interval { display: block; max-width: none; }
.interval .margin { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 4 3; }
.interval .reach { fill: none; stroke: var(--fg); stroke-width: 2; }
.interval .gain { fill: var(--fg); }
.cursor { fill: none; stroke: var(--fg); stroke-width: 2.5; }
.spot { stroke: var(--bg); stroke-width: 1.5; }
.spot.base { fill: var(--base); }
.spot.fresh { fill: var(--fresh); }
.at { stroke: var(--fg); stroke-width: 2; stroke-dasharray: 5 3; }
.cursor[hidden], .spot[hidden], .at[hidden] { display: none; }
.handle { position: absolute; inset: 0; border-radius: 4px; cursor: crosshair; touch-action: pan-y; }
.readout { min-height: 3em; margin: 4px 0; font-size: 14px; font-variant-numeric: tabular-nums; }
details { margin-top: 8px; }
summary { cursor: pointer; width: fit-content; }
details .scroll { max-height: 320px; overflow-y: auto; margin-top: 8px; font-size: 13px; }
.matrices { display: flex; flex-wrap: wrap; gap: 24px; }
.matrix { min-width: 0; }
.matrix tbody th { position: sticky; left: 0; background: var(--bg); }
.many th, .many td { padding: 3px 6px; font-size: 13px; }
.many thead th:not(:first-child) { max-height: 14em; writing-mode: vertical-rl; rotate: 180deg; text-align: left; vertical-align: middle; overflow-wrap: anywhere; }
.cell.right { outline: 2px solid var(--tick); outline-offset: -3px; }
.good { color: var(--good); background: var(--good-bg); }
.bad { color: var(--bad); background: var(--bad-bg); }
.good::before { content: "\\25B2 " / ""; font-size: 10px; }
.bad::before { content: "\\25BC " / ""; font-size: 10px; }
${shades}
.controls label { display: block; font-weight: 600; }
.controls input { width: 100%; max-width: 560px; margin: 8px 0 12px; accent-color: var(--fresh); }
@media (max-width: 480px) { .chart text, .chart .label { font-size: 15px; } figure { padding: 8px; } th, td { padding: 5px 7px; }
  table { font-size: 13px; } table code, tbody th { max-width: 8.5em; } tbody th small { min-width: 0; } .sentence { min-width: 10.5em; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media (forced-colors: active) { .bar, .dot.fresh, .mark.fresh { fill: CanvasText; } .line, .mark, .bar { stroke: CanvasText; } }
@media print {
  nav, .handle, .readout, .skip, summary, .cursor, .spot, .at, #threshold { display: none; }
  body { font-size: 11pt; }
  .scroll { overflow: visible; }
  figure, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  * { print-color-adjust: exact; }
}
`
