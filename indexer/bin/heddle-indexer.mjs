#!/usr/bin/env node
/** `npx heddle-indexer`: the indexer's main.ts in a Node that can run it, whichever one npx was called with. */
import { explain } from '../../start/fault.mjs'
import { homeFolder } from '../../start/home.mjs'
import { ensureNode, root } from '../../start/node.mjs'

try {
  if (await ensureNode({ home: homeFolder(process.env, root), tell: (what) => console.error(what) })) {
    // In this very process: whoever ends it, however, ends the indexer.
    keepQuietAboutTypes()
    await import('../src/main.ts')
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
