/**
 * The same program with nothing but Effect, Schema and HttpClient: the request by a schema, one POST, the answer by a
 * schema, on a service and its layer. It does not sign, and has STS answer in JSON: what that takes otherwise is ours.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

const Request = Schema.Struct({
  RoleArn: Schema.String.check(Schema.isMinLength(20), Schema.isMaxLength(2048)),
  RoleSessionName: Schema.String.check(Schema.isPattern(/^[\w+=,.@-]{2,64}$/)),
  DurationSeconds: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 900, maximum: 43_200 }))),
})

class Credentials extends Schema.Class<Credentials>("Credentials")({
  AccessKeyId: Schema.String,
  SecretAccessKey: Schema.Redacted(Schema.String),
  SessionToken: Schema.Redacted(Schema.String),
  Expiration: Schema.DateTimeUtcFromString,
}) {}

const Response = Schema.Struct({
  AssumeRoleResponse: Schema.Struct({ AssumeRoleResult: Schema.Struct({ Credentials }) }),
})

class StsError extends Schema.TaggedError<StsError>()("StsError", { message: Schema.String }) {}

class Sts extends Context.Service<
  Sts,
  { readonly assumeRole: (request: typeof Request.Type) => Effect.Effect<Credentials, StsError> }
>()("Sts") {
  static readonly layer = (endpoint: string) =>
    Layer.effect(
      Sts,
      Effect.map(HttpClient.HttpClient, (client) => ({
        assumeRole: Effect.fn("assumeRole")(
          function* (request: typeof Request.Type) {
            const encoded = yield* Schema.encodeUnknownEffect(Request)(request)
            const response = yield* HttpClientRequest.post(endpoint).pipe(
              HttpClientRequest.acceptJson,
              HttpClientRequest.bodyUrlParams({ Action: "AssumeRole", Version: "2011-06-15", ...encoded }),
              client.execute,
              Effect.flatMap(HttpClientResponse.filterStatusOk),
              Effect.flatMap(HttpClientResponse.schemaBodyJson(Response)),
            )
            return response.AssumeRoleResponse.AssumeRoleResult.Credentials
          },
          Effect.mapError(({ message }) => new StsError({ message })),
        ),
      })),
    ).pipe(Layer.provide(FetchHttpClient.layer))
}

export const assumeRole = (endpoint: string): Promise<string> =>
  Effect.flatMap(Sts, (sts) =>
    sts.assumeRole({
      RoleArn: "arn:aws:iam::111111111111:role/deploy",
      RoleSessionName: "release-42",
      DurationSeconds: 900,
    }),
  ).pipe(
    Effect.map(({ AccessKeyId }) => AccessKeyId),
    Effect.provide(Sts.layer(endpoint)),
    Effect.runPromise,
  )
