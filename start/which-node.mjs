/** Prints the folder of the Node that Heddle runs on here, for scripts that want the same: `export PATH="$(node start/which-node.mjs):$PATH"`. */
import { dirname } from 'node:path'
import { explain } from './fault.mjs'
import { homeFolder } from './home.mjs'
import { isSupported, pinnedNode, root } from './node.mjs'

try {
  const tell = (/** @type {string} */ what) => console.error(what)
  const node = isSupported(process.version) ? process.execPath : await pinnedNode(homeFolder(process.env, root), tell)
  console.log(dirname(node))
} catch (error) {
  console.error(explain(error))
  process.exitCode = 1
}
