/**
 * A page to type queries in. It needs nothing from elsewhere, so it also works without internet.
 * @param path - where the subgraph answers
 */
export function playground(path: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(path)}</title>
<style>
  body { font: 14px ui-monospace, monospace; margin: 0; display: grid; grid-template: auto 1fr / 1fr 1fr; height: 100vh }
  header { grid-column: 1 / 3; padding: 8px 12px; border-bottom: 1px solid #ccc }
  textarea, pre { font: inherit; margin: 0; padding: 12px; border: 0; overflow: auto; resize: none; outline: none }
  textarea { border-right: 1px solid #ccc }
</style>
<header>POST ${escapeHtml(path)} <button id="run">Run (Ctrl-Enter)</button></header>
<textarea id="query" spellcheck="false">{
  _meta { block { number hash } deployment hasIndexingErrors }
  __schema { queryType { fields { name } } }
}</textarea>
<pre id="answer"></pre>
<script>
  const query = document.getElementById('query')
  const answer = document.getElementById('answer')
  async function run() {
    const body = JSON.stringify({ query: query.value })
    const response = await fetch(${JSON.stringify(path).replaceAll('<', '\\u003c')}, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    answer.textContent = JSON.stringify(await response.json(), null, 2)
  }
  document.getElementById('run').onclick = run
  query.onkeydown = (event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run() }
</script>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
