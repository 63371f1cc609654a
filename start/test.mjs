import { explain } from './fault.mjs'
import { homeFolder } from './home.mjs'
import { ensureNode, root } from './node.mjs'

try {
  if (await ensureNode({ home: homeFolder(process.env, root), tell: (what) => console.log(`  … ${what}`) })) {
    // Only the right Node can read what comes from here on.
    const { testAll } = await import('./test-all.mjs')
    process.exit(await testAll(process.argv.slice(2), root))
  }
} catch (error) {
  console.error(explain(error))
  process.exitCode = 1
}
