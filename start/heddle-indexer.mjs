#!/usr/bin/env node
/** `npx heddle-indexer`: the indexer's main.ts, in a Node that can run it, whichever one npx was called with. */
import { explain } from './fault.mjs'
import { homeFolder } from './home.mjs'
import { ensureNode, root } from './node.mjs'

try {
  if (await ensureNode({ home: homeFolder(process.env, root), tell: (what) => console.error(what) })) {
    // In this very process: whoever ends it, however, ends the indexer.
    keepQuietAboutTypes()
    await endWithNpm()
    await import('../indexer/src/main.ts')
  }
} catch (error) {
  console.error(explain(error))
  process.exitCode = 1
}

/** Node 22 warns that it strips types; whoever runs a command did not ask. */
function keepQuietAboutTypes() {
  const warn = process.emitWarning
  process.emitWarning = (/** @type {any[]} */ ...warning) => {
    if (!/type stripping/i.test(String(warning[0]))) Reflect.apply(warn, process, warning)
  }
}

/** npx runs us in a shell, which passes no signal on: when one of the two is gone, nobody is left to tell us to stop. */
async function endWithNpm() {
  const { npmAncestors } = await import('./processes.mjs')
  const { isSameProcess } = await import('../indexer/src/store/process-identity.ts')
  const above = npmAncestors()
  setInterval(() => above.every(isSameProcess) || process.kill(process.pid, 'SIGTERM'), 1_000).unref()
}
