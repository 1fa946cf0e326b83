/* Plain JavaScript on purpose: it must run on the old Node that it turns away. */

if (Number(process.versions.napi) < 10 || !process.features.typescript) {
  console.error(`Headroom needs Node 24, which "npm ci" installs beside it; this is Node ${process.versions.node}. Start it with "npm start" after "npm ci".`)
  process.exit(1)
}
await import('./start.ts')
