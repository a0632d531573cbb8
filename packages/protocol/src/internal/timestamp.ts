/** The dates of Signature Version 4. */

let lastSecond = Number.NaN
let lastTimestamp = ""

/** `20150830T123600Z`. Remembers the last one: most requests are signed in the same second as the one before. */
export const formatTimestamp = (millis: number): string => {
  const second = Math.floor(millis / 1000)
  if (second !== lastSecond) {
    const iso = new Date(millis).toISOString()
    lastTimestamp = `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`
    lastSecond = second
  }
  return lastTimestamp
}

const basicFormat = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
const httpFormat =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/

/** Reads the form above, and that of a `Date` header. Milliseconds since the epoch, or `undefined`. */
export const parseTimestamp = (text: string): number | undefined => {
  if (httpFormat.test(text)) {
    const time = Date.parse(text)
    return Number.isNaN(time) ? undefined : time
  }
  const time = Date.parse(text.replace(basicFormat, "$1-$2-$3T$4:$5:$6Z"))
  // Date.parse reads other formats too, and moves 31 February to March.
  return !Number.isNaN(time) && formatTimestamp(time) === text ? time : undefined
}
