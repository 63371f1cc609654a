import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Fault } from '../fault.mjs'

/** The one platform that npm has graph-node for. */
const PLATFORM = 'linux-x64'
const PACKAGE = '@graphprotocol/gnd-linux-x64'

/**
 * The real graph-node, as npm brings it (an optional dependency of e2e).
 * @param {string} root
 * @param {{ platform: string, arch: string }} [machine]
 * @returns {string} its path
 * @throws {Fault} `RUNTIME_UNAVAILABLE` in one sentence, with what to do instead
 */
export function graphNodeBinary(root, machine = process) {
  requirePlatform(machine)
  try {
    const { resolve } = createRequire(join(root, 'e2e/package.json'))
    const path = join(resolve(`${PACKAGE}/package.json`), '../bin/gnd')
    accessSync(path, constants.X_OK)
    return path
  } catch (cause) {
    throw new Fault(
      'RUNTIME_UNAVAILABLE',
      `npm left out ${PACKAGE}, an optional dependency: look for "omit" in npm's settings (npm config ls), then npm ci.`,
      { cause },
    )
  }
}

/**
 * Before anything is installed: whether it could ever run here.
 * @param {{ platform: string, arch: string }} [machine]
 * @throws {Fault} `RUNTIME_UNAVAILABLE`
 */
export function requirePlatform({ platform, arch } = process) {
  if (`${platform}-${arch}` === PLATFORM) return
  throw new Fault(
    'RUNTIME_UNAVAILABLE',
    `--runtime graph-node needs Linux x64, the only system npm has graph-node for, and this is ${platform} ${arch}: use --runtime embedded, or docker compose up.`,
  )
}

/** @param {string} root */
export function hasGraphNode(root) {
  try {
    return graphNodeBinary(root) !== ''
  } catch {
    return false
  }
}
