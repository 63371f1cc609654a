import { chmod, mkdtemp, readdir, readlink, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import {
  type EmbeddedPostgres,
  removeEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../indexer/src/store/embedded.ts'
import { freePorts } from '../free-ports.ts'

/** A Postgres that can be taken away, and comes back at the same place with what was committed. */
export interface Database {
  readonly url: string
  stop(): Promise<void>
  start(): Promise<void>
  /** Its processes stand still; connections stay open, and nothing is answered. */
  freeze(): Promise<void>
  thaw(): Promise<void>
}

/** @param within - the disk it lives on; what the system has for temporary files by default */
export async function aDatabaseOfItsOwn(within = tmpdir()): Promise<Database> {
  const dataDir = await mkdtemp(join(within, 'heddle-database-'))
  // mkdtemp's are for their maker alone; root's server, which runs as postgres, can then stay here.
  await chmod(dataDir, 0o755)
  const [port] = await freePorts(1)
  const start = () => startEmbeddedPostgres({ dataDir, port, database: 'reliability', durable: false })
  let server: EmbeddedPostgres = await start()
  const signal = async (name: NodeJS.Signals) => {
    for (const pid of await processesIn(dataDir)) tell(pid, name)
  }
  onTestFinished(async () => {
    await signal('SIGCONT')
    await server.stop()
    await removeEmbeddedPostgres(dataDir)
  })
  return {
    url: server.url,
    stop: () => server.stop(),
    start: async () => {
      server = await start()
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  }
}

/** The server's workers come and go: one that has ended meanwhile need not be told. */
function tell(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Every process of a Postgres server works in its data folder. Linux only. */
async function processesIn(folder: string): Promise<number[]> {
  const home = await realpath(folder)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const places = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')))
  return pids.filter((_, i) => places[i]?.startsWith(`${home}/`)).map(Number)
}
