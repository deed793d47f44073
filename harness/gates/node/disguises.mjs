// What is `any` without the word.
const ESCAPES = new Set(["TSUnknownKeyword", "TSNeverKeyword", "TSAnyKeyword", "TSObjectKeyword"]);

/** Whether an expression is JSON.parse, or a variable without a type that was declared with it. */
function isParse(node, scope) {
  if (node?.type !== "Identifier")
    return node?.type === "MemberExpression" && node.object.name === "JSON" && node.property.name === "parse";
  for (let at = scope; at; at = at.upper) {
    const def = at.set.get(node.name)?.defs[0];
    if (def) return def.type === "Variable" && !def.node.id.typeAnnotation && holdsParse(def);
  }
  return false;
}

function holdsParse({ name, node }) {
  if (node.id.type === "Identifier") return node.init?.type === "MemberExpression" && isParse(node.init);
  if (node.id.type !== "ObjectPattern" || node.init?.name !== "JSON") return false;
  return node.id.properties.some((each) => each.value === name && each.key.name === "parse");
}

/** What an expression is without what changes no type of it. */
function bare(node) {
  return node.type === "TSNonNullExpression" || node.type === "ChainExpression" ? bare(node.expression) : node;
}

function isAssertion(node) {
  return node.type === "TSAsExpression" || node.type === "TSTypeAssertion";
}

/** A cast through a type that fits everything; `as const` before a cast hides nothing. */
function disguised(node) {
  const inner = node.expression;
  if (!isAssertion(inner)) return false;
  const type = inner.typeAnnotation;
  return ESCAPES.has(type.type) || (type.type === "TSTypeLiteral" && !type.members.length);
}

const TYPED = new Set([
  "Literal", "TemplateLiteral", "ObjectExpression", "ArrayExpression", "NewExpression", "ArrowFunctionExpression",
  "FunctionExpression", "ClassExpression", "ThisExpression", "BinaryExpression", "UnaryExpression",
]);
const CHECKS = /^(is|are|has|assert|check|ensure|expect|guard|valid|verify|parse|narrow)/i;

function typeOf(name) {
  return name?.typeAnnotation?.typeAnnotation?.type ?? "";
}

function variable(name, scope) {
  for (let at = scope; at; at = at.upper) if (at.set.has(name)) return at.set.get(name);
  return null;
}

/** Whether a type is a parameter of the function or class, which may be anything. */
function isParameter(type, scope) {
  return type.type === "TSTypeReference" && variable(type.typeName.name, scope)?.defs[0]?.node.type === "TSTypeParameter";
}

/** Whether a value has a type of its own, as far as the file says. */
function isTyped(node, scope, depth = 0) {
  if (!node || depth > 5) return false;
  if (TYPED.has(node.type)) return true;
  if (isAssertion(node)) return ESCAPES.has(node.typeAnnotation.type) && isTyped(node.expression, scope, depth + 1);
  const def = node.type === "Identifier" ? variable(node.name, scope)?.defs[0] : null;
  if (!def || (def.type !== "Parameter" && def.type !== "Variable")) return false;
  const name = def.type === "Parameter" ? def.name : def.node.id;
  if (typeOf(name)) return !ESCAPES.has(typeOf(name)) && !isParameter(name.typeAnnotation.typeAnnotation, scope);
  return def.type === "Variable" && isTyped(def.node.init, scope, depth + 1);
}

/** Whether code asks what a value is before it is used: `typeof x`, `x instanceof A`, `"a" in x`, `isA(x)`. */
function isAsked(found) {
  return found.references.some(({ identifier: { parent } }) => {
    if (parent.type === "UnaryExpression") return parent.operator === "typeof";
    if (parent.type === "BinaryExpression") return true;
    return parent.type === "CallExpression" && CHECKS.test(parent.callee.property?.name ?? parent.callee.name ?? "");
  });
}

/** Whether a variable of type unknown is given a value that has a type, and is never asked what it is. */
function laundered(node, scope) {
  const found = node.expression.type === "Identifier" ? variable(node.expression.name, scope) : null;
  const def = found?.defs[0];
  if (def?.type !== "Variable" || ESCAPES.has(node.typeAnnotation.type)) return false;
  const hidden = ESCAPES.has(typeOf(def.node.id)) || (isAssertion(def.node.init ?? {}) && disguisedTo(def.node.init));
  const values = found.references.filter((each) => each.isWrite()).map((each) => each.writeExpr);
  return hidden && values.some((each) => isTyped(each, scope)) && !isAsked(found);
}

function disguisedTo(node) {
  return ESCAPES.has(node.typeAnnotation.type);
}

/** Whether a function is nothing but a cast of what it is given to whatever its caller names. */
function castsAll(node) {
  const body = node.parent.type === "ReturnStatement" ? node.parent.parent : null;
  const own = body?.type === "BlockStatement" && body.body.length === 1 ? body.parent : node.parent;
  if (!/Function/.test(own.type) || (own.body !== node && own.body !== body)) return false;
  const names = (own.typeParameters?.params ?? []).filter((each) => !each.constraint).map((each) => each.name.name);
  const given = own.params.find((each) => each.name === node.expression.name && node.expression.type === "Identifier");
  return names.includes(node.typeAnnotation.typeName?.name) && ESCAPES.has(typeOf(given));
}

/** Whether anything at all is said to be of the type that fits everywhere; a list of nothing may be. */
const never = (node) => node.typeAnnotation.type === "TSNeverKeyword" && node.expression.type !== "ArrayExpression";

const cast = (node, context) => {
  if (disguised(node) || never(node) || laundered(node, context.sourceCode.getScope(node)))
    context.report({ node, message: "A cast through unknown hides a type error: narrow the value instead." });
  else if (castsAll(node))
    context.report({ node, message: "A function that casts whatever it is given to any type is any: narrow the value." });
};

export const disguises = {
  disguise: {
    meta: { type: "problem", schema: [] },
    create(context) {
      // JavaScript has no way to give it a type
      const typed = /\.[cm]?tsx?$/.test(context.filename);
      const parsed = (node) =>
        typed && node?.type === "CallExpression" && isParse(node.callee, context.sourceCode.getScope(node));
      const used = (node, of) => {
        if (parsed(bare(of)))
          context.report({ node, message: "What JSON.parse returns is any: give it a type, or unknown, before you use it." });
      };
      return {
        MemberExpression: (node) => used(node, node.object),
        CallExpression: (node) => used(node, node.callee),
        TSAsExpression: (node) => cast(node, context),
        TSTypeAssertion: (node) => cast(node, context),
        VariableDeclarator(node) {
          if (node.id.typeAnnotation || !node.init || !parsed(bare(node.init))) return;
          context.report({ node, message: "What JSON.parse returns is any: give the variable a type, or unknown." });
        },
        TSTypeQuery(node) {
          const name = context.sourceCode.getText(node.exprName).replace(/^globalThis\./, "");
          if (/^(JSON\.parse|eval|Reflect\.get)$/.test(name))
            context.report({ node, message: `A type made of ${name} is any: name the type.` });
        },
        TSTypeReference(node) {
          if (node.typeName.name === "Object" && typed && !variable("Object", context.sourceCode.getScope(node))?.defs.length)
            context.report({ node, message: "Object takes every value: name the type, or unknown." });
        },
        TSModuleDeclaration(node) {
          if (node.body || node.id.type !== "Literal" || String(node.id.value).includes("*")) return;
          context.report({ node, message: "A module declared without a body makes all that it exports any." });
        },
      };
    },
  },
};
