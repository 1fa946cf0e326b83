export { CONTENT_SECURITY_POLICY, SECURITY_HEADERS, textResponse } from './securityHeaders.ts'
export { staticFiles, type WebHandler } from './staticFiles.ts'
