// Whether a part of a module is open to other modules, and rules that look at nothing else.
const EXPORTS = new WeakMap();
const HIDDEN = new Set(["private", "protected"]);
const FUNCTIONS = new Set(["ArrowFunctionExpression", "FunctionExpression", "TSEmptyBodyFunctionExpression"]);
const CONSTANT = new Set(["TSAsExpression", "TSTypeAssertion"]);
// what the language itself calls, and says the meaning of
const PROTOCOL = /^(toString|toJSON|toLocaleString|valueOf)$/;

/** The names that a module exports in statements of their own: `export { a }`, `export default a`, `module.exports = a`. */
function exported(program) {
  if (EXPORTS.has(program)) return EXPORTS.get(program);
  const names = new Set();
  for (const node of program.body) {
    if (node.type === "ExportNamedDeclaration" && !node.source)
      for (const each of node.specifiers) names.add(each.local.name);
    if (node.type === "ExportDefaultDeclaration" && node.declaration.type === "Identifier")
      names.add(node.declaration.name);
    if (node.type === "TSExportAssignment" && node.expression.type === "Identifier") names.add(node.expression.name);
    const given = node.type === "ExpressionStatement" && node.expression;
    if (given?.type === "AssignmentExpression" && given.left.type === "MemberExpression" && isExports(given.left))
      for (const name of named(given.right)) names.add(name);
  }
  EXPORTS.set(program, names);
  return names;
}

function isExports(node) {
  if (node.type === "Identifier") return node.name === "exports";
  if (node.type !== "MemberExpression") return false;
  return isExports(node.object) || (node.object.name === "module" && node.property.name === "exports");
}

function named(value) {
  if (value.type === "Identifier") return [value.name];
  if (value.type !== "ObjectExpression") return [];
  return value.properties.flatMap((each) => (each.value?.type === "Identifier" ? [each.value.name] : []));
}

/** Whether a declaration of the top of a module is exported. */
function shipped(node, name) {
  if (/^Export(Named|Default)Declaration$|^TSExportAssignment$/.test(node.parent?.type)) return true;
  return node.parent?.type === "Program" && Boolean(name) && exported(node.parent).has(name);
}

/** Whether an earlier statement beside it declares the same function: what follows is described there. */
function described(node) {
  const whole = /^Export/.test(node.parent.type) ? node.parent : node;
  const beside = whole.parent.body;
  if (!Array.isArray(beside)) return false;
  const before = beside[beside.indexOf(whole) - 1];
  const declared = before?.declaration ?? before;
  return declared?.type === "TSDeclareFunction" && declared.id?.name === node.id?.name;
}

function openMember(node) {
  const closed = HIDDEN.has(node.accessibility) || node.key.type === "PrivateIdentifier" || node.override;
  const name = node.key.name ?? node.key.value;
  if (closed || node.computed || PROTOCOL.test(name) || String(name).startsWith("_") || (node.kind && node.kind !== "method")) return false;
  const body = node.parent.body;
  const before = body[body.indexOf(node) - 1];
  if (before?.value?.type === "TSEmptyBodyFunctionExpression" && !/Abstract/.test(before.type))
    if ((before.key.name ?? before.key.value) === name) return false;
  return isOpen(node.parent.parent);
}

/** Whether an object is mostly functions: what others call, and no table of settings. */
function isTool(node) {
  const functions = node.properties.filter((each) => FUNCTIONS.has(each.value?.type));
  return functions.length * 2 >= node.properties.length;
}

/** Whether a function is a member of an object that a module exports, and that no type describes. */
function openProperty(node) {
  const name = node.key.name ?? node.key.value;
  if (node.computed || node.kind !== "init" || String(name).startsWith("_") || PROTOCOL.test(name)) return false;
  let at = node.parent;
  if (at.type !== "ObjectExpression" || !isTool(at)) return false;
  while (CONSTANT.has(at.parent.type) || isFrozen(at.parent)) at = at.parent;
  const above = at.parent;
  if (above.type === "VariableDeclarator")
    return above.init === at && !above.id.typeAnnotation && shipped(above.parent, above.id.name);
  if (above.type === "AssignmentExpression") return above.right === at && isExports(above.left);
  return above.type === "ExportDefaultDeclaration" || above.type === "TSExportAssignment";
}

function isFrozen(node) {
  return node.type === "CallExpression" && node.callee.object?.name === "Object" && /^(freeze|seal)$/.test(node.callee.property.name);
}

