import { AssumeRoleWithSaml } from "@effect-sts/core/operations/AssumeRoleWithSaml"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Federation from "./federation.ts"
import * as RoleSession from "./roleSession.ts"
import * as Saml from "./saml.ts"
import { simulateUnsigned } from "./simulation.ts"

export const assumeRoleWithSaml = simulateUnsigned(AssumeRoleWithSaml, {
  examine: ({ principalArn, roleArn, samlAssertion }, moment) => {
    const account = RoleSession.accountOf(roleArn)
    return Result.isFailure(account)
      ? Effect.fail(account.failure)
      : Saml.verify(Redacted.value(samlAssertion), principalArn, moment)
  },
  act: ({ roleArn, ...request }, moment, verified) =>
    Result.gen(function* () {
      const { assertion, provider } = verified
      const identity = yield* Saml.identityOf(verified, roleArn, moment.now)
      const opened = yield* Federation.assumeRole(AssumeRoleWithSaml.name, { roleArn, ...request }, moment, identity)
      return {
        Issuer: assertion.issuer,
        ...opened,
        Audience: assertion.recipient,
        NameQualifier: Saml.nameQualifier(provider),
        ...(assertion.subject !== undefined && {
          SubjectType: assertion.subject.type,
          Subject: assertion.subject.name,
        }),
      }
    }),
})
