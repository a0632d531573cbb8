/** Reading the answer to an AssumeRole. */
import { AssumeRole } from "@effect-sts/core/operations/AssumeRole"
import * as Query from "@effect-sts/protocol/Query"
import * as Xml from "@effect-sts/protocol/Xml"
import * as Result from "effect/Result"
import { contender, digits, interleave, peer, type Run, type Section, times } from "../harness.ts"
import { accessKeyId, assumeRoleAnswer } from "../server.ts"

export interface ParserModule {
  /** A tree of a document, in the form that the parser likes best. */
  readonly parse: (document: string) => unknown
}

/** Throws where the tree does not hold what the document does. */
const parsing = (parse: ParserModule["parse"]): Run => {
  if (!JSON.stringify(parse(assumeRoleAnswer)).includes(accessKeyId)) throw new Error("it does not read the answer")
  return (times) => {
    for (let time = 0; time < times; time++) parse(assumeRoleAnswer)
  }
}

const ours = "effect-sts Xml.parse"

export const run = async (): Promise<ReadonlyArray<Section>> => {
  const fromPeer = (name: string, path: string) =>
    contender(name, async () => parsing((await peer<ParserModule>(path)).parse))
  const results = await interleave(
    await Promise.all([
      contender(ours, () => parsing((document) => Result.getOrThrow(Xml.parse(document)))),
      contender("effect-sts Query.decodeResponse", () =>
        parsing((document) => Result.getOrThrow(Query.decodeResponse(AssumeRole, document))),
      ),
      fromPeer("fast-xml-parser", "fastXmlParser.ts"),
      fromPeer("saxes, into a tree", "saxes.ts"),
    ]),
    { rounds: 60, millis: 30 },
  )
  return [
    {
      title: `Reading the answer to an AssumeRole, ${digits(assumeRoleAnswer.length)} characters`,
      rows: results.rows("reader", (name) => ({
        "CPU µs a document": digits(results.median(name, "cpuMicros")),
        "CPU, of ours": times(results.ratio(name, ours, "cpuMicros")),
      })),
      notes: [
        "`Query.decodeResponse` is `Xml.parse` and what picks the members of the response out of the tree.",
        "fast-xml-parser also takes what is no XML; ours and saxes refuse it.",
      ],
    },
  ]
}
