// Functions and methods that a module makes errors with: where a call leads to, and which a module has for others.
const METHODS = new Set(["MethodDefinition", "PropertyDefinition", "Property"]);

export function variable(scope, name) {
  for (let at = scope; at; at = at.upper) if (at.set.has(name)) return at.set.get(name);
  return null;
}

/** The body of a function, or the expression that it gives; undefined for what is none. */
function bodyOf(node) {
  return /Function/.test(node?.type) && !node.generator ? (node.body ?? undefined) : undefined;
}

/** The members of a class or an object that have a body: [name, body, whether the class itself has it]. */
function members(node) {
  const all = node?.type === "ObjectExpression" ? node.properties : (node?.body?.body ?? []);
  return all.flatMap((each) => {
    const open = METHODS.has(each.type) && !each.computed && (each.kind ?? "method") !== "get";
    const body = open && bodyOf(each.value);
    return body ? [[each.key.name ?? each.key.value, body, Boolean(each.static)]] : [];
  });
}

function member(node, name, fixed) {
  return members(node).find(([own, , still]) => own === name && (node.type === "ObjectExpression" || still === fixed))?.[1];
}

/** Where an imported name is from: `name`, `name.method` of a class itself, `name#method` of an instance of it. */
function from(def, rest, between = ".") {
  const source = def.parent?.source?.value;
  if (typeof source !== "string" || !source.startsWith(".")) return null;
  const name = { ImportSpecifier: def.node.imported?.name, ImportDefaultSpecifier: "default", ImportNamespaceSpecifier: "" };
  return { from: source, called: [name[def.node.type], ...rest].filter(Boolean).join(between) };
}

/** The class or object that an expression stands for, and whether it is the class itself: [node, whether]. */
function owner(object, scope) {
  if (object.type === "ThisExpression") {
    let at = scope;
    while (at && at.type !== "class" && !(at.type === "function" && at.block.type === "FunctionDeclaration")) at = at.upper;
    return at?.type === "class" ? [at.block, false] : [];
  }
  const maker = object.type === "NewExpression" ? object.callee : object;
  if (maker.type !== "Identifier") return [];
  const def = variable(scope, maker.name)?.defs[0];
  if (def?.type === "ClassName") return [def.node, object === maker];
  if (def?.type !== "Variable" || def.node.id.type !== "Identifier" || object !== maker) return [];
  const init = def.node.init;
  if (init?.type === "TSAsExpression" || init?.type === "TSSatisfiesExpression") return [init.expression, true];
  return init?.type === "NewExpression" ? owner(init, scope) : [init, true];
}

/** What a call leads to: the body of a function of the file, or {from, called} of another file; null for neither. */
export function target(callee, scope) {
  if (callee.type === "Identifier") {
    const def = variable(scope, callee.name)?.defs[0];
    if (def?.type === "ImportBinding") return from(def, []);
    return bodyOf(def?.type === "FunctionName" ? def.node : def?.type === "Variable" ? def.node.init : null) ?? null;
  }
  if (/^(Arrow)?Function/.test(callee.type)) return bodyOf(callee) ?? null;
  if (callee.type !== "MemberExpression" || callee.computed) return null;
  const { object, property } = callee;
  const maker = object.type === "NewExpression" ? object.callee : object;
  const def = maker.type === "Identifier" ? variable(scope, maker.name)?.defs[0] : null;
  if (def?.type === "ImportBinding") return from(def, [property.name], object === maker ? "." : "#");
  const [node, fixed] = owner(object, scope);
  return (node && member(node, property.name, fixed)) ?? null;
}

/** The functions, and the methods of classes and objects, of the top of a module: [name, body]. */
export function* factories(program) {
  for (const statement of program.body) {
    const node = statement.declaration ?? statement;
    const name = statement.type === "ExportDefaultDeclaration" ? "default" : node.id?.name;
    const whole = node.type === "VariableDeclaration" ? node.declarations.map((each) => [each.id.name, each.init]) : [[name, node]];
    for (const [own, value] of whole) {
      const inner = value?.type === "TSAsExpression" || value?.type === "TSSatisfiesExpression" ? value.expression : value;
      if (own && bodyOf(inner)) yield [own, bodyOf(inner)];
      if (own && /^Class|^ObjectExpression$/.test(inner?.type))
        for (const [method, body, fixed] of members(inner))
          yield [`${own}${fixed || inner.type === "ObjectExpression" ? "." : "#"}${method}`, body];
    }
  }
}
