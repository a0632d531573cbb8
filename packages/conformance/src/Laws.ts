/**
 * The laws: what every backend answers and refuses, over a world of the suite's own.
 *
 * @since 0.1.0
 */
import { accounts } from "./internal/laws/accounts.ts"
import { answers } from "./internal/laws/answers.ts"
import { contents } from "./internal/laws/contents.ts"
import { faultLaws } from "./internal/laws/faults.ts"
import { federation } from "./internal/laws/federation.ts"
import { identity } from "./internal/laws/identity.ts"
import { refusals } from "./internal/laws/refusals.ts"
import type { Law } from "./Law.ts"

/**
 * Every law.
 *
 * @category laws
 * @since 0.1.0
 */
export const all: ReadonlyArray<Law> = [
  ...identity,
  ...answers,
  ...federation,
  ...refusals,
  ...accounts,
  ...faultLaws,
  ...contents,
]
