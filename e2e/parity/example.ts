import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { node } from '../command.ts'
import type { Entry } from './entry.ts'

/** The repository's own subgraph, with the history of its contracts. */
export const example: Entry = {
  name: 'example',
  prepare: async ({ chain: { rpcUrl }, folder }) => {
    const [deployment, world] = ['deployment.json', 'world.json'].map((name) => `${folder}-${name}`) as [string, string]
    await node(['contracts/ignition/deploy.ts', '--rpc-url', rpcUrl, '--out', deployment])
    await node(['contracts/history/play.ts', '--rpc-url', rpcUrl, '--deployment', deployment, '--out', world])
    return {
      blocks: [],
      build: async () => {
        await node(['subgraph/build.ts', '--deployment', deployment, '--out', join(folder, 'build')])
        // `gnd dev` is given the source's name, and reads what was built below it.
        await copyFile(join(folder, 'build/subgraph.yaml'), join(folder, 'subgraph.yaml'))
      },
    }
  },
}
