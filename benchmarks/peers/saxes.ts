import { SaxesParser } from "saxes"

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Array<Element>
  text: string
}

export const parse = (document: string): unknown => {
  const parser = new SaxesParser()
  const open: Array<Element> = [{ name: "", attributes: {}, children: [], text: "" }]
  parser.on("error", (error) => {
    throw error
  })
  parser.on("opentag", ({ attributes, name }) => {
    const element = { name, attributes, children: [], text: "" }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  parser.on("text", (text) => {
    const element = open.at(-1)
    if (element !== undefined) element.text += text
  })
  parser.on("closetag", () => {
    open.pop()
  })
  parser.write(document).close()
  return open[0]
}
