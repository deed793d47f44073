// What is `any` without the word.
const ESCAPES = new Set(["TSUnknownKeyword", "TSNeverKeyword", "TSAnyKeyword", "TSObjectKeyword"]);

function isParse(node) {
  return node?.type === "MemberExpression" && node.object.name === "JSON" && node.property.name === "parse";
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
      return {
        TSAsExpression: (node) => cast(node, context),
        TSTypeAssertion: (node) => cast(node, context),
        VariableDeclarator(node) {
          if (node.id.typeAnnotation || node.init?.type !== "CallExpression" || !isParse(node.init.callee)) return;
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
