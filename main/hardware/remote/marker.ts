/** Begins each line of ours in a remote answer. Constant, and unlike anything that a vendor's tool prints. */
export const MARKER = '=-=7d1f0c6be2a84c59=-='

/** Said among a tool's error output when it was stopped for taking too long. */
export const HUNG = 'hung-7d1f0c6be2a84c59'
