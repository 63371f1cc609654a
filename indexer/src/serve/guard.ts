import { createHash, timingSafeEqual } from 'node:crypto'
import { type Handler, json } from './http.ts'

/**
 * A door that changes things. It asks for a token where there is one, and never opens to a page in somebody's browser: those can
 * post to this machine's loopback, but cannot hide where they come from.
 * @param token - as in `Authorization: Bearer <token>`; absent where only this machine can knock
 */
export function guarded(handler: Handler, token: string | undefined): Handler {
  return (request) => {
    const { headers, method } = request
    if (headers.origin !== undefined && method !== 'GET' && method !== 'HEAD') {
      return json(403, { error: 'This door is not for web pages' })
    }
    if (token !== undefined && !isSame(headers.authorization ?? '', `Bearer ${token}`)) {
      const error = 'auth failure: send "Authorization: Bearer" with the token of HEDDLE_ADMIN_TOKEN'
      return json(401, { error }, { 'www-authenticate': 'Bearer' })
    }
    return handler(request)
  }
}

/** Takes as long for a near miss as for any other. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
