#!/usr/bin/env node
/** `npx heddle-indexer`: the indexer's main.ts in a Node that can run it, whichever one npx was called with. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { explain } from '../../start/fault.mjs'
import { homeFolder } from '../../start/home.mjs'
import { ensureNode, follow, root } from '../../start/node.mjs'

try {
  if (await ensureNode({ home: homeFolder(process.env, root), tell: (what) => console.error(what) })) {
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
    // Node 22 warns that it strips types; whoever runs a command did not ask.
    const args = ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)]
    await follow(spawn(process.execPath, args, { stdio: 'inherit' }))
  }
} catch (error) {
  console.error(explain(error))
  process.exitCode = 1
}
