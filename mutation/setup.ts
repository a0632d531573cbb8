import * as FastCheck from "fast-check"

FastCheck.configureGlobal({ ...FastCheck.readConfigureGlobal(), seed: 1 })
