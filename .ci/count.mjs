/**
 * Counts the tests of a run: Vitest's from its JSON report, the contracts' from what Hardhat printed.
 *
 *     node count.mjs <report.json> <log>     prints "<passed> <failed>"
 */
import { readFileSync } from 'node:fs'

const [reportFile = '', logFile = ''] = process.argv.slice(2)
const vitest = countVitest(read(reportFile))
const solidity = countSolidity(read(logFile))
console.log(vitest.passed + solidity.passed, vitest.failed + solidity.failed)

/** @param {string} text */
function countVitest(text) {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(text)
    // A file that could not even be loaded has no tests, and has failed all the same.
    const broken = testResults.filter(
      (/** @type {any} */ file) => file.status === 'failed' && file.assertionResults.length === 0,
    )
    return { passed: numPassedTests, failed: numFailedTests + broken.length }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

/** @param {string} text */
function countSolidity(text) {
  const [, passed = '0'] = /Solidity: (\d+) passing/.exec(text) ?? []
  const [, failed = '0'] = /(\d+) failing/.exec(text) ?? []
  return { passed: Number(passed), failed: Number(failed) }
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
