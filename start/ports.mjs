import { createServer } from 'node:net'
import { Fault } from './fault.mjs'

/**
 * Looks before anything starts, so that a taken port costs one sentence and not half a start.
 * @param {readonly { flag: string, port: number, host: string }[]} ports
 * @throws {Fault} `PORT_TAKEN` naming all that are, `HOST_UNKNOWN`
 */
export async function requireFree(ports) {
  const looks = await Promise.all(ports.map(async (door) => ({ ...door, problem: await tryPort(door) })))
  const unknown = looks.find(({ problem }) => problem === 'EADDRNOTAVAIL' || problem === 'ENOTFOUND')
  if (unknown !== undefined) {
    throw new Fault('HOST_UNKNOWN', `${unknown.host} is not an address of this machine: choose another with --host.`)
  }
  const closed = looks.filter(({ problem }) => problem === 'EACCES')
  if (closed.length > 0) {
    throw new Fault('PORT_FORBIDDEN', `This user may not listen on ${list(closed)}.`)
  }
  const taken = looks.filter(({ problem }) => problem !== null)
  if (taken.length > 0) throw new Fault('PORT_TAKEN', `Another program already listens on ${list(taken)}.`)
}

/** @param {readonly { flag: string, port: number }[]} doors */
function list(doors) {
  const names = doors.map(({ port }) => `port ${port}`).join(' and ')
  return `${names}: stop it, or choose other ports: ${doors.map(({ flag }) => `--${flag} <port>`).join(' ')}`
}

/**
 * @param {{ port: number, host: string }} door
 * @returns {Promise<string | null>} the code of what stands in the way, or null
 */
function tryPort({ port, host }) {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve('code' in error ? String(error.code) : 'UNKNOWN'))
    server.listen(port, host, () => server.close(() => resolve(null)))
  })
}
