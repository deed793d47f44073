// What a function throws in its own body, and what its comment says of it.
import { target } from "./factories.mjs";
import { comment, handedDown, isOpen, whole } from "./opened.mjs";

const INNER = /Function|^Class|^TSModuleDeclaration$/;

/** Methods of arrays that call what they are given before they return. */
const AT_ONCE = new Set([
  "every", "filter", "find", "findIndex", "findLast", "findLastIndex", "flatMap", "forEach", "map", "reduce", "reduceRight",
  "some", "sort", "toSorted",
]);

/** The bodies of functions that a call calls before it returns. */
function atOnce(node) {
  const { callee } = node;
  if (node.type !== "CallExpression" || callee.type !== "MemberExpression" || callee.computed) return [];
  const given = AT_ONCE.has(callee.property.name) ? node.arguments : [];
  return given.filter((each) => /Function/.test(each.type) && !each.async && !each.generator).map((each) => each.body);
}

/** The class of `throw new A()`. */
function thrown(node) {
  if (node?.type !== "ThrowStatement" || node.argument?.type !== "NewExpression") return "";
  const { callee } = node.argument;
  return (callee.type === "MemberExpression" ? !callee.computed && callee.property.name : callee.name) || "";
}

/** What a call of a function that does nothing but throw stands for. */
function refused(node, code) {
  if (node.type !== "ExpressionStatement" || node.expression.type !== "CallExpression") return "";
  const found = target(node.expression.callee, code.getScope(node));
  return found?.type === "BlockStatement" && found.body.length === 1 ? thrown(found.body[0]) : "";
}

/** [class, whether it is thrown in a call] of all that a function itself throws; what a `catch` beside it gets is no
 * matter of the caller. */
function* own(node, code) {
  if (thrown(node)) yield [thrown(node), false];
  else if (refused(node, code)) yield [refused(node, code), true];
  for (const body of atOnce(node)) for (const [name] of own(body, code)) yield [name, true];
  for (const key of code.visitorKeys[node.type] ?? []) {
    if (key === "block" && node.type === "TryStatement" && node.handler) continue;
    for (const each of [node[key]].flat()) if (each?.type && !INNER.test(each.type)) yield* own(each, code);
  }
}

/** {names, told}: the errors that an open function throws, and the text of its @throws, none where it has none; null
 * where nothing is to be said. */
export function thrownBy(node, code) {
  const text = comment(whole(node), code);
  if (node.body?.type !== "BlockStatement" || !text || !isOpen(node) || handedDown(node, code)) return null;
  const tags = text.split(/^[\s*]*(?=@)/m).filter((each) => each.startsWith("@throws"));
  const found = [...own(node.body, code)];
  const names = [...new Set(found.map(([name]) => name))];
  // the rule on @throws looks at no function that is asynchronous, and into no call
  if (!tags.length) return names.length && (node.async || found.every(([, called]) => called)) ? { names, told: [] } : null;
  // one that names no type speaks of all of them
  if (!names.length || tags.some((each) => !/^@throws\s*\{/.test(each))) return null;
  return { names, told: tags.join(" ").match(/[\w$]+/g) };
}
