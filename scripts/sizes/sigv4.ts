// A request signed, and nothing else.
import * as SigV4 from "@effect-sts/protocol/SigV4"
import * as Redacted from "effect/Redacted"

export const headers = SigV4.sign(
  { method: "GET", url: "https://bucket.s3.eu-west-1.amazonaws.com/key", headers: {} },
  {
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: Redacted.make("example") },
    region: "eu-west-1",
    service: "s3",
    time: Date.now(),
  },
)
