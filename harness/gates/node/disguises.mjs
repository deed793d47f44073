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

const cast = (node, context) => {
  if (disguised(node))
    context.report({ node, message: "A cast through unknown hides a type error: narrow the value instead." });
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
          if (node.id.typeAnnotation || !parsed(node.init)) return;
          context.report({ node, message: "What JSON.parse returns is any: give the variable a type, or unknown." });
        },
        TSTypeQuery(node) {
          const name = context.sourceCode.getText(node.exprName).replace(/^globalThis\./, "");
          if (/^(JSON\.parse|eval|Reflect\.get)$/.test(name))
            context.report({ node, message: `A type made of ${name} is any: name the type.` });
        },
        TSModuleDeclaration(node) {
          if (node.body || node.id.type !== "Literal" || String(node.id.value).includes("*")) return;
          context.report({ node, message: "A module declared without a body makes all that it exports any." });
        },
      };
    },
  },
};
