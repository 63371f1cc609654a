import { explain } from './fault.mjs'
import { homeFolder } from './home.mjs'
import { ensureNode, root } from './node.mjs'

try {
  if (await ensureNode({ home: homeFolder(process.env, root), tell: (what) => console.log(`  … ${what}`) })) {
    // Only the right Node can read what comes from here on.
    const { serve } = await import('./serve/main.mjs')
    process.exit(await serve(process.argv.slice(2), root))
  }
} catch (error) {
  console.error(explain(error))
  process.exitCode = 1
}
