import { XMLParser } from "fast-xml-parser"

const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false })

export const parse = (document: string): unknown => parser.parse(document)
