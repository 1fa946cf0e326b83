// Plain JavaScript, so that an older Node can read it and say what is wrong instead of tripping over TypeScript.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(`This is Node ${process.versions.node}; Node 24 or later is needed. npm ci puts one into node_modules/.bin, which npm run uses. ` +
    'If it is not there, install scripts were blocked: run npm rebuild node.')
  process.exit(1)
}
