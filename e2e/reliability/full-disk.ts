import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { scratchDatabase } from '../../indexer/test/postgres.ts'
import { aDatabaseOfItsOwn } from './database.ts'

/** A database whose disk can be full. */
export interface DatabaseOnDisk {
  readonly url: string
  /** From now on no file becomes larger. Not before the ledger's tables are made. */
  fill(): Promise<void>
  /** There is room again. */
  free(): Promise<void>
}

const run = promisify(execFile)

/** On a real disk of its own, where one may be mounted: on Linux, as root. Elsewhere the server is made to say what it would say. */
export async function aDatabaseOnDisk(): Promise<DatabaseOnDisk> {
  const folder = await aSmallDisk()
  if (folder === null) return aDatabaseThatPretends()
  const { url } = await aDatabaseOfItsOwn(folder)
  const resize = (bytes: number) => run('mount', ['-o', `remount,size=${bytes}`, folder])
  const free = () => resize(largest).then(() => undefined)
  const fill = async () => {
    // 16 MB of log have their room already: a server that cannot write its log does not refuse, it ends.
    await tell(url, 'select pg_switch_wal()')
    await tell(url, 'checkpoint')
    for (;;) {
      const { blocks, bfree, bsize } = await statfs(folder)
      if (bfree === 0) return
      // What was written meanwhile has no room in it: then it is refused.
      await resize((blocks - bfree) * bsize).catch(() => undefined)
    }
  }
  return { url, fill, free }
}

/** In bytes: a server without data is 60 MB, and may need as much again for its programs. */
const largest = 300 * 1024 * 1024

/** @returns null if it must not be mounted */
async function aSmallDisk(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-disk-'))
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${largest},mode=755`, 'tmpfs', folder]).then(
    () => true,
    () => false,
  )
  onTestFinished(async () => {
    if (isMounted) await run('umount', [folder])
    await rm(folder, { recursive: true })
  })
  if (!isMounted) return null
  await chmod(folder, 0o755)
  return folder
}

async function aDatabaseThatPretends(): Promise<DatabaseOnDisk> {
  console.warn('── NO DISK WAS REALLY FULL: only root may mount a small one. The server was made to say so instead. ──')
  const { url, [Symbol.asyncDispose]: drop } = await scratchDatabase()
  onTestFinished(drop)
  const fill = `create function disk_is_full() returns trigger language plpgsql as $$ begin
      raise exception using errcode = '53100', message = 'could not extend file "base/1/2": No space left on device'; end $$;
    create trigger disk_is_full before insert on sgd1.transfer execute function disk_is_full()`
  return { url, fill: () => tell(url, fill), free: () => tell(url, 'drop trigger disk_is_full on sgd1.transfer') }
}

async function tell(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(text).finally(() => client.end())
}
