import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startAnvil } from '../../contracts/anvil.ts'
import { scratchDatabase } from '../../indexer/test/postgres.ts'
import { node } from '../command.ts'
import { dumpIndex } from '../dump.ts'
import { heddleIndexer, untilIndexed } from '../index-process.ts'
import { aPlace, npmStart, postgresUrl, processesOf, untilReady } from '../stack.ts'

/** A chain with the contracts, the build that indexes it, and a history that is still to be played. */
async function aChainToPlay() {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-killed-'))
  const chain = await startAnvil({ timestamp: Math.floor(Date.now() / 1000) - 30 * 86_400 })
  onTestFinished(async () => {
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const [deployment, world, build] = ['deployment.json', 'world.json', 'subgraph'].map((name) =>
    join(folder, name),
  ) as [string, string, string]
  await node(['contracts/ignition/deploy.ts', '--rpc-url', chain.url, '--out', deployment])
  await node(['subgraph/build.ts', '--deployment', deployment, '--out', build])
  const play = () =>
    node(['contracts/history/play.ts', '--rpc-url', chain.url, '--deployment', deployment, '--out', world])
  return { rpcUrl: chain.url, manifest: join(build, 'subgraph.yaml'), play }
}

async function headOf(rpcUrl: string): Promise<number> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] }),
  })
  return Number(((await response.json()) as { result: string }).result)
}

async function cleanIndex(manifest: string, rpcUrl: string, head: number) {
  await using database = await scratchDatabase()
  const indexer = await heddleIndexer({ manifest, rpcUrl, postgresUrl: database.url })
  await untilIndexed(indexer.subgraph, head)
  await indexer.end('SIGTERM')
  return await dumpIndex(database.url)
}

describe('after kill -9 at random moments, while transactions flow', () => {
  it('the index equals a clean one when only the indexer was killed', { timeout: 240_000 }, async () => {
    const { rpcUrl, manifest, play } = await aChainToPlay()
    await using database = await scratchDatabase()
    let isPlaying = true
    const played = play().finally(() => {
      isPlaying = false
    })
    let kills = 0
    while (isPlaying || kills < 6) {
      const victim = await heddleIndexer({ manifest, rpcUrl, postgresUrl: database.url })
      await pause(700 + Math.random() * 1_500)
      await victim.end('SIGKILL')
      kills += 1
    }
    await played
    const head = await headOf(rpcUrl)
    const survivor = await heddleIndexer({ manifest, rpcUrl, postgresUrl: database.url })
    await untilIndexed(survivor.subgraph, head)
    await survivor.end('SIGTERM')

    const dump = await dumpIndex(database.url)
    expect(Object.keys(dump)).toContain('token')
    expect(dump.token?.length).toBeGreaterThan(80)
    expect(dump).toEqual(await cleanIndex(manifest, rpcUrl, head))
  })

  it('the index equals a clean one when the starter was killed with all its children', {
    timeout: 400_000,
  }, async () => {
    const place = await aPlace()
    onTestFinished(() => place.remove())
    const sendOne = () =>
      node([
        'contracts/tx.ts',
        '--rpc-url',
        place.rpcUrl,
        '--deployment',
        join(place.home, 'deployment.json'),
        '--world',
        join(place.home, 'world.json'),
      ])

    let start = npmStart(place)
    await untilReady(start, 240_000)
    for (let round = 0; round < 3; round++) {
      let isSending = true
      const sending = (async () => {
        while (isSending) await sendOne().catch(() => undefined)
      })()
      await pause(1_000 + Math.random() * 2_000)
      for (const pid of await processesOf(place)) if (pid !== process.pid) process.kill(pid, 'SIGKILL')
      isSending = false
      await Promise.all([sending, start.end('SIGKILL')])
      start = npmStart(place)
      await untilReady(start, 60_000)
    }

    const head = await headOf(place.rpcUrl)
    await untilIndexed(place.subgraph, head)
    const dump = await dumpIndex(await postgresUrl(place))
    expect(dump).toEqual(await cleanIndex(join(place.home, 'subgraph/subgraph.yaml'), place.rpcUrl, head))
    await start.end()
    expect(await processesOf(place)).toEqual([])
  })
})