/** Whether other modules get at a class, interface, function or method. */
export function isOpen(node) {
  const above = node.parent;
  switch (node.type) {
    case "MethodDefinition":
    case "TSAbstractMethodDefinition":
    case "PropertyDefinition":
      return openMember(node);
    case "TSMethodSignature":
      return above.type === "TSInterfaceBody" && openMember(node);
    case "ClassDeclaration":
    case "TSInterfaceDeclaration":
      return shipped(node, node.id?.name);
    case "TSDeclareFunction":
      // in the declaration of another module it is that module's, and the rules of JSDoc break off there
      return above.parent?.type !== "TSModuleBlock" && shipped(node, node.id?.name) && !node.declare && !described(node);
    case "FunctionDeclaration":
      return shipped(node, node.id?.name) && !node.declare && !described(node);
    case "ClassExpression":
      break;
    default:
      if (!FUNCTIONS.has(node.type)) return false;
  }
  if (above.type === "MethodDefinition" || above.type === "TSAbstractMethodDefinition") return isOpen(above);
  if (above.type === "PropertyDefinition") return isOpen(above);
  if (above.type === "Property") return above.value === node && openProperty(above);
  if (above.type === "VariableDeclarator" && above.init === node) return shipped(above.parent, above.id.name);
  if (above.type === "AssignmentExpression") return isExports(above.left) && above.right === node;
  return above.type === "ExportDefaultDeclaration" || above.type === "TSExportAssignment";
}

/** Whether a function says that it gives nothing back, at once or later. */
function givesNothing(node) {
  const type = node.returnType?.typeAnnotation;
  const inner = type?.typeName?.name === "Promise" ? type.typeArguments?.params[0] : type;
  return /^TS(Void|Never|Undefined)Keyword$/.test(inner?.type) || inner?.type === "TSThisType";
}

/** The whole statement or member that a function is, with what exports it. */
export function whole(node) {
  let at = node;
  while (/^(MethodDefinition|Property|VariableDeclarat|Export|TSAbstract)/.test(at.parent?.type)) at = at.parent;
  return at;
}

function nameOf(statement) {
  const inner = statement.declaration ?? statement;
  return inner.id?.name ?? inner.key?.name ?? inner.declarations?.[0]?.id?.name;
}

export function comment(statement, code) {
  const text = code.getCommentsBefore(statement).at(-1)?.value ?? "";
  return text.startsWith("*") ? text : "";
}

/** Whether a comment says that another one describes it, or why it is not to be used any more. */
export function handedDown(node, code) {
  return /\{?@inheritdoc|@deprecated\s+\w/i.test(comment(whole(node), code));
}

/** Whether one of the forms that a function is declared in is described: that is enough for all of them. */
function describedOnce(node, code) {
  const own = whole(node);
  const beside = Array.isArray(own.parent?.body) ? own.parent.body : [];
  const name = nameOf(own);
  return Boolean(name) && beside.some((each) => nameOf(each) === name && comment(each, code));
}

const SYNONYMS = [
  [/@arg(?:ument)?\b/g, "@param"],
  [/@return\b/g, "@returns"],
  [/@exception\b/g, "@throws"],
];

/** A parser whose comments have the usual tags of JSDoc for their synonyms: the rules know only one name of each. */
export function plain(parser) {
  return {
    ...parser,
    parseForESLint(text, options) {
      const parsed = parser.parseForESLint(text, options);
      for (const each of parsed.ast.comments ?? [])
        if (each.value.startsWith("*")) for (const [form, name] of SYNONYMS) each.value = each.value.replace(form, name);
      return parsed;
    },
  };
}

/** A rule that sees only what is open and has to be described in its own words. */
export function opened(rule, name) {
  const excused = (node, code) =>
    handedDown(node, code) ||
    (name === "require-returns" && givesNothing(node)) ||
    (name === "require-jsdoc" && describedOnce(node, code));
  return {
    meta: rule.meta,
    create(context) {
      const visitors = rule.create(context);
      const guarded = Object.entries(visitors).map(([selector, visit]) => [
        selector,
        (node) => {
          const all = /^(Program|.*:exit)$/.test(selector);
          if (all || (isOpen(node) && !excused(node, context.sourceCode))) visit(node);
        },
      ]);
      return Object.fromEntries(guarded);
    },
  };
}

const CLASSES = /^Class|^TSInterface/;
const EMPTY =
  /^(todo|tbd|fixme|xxx|n\/?a|none|descriptions?|docs?|documentation|jsdoc|comment|summary|an? (function|method|class)|function|method|class|interface|\w)$/i;

/** A comment that only promises one, or says no more than the name. */
export const placeholder = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const check = (node) => {
      const text = comment(whole(node), context.sourceCode).split(/^[\s*]*@/m)[0].replace(/[\s*.:…-]+/g, " ").trim();
      if (isOpen(node) && (EMPTY.test(text) || (text === nameOf(whole(node)) && !CLASSES.test(node.type))))
        context.report({ node, message: `A comment that says "${text}" describes nothing.` });
    };
    return { ClassDeclaration: check, TSInterfaceDeclaration: check, FunctionDeclaration: check, MethodDefinition: check, TSMethodSignature: check, ArrowFunctionExpression: check, ClassExpression: check };
  },
};
