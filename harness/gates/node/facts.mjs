// Facts about a file, each a message of JSON: its comments that silence a tool, its classes, what it throws, and what it
// calls the classes that it imports. Which of them is wrong is judged where all files are known.
import { factories, target, variable } from "./factories.mjs";
import { thrownBy } from "./throws.mjs";

const SILENCES = [
  ["eslint-disable", /^\s*eslint-disable(?!-)/],
  ["eslint-disable-line", /^\s*eslint-disable-(?:next-)?line/],
  ["eslint", /^\s*eslint(?:-env)?\s+[\w@/-]+\s*:/],
  ["ts-ignore", /^[\s/*]*@ts-(?:ignore|expect-error)\b/],
  ["ts-nocheck", /^[\s/*]*@ts-nocheck\b/],
  ["coverage ignore", /^[\s*!]*(?:istanbul|c8|v8|node:coverage)\s+(?:ignore\s+(?:next|if|else|start)|disable)\b/],
  ["coverage ignore file", /^[\s*!]*(?:istanbul|c8|v8)\s+ignore\s+file\b/],
  ["stryker", /^\s*Stryker\s+disable\b/],
  ["biome-ignore", /^\s*biome-ignore\b/],
  ["oxlint-disable", /^\s*oxlint-disable\b/],
  ["tslint", /^\s*tslint:disable\b/],
  ["deno-lint-ignore", /^\s*deno-lint-ignore\b/],
  ["jscpd", /^\s*(?:jscpd|cpd)[:-](?:ignore|disable)/i],
  ["formatter", /^\s*(?:prettier|dprint)-ignore\b/],
  ["nosec", /^\s*(?:nosec|nosemgrep|NOSONAR|lgtm|skipcq)\b/],
];
const WRAPPED = new Set(["TSAsExpression", "TSTypeAssertion", "TSNonNullExpression", "TSSatisfiesExpression", "AwaitExpression"]);
const REJECTS = /^(reject|next|done|cb|callback)$/;
const OWN = /^(Eval|Range|Reference|Syntax|Type|URI|Aggregate)?Error$|^DOMException$/;
const PLAIN = /^(Symbol|String|Number|BigInt|Boolean)$/;
const MOST_DEPTH = 20;

/** The name of a class as it is written, without what it is reached through. */
function className(node) {
  if (node?.type === "Identifier") return node.name;
  if (node?.type === "MemberExpression" && !node.computed) return node.property.name;
  return "";
}

/** What a thrown expression is made of: classes by name, `*` for a value that is no error, '' for what a function of
 * another file gives. */
function made(node, scope, depth = 0) {
  if (!node || depth > MOST_DEPTH) return [];
  const inner = (each) => made(each, scope, depth + 1);
  if (WRAPPED.has(node.type)) return inner(node.expression ?? node.argument);
  switch (node.type) {
    case "NewExpression": {
      // a class that is made on the spot is no more than the one that it extends
      const callee = node.callee.type === "ClassExpression" ? node.callee.superClass : node.callee;
      return className(callee) ? [[className(callee), node.callee]] : [];
    }
    case "CallExpression":
      if (node.callee.type === "Identifier" && /^(Error|[A-Z]\w*Error)$/.test(node.callee.name))
        return [[node.callee.name, node.callee]];
      if (className(node.callee) === "assign" && node.callee.object?.name === "Object") return inner(node.arguments[0]);
      if (className(node.callee) === "construct" && node.callee.object?.name === "Reflect" && className(node.arguments[0]))
        return [[className(node.arguments[0]), node.arguments[0]]];
      if (node.callee.type === "Identifier" && PLAIN.test(node.callee.name)) return [["*", node]];
      return returned(node.callee, scope, depth);
    case "ConditionalExpression":
      return [...inner(node.consequent), ...inner(node.alternate)];
    case "LogicalExpression":
      return [...inner(node.left), ...inner(node.right)];
    case "SequenceExpression":
      return inner(node.expressions.at(-1));
    case "AssignmentExpression":
      return inner(node.right);
    case "Literal":
    case "TemplateLiteral":
    case "ObjectExpression":
    case "ArrayExpression":
      return [["*", node]];
    case "BinaryExpression":
    case "UnaryExpression":
      return [["*", node]];
    case "Identifier":
      return node.name === "undefined" ? [["*", node]] : assigned(node, scope, depth);
    default:
      return [];
  }
}

/** What a variable was declared with, or given since. */
function assigned(node, scope, depth) {
  const found = variable(scope, node.name);
  const values = (found?.defs ?? []).filter((def) => def.type === "Variable").map((def) => def.node.init);
  const later = (found?.references ?? []).filter((each) => each.isWrite() && !each.init).map((each) => each.writeExpr);
  return [...values, ...later].flatMap((value) =>
    value?.type === "Identifier" && value.name === node.name ? [] : made(value, scope, depth + 1),
  );
}

/** What a function of the same file returns; of one of another file, where it is from. */
function returned(callee, scope, depth) {
  const found = target(callee, scope);
  if (found?.from) return [["", callee, found]];
  return found ? results(found, scope, depth) : [];
}

/** What the body of a function returns; one that may return nothing is not thrown then. */
function results(body, scope, depth) {
  const given = body.type === "BlockStatement"
    ? body.body.flatMap((each) => (each.type === "ReturnStatement" ? [each.argument] : []))
    : [body];
  const found = given.flatMap((each) => made(each, scope, depth + 1));
  return found.filter(([name, at]) => name !== "*" || !(at.name === "undefined" || at.raw === "null"));
}

/** Whether a call rejects a promise: `Promise.reject`, or the second parameter of what `new Promise` is given. */
function isRejection(callee, scope) {
  if (callee.type === "MemberExpression")
    return callee.object.name === "Promise" && !callee.computed && callee.property.name === "reject";
  const def = callee.type === "Identifier" ? variable(scope, callee.name)?.defs[0] : null;
  const made = def?.type === "Parameter" && def.node.params[1] === def.name && def.node.parent;
  return made?.type === "NewExpression" && made.callee.name === "Promise" && made.arguments[0] === def.node;
}

/** What hands an error on in `node`: a function of the usual names, or a parameter that is the `next` of a handler. */
function passes(node, scope) {
  if (node.callee.type !== "Identifier") return node.callee.type === "MemberExpression" && className(node.callee) === "reject";
  const def = variable(scope, node.callee.name)?.defs[0];
  if (def?.type === "Parameter" && def.name.typeAnnotation?.typeAnnotation.typeName?.name === "NextFunction") return true;
  return REJECTS.test(node.callee.name);
}

/** Whether a text is given to the `next` of a handler of Express, where it is no name of what to skip. */
function refuses(node, scope) {
  const def = node.callee.type === "Identifier" ? variable(scope, node.callee.name)?.defs[0] : null;
  const given = node.arguments[0];
  if (def?.type !== "Parameter" || !/^(Literal|TemplateLiteral)$/.test(given?.type) || typeof given.value === "number") return false;
  const handler = def.name.name === "next" && def.node.params.length >= 3 && def.node.params.at(-1) === def.name;
  return handler && given.value !== null && !/^(route|router)$/.test(given.value);
}

export const facts = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const code = context.sourceCode;
    const tell = (node, fact) => context.report({ loc: node.loc, message: JSON.stringify(fact) });
    const thrown = (value, node, more = {}) => {
      for (const [name, at, found] of made(value, code.getScope(value ?? node))) {
        // what a variable or an alias of the file stands for is found out where the classes are known
        if (!more.passed || name !== "*") tell(node, { kind: "throw", name, ...found, ...more, text: code.getText(at).slice(0, 80) });
      }
    };
    return {
      Program(program) {
        for (const [name, body] of factories(program))
          for (const [makes] of results(body, code.getScope(body), 0))
            if (makes) tell(body, { kind: "factory", name, makes });
        for (const comment of code.getAllComments()) {
          for (const [tool, form] of SILENCES)
            if (form.test(comment.value))
              tell(comment, { kind: "silence", tool, text: comment.value.trim().slice(0, 200) });
        }
      },
      "FunctionDeclaration, FunctionExpression, ArrowFunctionExpression"(node) {
        const found = thrownBy(node, code);
        if (found) tell(node, { kind: "throws", ...found });
      },
      "ClassDeclaration, ClassExpression"(node) {
        const name = node.id?.name ?? (node.parent.type === "VariableDeclarator" ? node.parent.id.name : "");
        if (name) tell(node, { kind: "class", name, above: className(node.superClass) || (node.superClass ? "?" : "") });
      },
      VariableDeclarator(node) {
        const to = className(node.init);
        if (node.id.type === "Identifier" && to) tell(node, { kind: "alias", name: node.id.name, to });
        if (node.id.type === "ObjectPattern" && /^(globalThis|window|global|self)$/.test(node.init?.name))
          for (const each of node.id.properties)
            if (each.key?.name && each.value?.name)
              tell(each, { kind: "alias", name: each.value.name, to: each.key.name });
      },
      ImportDefaultSpecifier(node) {
        const from = node.parent.source.value;
        if (from.startsWith(".")) tell(node, { kind: "alias", name: node.local.name, to: "default", from });
      },
      ExportDefaultDeclaration(node) {
        const to = node.declaration.id?.name ?? className(node.declaration);
        if (to) tell(node, { kind: "default", to });
      },
      ExportSpecifier(node) {
        const name = node.exported.name ?? node.exported.value;
        const to = node.local.name ?? node.local.value;
        const from = node.parent.source?.value;
        if (name === "default" && !from) tell(node, { kind: "default", to });
        else if (name !== to && !OWN.test(name)) tell(node, { kind: "export", name, to, ...(from && { from }) });
      },
      ImportSpecifier(node) {
        const to = node.imported.name ?? node.imported.value;
        if (to !== node.local.name) tell(node, { kind: "alias", name: node.local.name, to });
      },
      ThrowStatement(node) {
        thrown(node.argument, node);
      },
      CallExpression(node) {
        const scope = code.getScope(node);
        if (isRejection(node.callee, scope) || refuses(node, scope)) thrown(node.arguments[0], node);
        // a callback takes values, too: whether it is an error is told where the classes are known
        else if (passes(node, scope)) thrown(node.arguments[0], node, { passed: true });
      },
    };
  },
};
