import { resolve } from 'node:path'

/**
 * The folder of all state, from the environment alone: the pinned Node lives there, so it is needed before options are read.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root
 */
export function homeFolder(env, root) {
  return resolve(root, env.HEDDLE_HOME || '.heddle')
}
