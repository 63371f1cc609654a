/** Something a person has to see to: `message` is the one sentence they get, with what to do; no stack is shown. */
export class Fault extends Error {
  /** @override */
  name = 'Fault'

  /**
   * @param {string} code - stable, like `PORT_TAKEN`
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(code, message, options) {
    super(message, options)
    this.code = code
  }
}

/**
 * What to tell about anything that was thrown: faults and errors with a code of their own speak for themselves.
 * @param {unknown} error
 * @returns {string}
 */
export function explain(error) {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'ENOSPC') return 'No space is left on the disk. Free some (the whole takes about 2 GB) and start again.'
  if (code === 'EDQUOT')
    return 'The disk quota is used up. Free some space (the whole takes about 2 GB) and start again.'
  if (error instanceof Fault || /^[A-Z]+(_[A-Z]+)+$/.test(code)) return error.message
  return error.stack ?? error.message
}
