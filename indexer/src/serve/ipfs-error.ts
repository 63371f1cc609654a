/** What was asked of the IPFS API cannot be done; told in the way of the real one. */
export class IpfsError extends Error {}
