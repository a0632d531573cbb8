// No test may find the real AWS identity of whoever runs it, or call AWS with it.
import process from "node:process"

for (const name of Object.keys(process.env)) {
  if (name.startsWith("AWS_")) delete process.env[name]
}
process.env["AWS_EC2_METADATA_DISABLED"] = "true"
process.env["AWS_CONFIG_FILE"] = "/dev/null"
process.env["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null"
