import { dirname, join } from 'node:path'
import { until } from '../until.ts'
import { type Compared, judge } from './compare.ts'
import { deployAs } from './deploy.ts'
import type { Entry } from './entry.ts'
import { changed, putManifest, readManifest } from './manifest.ts'
import type { Answer } from './question.ts'
import type { Endpoint } from './runtime.ts'
import type { World } from './world.ts'

/** What both said to a deployment, and where it is asked; no endpoints if it was refused by either. */
export interface Arrival {
  readonly compared: Compared
  readonly endpoints?: { readonly theirs: Endpoint; readonly ours: Endpoint }
}

/** Deploys an entry by the doors of both, with the same id. @param ids - of those before it; it is added */
export async function deployLate(entry: Entry, world: World, ids: Map<string, string>): Promise<Arrival> {
  const file = join(world.folderOf(entry), 'build/subgraph.yaml')
  const { number: head } = await world.chain.head()
  const changes = (await entry.late?.edit?.({ ids, head, ...world.places })) ?? {}
  const id = await putManifest(changed(await readManifest(file), changes), dirname(file), world.places.put)
  ids.set(entry.name, id)
  const said = await askBoth(entry.name, id, world)
  const compared = comparedRefusals(entry.name, 'deploy/as it is', said, refusalExpected(entry))
  if (said.theirs !== null || said.ours !== null) return { compared }
  const { theirs, ours } = world
  return {
    compared,
    endpoints: { theirs: theirs.endpointOf(entry.name, id), ours: ours.endpointOf(entry.name, id) },
  }
}

/** What only comes and goes may be refused; what stays has to be taken. */
function refusalExpected({ ends, late }: Entry): boolean | null {
  return ends ? ends === 'refused' : late?.passes || ends === null ? null : false
}

/** Until graph-node takes deployments: it opens that door as one of the last. */
export async function doorsOpen({ theirs }: World): Promise<void> {
  await until(
    'graph-node takes deployments',
    () => fetch(theirs.adminUrl, { method: 'OPTIONS' }).then(() => theirs.isRunning()),
    (isOpen) => isOpen,
    60_000,
  )
}

/** Why each refuses; null where it does not. */
export interface Said {
  readonly theirs: string | null
  readonly ours: string | null
}

export async function askBoth(name: string, id: string, { theirs, ours }: World): Promise<Said> {
  const [one, other] = await Promise.all([deployAs(name, id, theirs.adminUrl), deployAs(name, id, ours.adminUrl)])
  return { theirs: told(one, id), ours: told(other, id) }
}

/** Schemas are numbered by each side for itself. */
function told(message: string | null, id: string): string | null {
  return message?.replaceAll(id, '<deployment>').replace(/\bsgd\d+\b/g, 'sgd') ?? null
}

/** @param isExpected - whether both should refuse, if that is known: that they do alike is not enough */
export function comparedRefusals(
  entry: string,
  name: string,
  { theirs, ours }: Said,
  isExpected: boolean | null,
): Compared {
  const question = { name, query: '' }
  if (theirs === ours && isExpected !== null && isExpected !== (theirs !== null)) {
    const lines = [`expected ${isExpected ? 'a refusal' : 'none'}, both say ${theirs ?? 'deployed'}`]
    return { entry, question, verdict: { kind: 'different', lines } }
  }
  const answers = { theirs: answerOf(theirs), ours: answerOf(ours) }
  const essences = { theirs: answers.theirs.body, ours: answers.ours.body }
  const lines = theirs === ours ? [] : [`${theirs ?? 'deployed'}\n  ours ${ours ?? 'deployed'}`]
  return {
    entry,
    question,
    verdict: judge(lines, `${entry}: ${name}`, { ...answers, essences }),
  }
}

function answerOf(message: string | null): Answer {
  return { status: 200, headers: {}, body: message === null ? {} : { errors: [{ message }] } }
}
