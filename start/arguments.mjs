/** What a command can be told, wherever it is told: a flag wins over the environment, the environment over `.env`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { Fault } from './fault.mjs'

/** @typedef {{ flag: string, variable: string, value: string, about: string, otherwise?: string }} Option */

/**
 * The options as a person reads them.
 * @param {string} command
 * @param {readonly Option[]} options
 */
export function usageOf(command, options) {
  return [
    `${command} -- [options]`,
    ...options.map(({ flag, variable, value, about, otherwise }) => {
      const left = `  --${flag} ${value}`.padEnd(26)
      return `${left}${variable.padEnd(22)}${about}${otherwise === undefined ? '' : ` (${otherwise})`}`
    }),
  ].join('\n')
}

/** @typedef {{ command: string, options: readonly Option[], argv: readonly string[], env: NodeJS.ProcessEnv, root: string, problems: string[] }} Told */

/**
 * @param {Told} told - `problems` grows by what cannot be understood; `root` is where `.env` is
 * @returns {(flag: string) => string | undefined} what an option was told, or else its default
 */
export function readArguments(told) {
  const { options, env, root } = told
  const given = { ...readVariables(options, env, root), ...readFlags(told) }
  return (flag) => given[flag] || options.find((option) => option.flag === flag)?.otherwise
}

/**
 * @param {Told} told
 * @returns {Record<string, string>}
 */
function readFlags({ command, options, argv, env, problems }) {
  /** @type {Record<string, string>} */
  const given = {}
  for (let i = 0; i < argv.length; i++) {
    const [, flag = '', inline] = /^--([^=]+)(?:=(.*))?$/s.exec(argv[i] ?? '') ?? []
    const option = options.find((known) => known.flag === flag)
    if (option === undefined) {
      const swallowed = options.find(({ flag: name, value }) => value !== '' && env[npmName(name)] !== undefined)
      problems.push(
        swallowed === undefined
          ? `${argv[i]} is not an option`
          : `npm kept --${swallowed.flag} for itself: write ${command} -- --${swallowed.flag} ${swallowed.value}`,
      )
      break
    }
    const value = option.value === '' ? (inline ?? 'true') : (inline ?? argv[++i])
    if (value === undefined || value === '') problems.push(`--${flag} lacks its ${option.value}`)
    else given[flag] = value
  }
  // `npm start --fresh`, without the two dashes in between, reaches us only so.
  for (const { flag, value } of options) if (value === '' && env[npmName(flag)] === 'true') given[flag] = 'true'
  return given
}

/** @param {string} flag */
function npmName(flag) {
  return `npm_config_${flag.replaceAll('-', '_')}`
}

/**
 * @param {readonly Option[]} options
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root
 * @returns {Record<string, string>}
 */
function readVariables(options, env, root) {
  const file = readEnvFile(root)
  const entries = options.flatMap(({ flag, variable }) => {
    const value = env[variable] ?? file[variable]
    return value === undefined || value === '' ? [] : [[flag, value]]
  })
  return Object.fromEntries(entries)
}

/**
 * @param {string} root
 * @returns {NodeJS.Dict<string>} what `.env` says, or nothing
 */
export function readEnvFile(root) {
  try {
    return parseEnv(readFileSync(join(root, '.env'), 'utf8'))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {}
    throw new Fault('ENV_FILE_UNREADABLE', `.env cannot be read: ${cause}. See .env.example.`, { cause })
  }
}

/**
 * @param {string} flag
 * @param {string} text
 * @param {string[]} problems
 */
export function parsePort(flag, text, problems) {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port
  problems.push(`--${flag} must be a number from 1 to 65535, not ${JSON.stringify(text)}`)
  return 0
}

/**
 * @param {string} flag
 * @param {RegExp} protocol
 * @param {string} beginning
 * @param {string | undefined} text
 * @param {string[]} problems
 */
export function parseUrl(flag, protocol, beginning, text, problems) {
  if (text === undefined) return undefined
  if (URL.canParse(text) && protocol.test(new URL(text).protocol)) return text
  // The value is not repeated: a URL may hold a password.
  problems.push(`--${flag} must be a URL that begins with ${beginning}`)
  return undefined
}

/**
 * @template {string} K
 * @template V
 * @param {K} key
 * @param {V | undefined} value
 * @returns {{ [key in K]?: V }}
 */
export function optional(key, value) {
  return value === undefined ? {} : /** @type {{ [key in K]: V }} */ ({ [key]: value })
}

/** @param {{ flag: string, port: number }[]} ports */
export function findTwice(ports) {
  for (const [i, { flag, port }] of ports.entries()) {
    const other = ports.slice(i + 1).find((later) => later.port === port && port !== 0)
    if (other !== undefined) return [flag, other.flag]
  }
  return undefined
}
