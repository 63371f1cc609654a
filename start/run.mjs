/**
 * Runs one of the repository's own commands in the right Node, whichever one npm was called with:
 *
 *   node start/run.mjs contracts/tx.ts price "SALT#3" 1.25        a file of ours
 *   node start/run.mjs turbo run build                            a program that npm installed
 */
import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { explain } from './fault.mjs'
import { homeFolder } from './home.mjs'
import { ensureNode, follow, root } from './node.mjs'

try {
  if (await ensureNode({ home: homeFolder(process.env, root), tell: (what) => console.error(what) })) {
    const [name = '', ...args] = process.argv.slice(2)
    const isOurs = /\.(ts|mjs)$/.test(name)
    const env = { ...process.env, PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter) }
    const options = { cwd: root, env, stdio: /** @type {const} */ ('inherit') }
    // Node 22 warns that it strips types; whoever runs a command did not ask.
    const flags = ['--disable-warning=ExperimentalWarning']
    await follow(isOurs ? spawn(process.execPath, [...flags, name, ...args], options) : spawn(name, args, options))
    // A wrapper that chose this Node keeps a channel open to us.
    process.exit()
  }
} catch (error) {
  console.error(explain(error))
  process.exitCode = 1
}
