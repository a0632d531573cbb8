/**
 * The page that a proxy sends in the place of STS, and what a client makes of it.
 */
import * as StsError from "@effect-sts/core/StsError"
import type { Refusal } from "./refusal.ts"

const phrases: ReadonlyMap<number, string> = new Map([
  [429, "Too Many Requests"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
])

export const contentType = "text/html"

export const write = (status: number): string =>
  `<html><body><h1>${[status, phrases.get(status) ?? []].flat().join(" ")}</h1></body></html>\n`

/** The words are those of `StsFetch`. Of status 429 it is the rate, whoever says it. */
export const read = (status: number): Refusal => {
  const message = `HTTP ${status} with content type ${contentType}: The document is not an error of STS`
  return {
    reason: status === 429 ? new StsError.Throttling({ message }) : new StsError.InvalidResponse({ message }),
    httpStatus: status,
  }
}
