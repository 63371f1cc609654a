import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { devAccount } from '../accounts.ts'
import { connect, type Rpc } from '../rpc.ts'
import { freePort, poll, type Running, run, scratchFolder, start } from '../test/command.ts'

it('has the same chain after a kill of everything, past states and all', async () => {
  const chain = await scratchChain()
  const first = await chain.start()
  await run('ignition/deploy.ts', ['--rpc-url', chain.url, '--out', join(chain.folder, 'deployment.json')])
  for (let count = 0; count < 5; count += 1) await pay(chain.rpc)
  const before = await describe(chain.rpc)
  await chain.isWritten()
  kill(first, chain.anvilPid())
  await first.ended

  await chain.start()
  expect(await describe(chain.rpc)).toEqual(before)
  expect(before.height).toBe(9)
})

it('takes over the anvil of a predecessor that was killed', async () => {
  const chain = await scratchChain()
  const first = await chain.start()
  await pay(chain.rpc)
  const pid = chain.anvilPid()
  kill(first)
  await first.ended
  await pay(chain.rpc)
  const before = await describe(chain.rpc)

  const second = await chain.start()
  expect(chain.anvilPid()).toBe(pid)
  expect(await describe(chain.rpc)).toEqual(before)
  second.child.kill('SIGTERM')
  expect(await second.ended).toBe(0)
  await expect(chain.rpc('eth_chainId')).rejects.toThrow('The chain does not answer')

  await chain.start()
  expect(await describe(chain.rpc)).toEqual(before)
})

it('forgets a line of its journal that was cut short, and what follows it', async () => {
  const chain = await scratchChain()
  const first = await chain.start()
  await pay(chain.rpc)
  const before = await describe(chain.rpc)
  await chain.isWritten()
  kill(first, chain.anvilPid())
  await first.ended
  appendFileSync(chain.journal, '{"number":2,"hash":"0x12')

  const second = await chain.start()
  expect(await describe(chain.rpc)).toEqual(before)
  await pay(chain.rpc)
  const after = await describe(chain.rpc)
  await chain.isWritten()
  kill(second, chain.anvilPid())
  await second.ended
  await chain.start()
  expect(await describe(chain.rpc)).toEqual(after)
})

it('keeps what a reorganisation left', async () => {
  const chain = await scratchChain()
  const first = await chain.start()
  for (let count = 0; count < 4; count += 1) await pay(chain.rpc)
  await chain.isWritten()
  await chain.rpc('anvil_rollback', 2)
  await pay(chain.rpc, '0x2')
  const before = await describe(chain.rpc)
  await chain.isWritten()
  kill(first, chain.anvilPid())
  await first.ended

  await chain.start()
  expect(await describe(chain.rpc)).toEqual(before)
  expect(before.height).toBe(3)
})

it('keeps a chain up to the first change that is in no block, and says so', async () => {
  const chain = await scratchChain()
  const first = await chain.start()
  await pay(chain.rpc)
  await chain.rpc('anvil_setBalance', devAccount(5).address, '0x1')
  await pay(chain.rpc)
  await chain.isWritten()
  kill(first, chain.anvilPid())
  await first.ended

  const second = await chain.start()
  await second.until('Block 2 did not come out as it was')
  expect((await describe(chain.rpc)).height).toBe(1)
  await pay(chain.rpc)
  expect((await describe(chain.rpc)).height).toBe(2)
})

it('goes on at the present time', async () => {
  const chain = await scratchChain()
  const first = await chain.start()
  const genesis = await chain.rpc<{ timestamp: string }>('eth_getBlockByNumber', '0x0', false)
  expect(Date.now() / 1000 - Number(genesis.timestamp)).toBeGreaterThan(29 * 86_400)
  await chain.rpc('evm_setNextBlockTimestamp', Math.floor(Date.now() / 1000))
  await pay(chain.rpc)
  await chain.isWritten()
  kill(first, chain.anvilPid())
  await first.ended

  await chain.start()
  await pay(chain.rpc)
  const head = await chain.rpc<{ timestamp: string }>('eth_getBlockByNumber', 'latest', false)
  expect(Math.abs(Number(head.timestamp) - Date.now() / 1000)).toBeLessThan(10)
})

it('ends with an error when its anvil does, and when the port is taken', async () => {
  const chain = await scratchChain()
  const first = await chain.start()
  const other = await run('local-chain/main.ts', ['--port', String(chain.port), '--journal', `${chain.journal}.other`])
  expect(other.code).toBe(1)
  expect(other.printed).toContain('Address already in use')

  process.kill(chain.anvilPid(), 'SIGKILL')
  expect(await first.ended).toBe(1)
})

async function scratchChain() {
  const folder = scratchFolder()
  const journal = join(folder, 'chain.jsonl')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const rpc = connect(url)
  const anvilPid = () => Number(readFileSync(`${journal}.pid`, 'utf8'))
  return {
    folder,
    journal,
    port,
    url,
    rpc,
    anvilPid,
    async start(): Promise<Running> {
      const running = start('local-chain/main.ts', ['--port', String(port), '--journal', journal])
      onTestFinished(async () => {
        running.child.kill('SIGTERM')
        await running.ended
      })
      await running.until('The chain answers')
      return running
    },
    /** Once the journal has the chain's newest block. */
    async isWritten(): Promise<void> {
      const { hash } = await rpc<{ hash: string }>('eth_getBlockByNumber', 'latest', false)
      await poll(async () => readFileSync(journal, 'utf8').includes(`"hash":"${hash}"`))
    },
  }
}

function kill({ child }: Running, ...pids: readonly number[]): void {
  child.kill('SIGKILL')
  for (const pid of pids) process.kill(pid, 'SIGKILL')
}

async function pay(rpc: Rpc, value = '0x1'): Promise<void> {
  const head = await rpc<string>('eth_blockNumber')
  await rpc('eth_sendTransaction', { from: devAccount(3).address, to: devAccount(4).address, value })
  await poll(async () => (await rpc<string>('eth_blockNumber')) !== head)
}

/** What two chains have to agree on to be the same. */
async function describe(rpc: Rpc) {
  const height = Number(await rpc<string>('eth_blockNumber'))
  const account = devAccount(4).address
  return {
    height,
    genesis: (await rpc<{ hash: string }>('eth_getBlockByNumber', '0x0', false)).hash,
    head: (await rpc<{ hash: string }>('eth_getBlockByNumber', 'latest', false)).hash,
    receipts: await rpc('eth_getBlockReceipts', 'latest'),
    logs: await rpc('eth_getLogs', { fromBlock: '0x0', toBlock: 'latest' }),
    balances: await Promise.all(
      Array.from({ length: height + 1 }, (_, number) => rpc('eth_getBalance', account, `0x${number.toString(16)}`)),
    ),
  }
}
