import type { Config } from '../config.ts'
import { fileTypes } from '../deployment/data-source.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { readBuild } from '../member/read-build.ts'
import type { StoredDeployment } from '../store/deployments.ts'
import { layoutOf } from '../store/layout.ts'
import type { Postgres } from '../store/postgres.ts'
import { readProgress } from '../store/progress.ts'
import { addVerification, readInvariants, writeDifference } from '../store/verification.ts'
import type { CheckRooms } from '../verify/check.ts'
import { findInvariants, namedFile } from '../verify/find-invariants.ts'
import { parseInvariants } from '../verify/invariant.ts'
import { stateRoot } from '../verify/root.ts'
import { type Finding, verifyAll } from '../verify/verify-all.ts'
import type { VerifyOrder } from './command-line.ts'
import { chooseDeployments, withDatabase, withNodes } from './database.ts'
import { type CommandRooms, rebuildOne } from './rebuild-command.ts'
import { table } from './table.ts'

/**
 * `heddle-indexer verify`: compares, prints what came of it, and leaves what differs to the deployment's own thread to heal.
 * @returns whether all agrees
 */
export function runVerify(order: VerifyOrder, print: (text: string) => void, signal: AbortSignal): Promise<boolean> {
  return withDatabase(order.config, async (postgres) => {
    let isRight = true
    for (const stored of await chooseDeployments(postgres, order.deployment)) {
      print(`${stored.names.join(', ') || '(no name)'}  ${stored.id}`)
      const isOneRight = await withNodes(order.config, stored.network, async (rpc) =>
        order.isDeep
          ? rebuildOne({ ...order, postgres, rpc, stored }, print, signal)
          : verifyOne({ ...order, postgres, rpc, stored }, print, signal),
      )
      isRight = isOneRight && isRight
    }
    return isRight
  })
}

async function verifyOne(
  { config, sample, isDry, postgres, rpc, stored }: CommandRooms & Pick<VerifyOrder, 'sample'>,
  print: (text: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const deployment = await readBuild(postgres, stored)
  const layout = layoutOf(deployment.schema, stored.schemaName, fileTypes(deployment))
  const rooms = { postgres, rpc, deployment: stored.number, layout }
  print(await describeRoot(rooms))
  const text = await invariantsOf(config, postgres, deployment, stored)
  if (text === null) {
    print(
      'There are no invariants: nothing was compared with the chain. Name a file with --invariants, or compare with --deep.\n',
    )
    return true
  }
  const findings = await verifyAll(rooms, parseInvariants(text, deployment), sample, signal)
  print(`${tableOf(findings)}\n`)
  const differences = findings.flatMap((finding) => finding.differences)
  for (const { invariant, id, expected, found } of differences.slice(0, 20)) {
    print(`differs: ${invariant}${id === '' ? '' : `, of ${id}`}: the chain says ${expected}, the index ${found}`)
  }
  if (differences.length > 20) print(`and ${differences.length - 20} more`)
  if (!isDry) await keep(postgres, stored.number, findings)
  return differences.length === 0 && findings.every(({ unknown }) => unknown === 0)
}

async function describeRoot({ postgres, deployment, layout }: CheckRooms): Promise<string> {
  return postgres.transaction(
    async (transaction) => {
      const progress = await readProgress(transaction, deployment)
      if (progress === null || progress.block === null) return 'It has no block yet.'
      const { root } = await stateRoot(transaction, layout)
      return `block ${progress.block.number} ${progress.block.hash}\nstate root ${root}\n`
    },
    { isSnapshot: true },
  )
}

async function invariantsOf(
  { invariants }: Config,
  postgres: Postgres,
  deployment: Deployment,
  { number, names }: StoredDeployment,
): Promise<string | null> {
  const named = namedFile(invariants, [...names, '*'])
  return named === undefined ? readInvariants(postgres, number) : findInvariants(deployment, { named })
}

function tableOf(findings: readonly Finding[]): string {
  return table([
    ['invariant', 'checked', 'agree', 'differ', 'unknown'],
    ...findings.map(({ invariant, checked, unknown, differences }) => [
      invariant.text,
      checked,
      checked - unknown - differences.length,
      differences.length,
      unknown,
    ]),
  ])
}

async function keep(postgres: Postgres, deployment: number, findings: readonly Finding[]): Promise<void> {
  for (const { at, checked, unknown, differences } of findings) {
    if (at !== null) await addVerification(postgres, deployment, { at, checked, unknown })
    for (const difference of differences) await writeDifference(postgres, deployment, { ...difference, state: 'found' })
  }
}
