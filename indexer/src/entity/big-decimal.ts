/** digits × 10^-scale, normalised as graph-node's crate does it: 34 significant digits, no trailing zeros. */
export interface BigDecimal {
  readonly digits: bigint
  readonly scale: number
}
