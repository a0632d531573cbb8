/**
 * The partitions of AWS, as published in botocore's and the SDKs' `partitions.json`, version 1.1. What all of them have in
 * common is left out: each supports FIPS and dual-stack.
 */
export interface Partition {
  readonly name: string
  readonly dnsSuffix: string
  readonly dualStackDnsSuffix: string
  /** Regions that exist, and those to come. */
  readonly regions: RegExp
  /** The name that stands for all of the partition; not a region. */
  readonly pseudoRegion?: string
}

const aws: Partition = {
  name: "aws",
  dnsSuffix: "amazonaws.com",
  dualStackDnsSuffix: "api.aws",
  regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/,
  pseudoRegion: "aws-global",
}

const partitions: ReadonlyArray<Partition> = [
  aws,
  {
    name: "aws-cn",
    dnsSuffix: "amazonaws.com.cn",
    dualStackDnsSuffix: "api.amazonwebservices.com.cn",
    regions: /^cn-\w+-\d+$/,
    pseudoRegion: "aws-cn-global",
  },
  {
    name: "aws-eusc",
    dnsSuffix: "amazonaws.eu",
    dualStackDnsSuffix: "api.amazonwebservices.eu",
    regions: /^eusc-(de)-\w+-\d+$/,
  },
  {
    name: "aws-iso",
    dnsSuffix: "c2s.ic.gov",
    dualStackDnsSuffix: "api.aws.ic.gov",
    regions: /^us-iso-\w+-\d+$/,
    pseudoRegion: "aws-iso-global",
  },
  {
    name: "aws-iso-b",
    dnsSuffix: "sc2s.sgov.gov",
    dualStackDnsSuffix: "api.aws.scloud",
    regions: /^us-isob-\w+-\d+$/,
    pseudoRegion: "aws-iso-b-global",
  },
  {
    name: "aws-iso-e",
    dnsSuffix: "cloud.adc-e.uk",
    dualStackDnsSuffix: "api.cloud-aws.adc-e.uk",
    regions: /^eu-isoe-\w+-\d+$/,
    pseudoRegion: "aws-iso-e-global",
  },
  {
    name: "aws-iso-f",
    dnsSuffix: "csp.hci.ic.gov",
    dualStackDnsSuffix: "api.aws.hci.ic.gov",
    regions: /^us-isof-\w+-\d+$/,
    pseudoRegion: "aws-iso-f-global",
  },
  {
    name: "aws-us-gov",
    dnsSuffix: "amazonaws.com",
    dualStackDnsSuffix: "api.aws",
    regions: /^us-gov-\w+-\d+$/,
    pseudoRegion: "aws-us-gov-global",
  },
]

/** The partition of a region; of a region nobody has heard of, `aws`. */
export const partitionOf = (region: string): Partition =>
  partitions.find(({ pseudoRegion, regions }) => region === pseudoRegion || regions.test(region)) ?? aws
