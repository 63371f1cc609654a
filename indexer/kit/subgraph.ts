import { type Deployment, loadDeployment } from '../src/deployment/deployment.ts'
import { SubgraphRun } from './run.ts'

/** A compiled subgraph, ready to be tried out. */
export interface Subgraph {
  readonly deployment: Deployment
  /** An empty world of its own: no entities, a chain that knows only what it is told. */
  run(): SubgraphRun
}

/**
 * Loads what graph-cli built, so that its handlers can be called in a test.
 * @param manifestPath - to `build/subgraph.yaml`
 * @throws InvalidDeploymentError with every problem found
 * @example
 * const run = (await loadSubgraph('build/subgraph.yaml')).run()
 * await run.event({ source: 'Token', event: 'Transfer', args: { from, to, value: 5n } })
 * expect(run.entity('Account', to)).toMatchObject({ balance: 5n })
 */
export async function loadSubgraph(manifestPath: string): Promise<Subgraph> {
  const deployment = await loadDeployment(manifestPath)
  return { deployment, run: () => new SubgraphRun(deployment) }
}
