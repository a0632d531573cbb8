/**
 * The XML of SAML: a tree whose names have their namespaces.
 */
import * as Xml from "@effect-sts/protocol/Xml"
import * as Result from "effect/Result"

export const namespaces = {
  assertion: "urn:oasis:names:tc:SAML:2.0:assertion",
  metadata: "urn:oasis:names:tc:SAML:2.0:metadata",
  protocol: "urn:oasis:names:tc:SAML:2.0:protocol",
  signature: "http://www.w3.org/2000/09/xmldsig#",
} as const

export type Namespace = keyof typeof namespaces

export interface Element {
  readonly namespace: string
  readonly name: string
  /** As they are written: those of SAML have no namespace. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: ReadonlyArray<Element>
  readonly text: string
}

type Scope = ReadonlyMap<string, string>

const declare = (scope: Scope, attributes: Readonly<Record<string, string>>): Scope => {
  const declared = Object.entries(attributes).flatMap(([name, value]): ReadonlyArray<readonly [string, string]> => {
    if (name === "xmlns") return [["", value]]
    return name.startsWith("xmlns:") ? [[name.slice("xmlns:".length), value]] : []
  })
  return declared.length === 0 ? scope : new Map([...scope, ...declared])
}

/** Fails, with `undefined`, at a prefix that stands for nothing. */
const resolve = ({ attributes, children, name, text }: Xml.Element, outer: Scope): Element | undefined => {
  const scope = declare(outer, attributes)
  const colon = name.indexOf(":")
  const namespace = scope.get(name.slice(0, Math.max(colon, 0)))
  const resolved = children.map((child) => resolve(child, scope))
  if (namespace === undefined || !resolved.every((child) => child !== undefined)) return undefined
  return {
    namespace,
    name: name.slice(colon + 1),
    attributes: new Map(Object.entries(attributes)),
    children: resolved,
    text,
  }
}

/** Reads a document, or gives `undefined` where it is none: a DOCTYPE is none, and neither is what nests too deep. */
export const parse = (document: string): Element | undefined =>
  Result.match(Xml.parse(document, { maxLength: 10_000_000 }), {
    onFailure: () => undefined,
    onSuccess: (root) => resolve(root, new Map([["", ""]])),
  })

export const is = (element: Element, namespace: Namespace, name: string): boolean =>
  element.name === name && element.namespace === namespaces[namespace]

export const children = (parent: Element, namespace: Namespace, name: string): ReadonlyArray<Element> =>
  parent.children.filter((child) => is(child, namespace, name))

/** The only child of that name: none where there are several. */
export const child = (parent: Element, namespace: Namespace, name: string): Element | undefined => {
  const [first, ...others] = children(parent, namespace, name)
  return others.length === 0 ? first : undefined
}

/** An element's descendants of a name, whatever their namespace, and the element itself. */
export const everywhere = (element: Element, name: string): ReadonlyArray<Element> => [
  ...(element.name === name ? [element] : []),
  ...element.children.flatMap((child) => everywhere(child, name)),
]
