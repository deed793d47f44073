// What a function throws in its own body, and what its comment says of it.
import { comment, handedDown, isOpen, whole } from "./opened.mjs";

const INNER = /Function|^Class|^TSModuleDeclaration$/;

/** The classes of `throw new A()` in a function itself; what a `catch` beside it gets is no matter of the caller. */
function* own(node, keys) {
  if (node.type === "ThrowStatement" && node.argument?.type === "NewExpression") {
    const callee = node.argument.callee;
    const name = callee.type === "MemberExpression" ? !callee.computed && callee.property.name : callee.name;
    if (name) yield name;
  }
  for (const key of keys[node.type] ?? []) {
    if (key === "block" && node.type === "TryStatement" && node.handler) continue;
    for (const each of [node[key]].flat()) if (each?.type && !INNER.test(each.type)) yield* own(each, keys);
  }
}

/** {names, told}: the errors that an open function throws, and the text of its @throws; null where nothing is to be said. */
export function thrownBy(node, code) {
  if (node.body?.type !== "BlockStatement" || !isOpen(node) || handedDown(node, code)) return null;
  const tags = comment(whole(node), code).split(/^[\s*]*(?=@)/m).filter((each) => each.startsWith("@throws"));
  const names = new Set(own(node.body, code.visitorKeys));
  // one that names no type speaks of all of them
  if (names.size < 2 || !tags.length || tags.some((each) => !/^@throws\s*\{/.test(each))) return null;
  return { names: [...names], told: tags.join(" ").match(/[\w$]+/g) };
}
