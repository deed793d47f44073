// Compiles every file of production code under the project's own settings, made strict. Asked by a JSON file:
// {files, configs, packages, loose, own, out}. Writes what the compiler says to `out`/tsc-N.txt and, last, `out`/ended.json.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const tools = process.env.HARNESS_NODE;
const ts = createRequire(`${tools}/`)("typescript");
const task = JSON.parse(readFileSync(process.argv[2], "utf8"));
const root = process.cwd();
const FLAGS = [
  "--noEmit", "--strict", "--noImplicitAny", "--strictNullChecks", "--noUnusedLocals", "--noUnusedParameters",
  "--noImplicitReturns", "--pretty", "false",
];
const PARTS = [
  "strictFunctionTypes", "strictBindCallApply", "strictPropertyInitialization", "noImplicitThis",
  "useUnknownInCatchVariables", "alwaysStrict",
];
const PLAIN = { target: "es2022", module: "esnext", moduleResolution: "bundler", jsx: "preserve", esModuleInterop: true };
const BESIDE = /^tsconfig\.(?:test|tests|spec|e2e|eslint|lint|jest|vitest|cypress|storybook|node)\b/;

/** What each configuration of the repository comes to. */
function settings() {
  return task.configs.map((name) => {
    const file = path.join(root, name);
    const read = ts.readConfigFile(file, ts.sys.readFile);
    const parsed = ts.parseJsonConfigFileContent(read.config ?? {}, ts.sys, path.dirname(file), {}, file);
    const options = parsed.options;
    const above = options.paths ? options.baseUrl ?? options.pathsBasePath ?? path.dirname(file) : "";
    return { name, file, folder: path.dirname(file), options, above, holds: new Set(parsed.fileNames), asks: read.config ?? {} };
  });
}

/** The configuration that a file is compiled under: one that holds it, else the nearest that holds anything. */
function chosen(file, all) {
  const near = all.filter((each) => file.startsWith(`${each.folder}/`));
  const rank = (each) => [
    each.holds.has(file) ? 0 : 1,
    each.holds.size ? 0 : 1,
    BESIDE.test(path.basename(each.name)) ? 1 : 0,
    -each.folder.length,
    path.basename(each.name) === "tsconfig.json" ? 0 : 1,
    each.name.length,
  ];
  const order = (a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const at = left.findIndex((value, index) => value !== right[index]);
    return at < 0 ? 0 : left[at] - right[at];
  };
  return near.sort(order)[0];
}

/** Where the sources of the repository's own packages lie, for imports of them by name: nothing of theirs is built. */
function own() {
  const found = {};
  for (const { name, folder } of task.packages) {
    const at = path.join(root, folder);
    const entry = ["src/index.ts", "src/index.tsx", "index.ts", "lib/index.ts", "src/main.ts"].map((e) => path.join(at, e));
    found[name] = entry.filter(existsSync);
    found[`${name}/*`] = [`${at}/src/*`, `${at}/*`];
    if (!found[name].length) delete found[name];
  }
  return found;
}

function paths(config) {
  const given = Object.entries(config?.options.paths ?? {});
  const kept = given.map(([name, to]) => [name, to.map((each) => path.resolve(config.above, each))]);
  return { ...own(), ...Object.fromEntries(kept) };
}

function strict(config) {
  // null takes out what asks for output: nothing is written, and some of it asks for more of it
  const options = {
    noEmit: true, composite: null, incremental: null, declaration: null, declarationMap: null, declarationDir: null,
    emitDeclarationOnly: null, isolatedDeclarations: null, tsBuildInfoFile: null, rootDir: null, skipLibCheck: true,
    noResolve: false, noLib: false, checkJs: false,
  };
  for (const part of PARTS)
    if (config?.options[part] === false && !task.loose.includes(part)) options[part] = true;
  for (const name of NEWER) delete options[name];
  if (config?.options.noCheck) options.noCheck = false;
  if (task.packages.length) options.paths = paths(config);
  return config ? options : { ...PLAIN, ...options };
}

/** Declarations that the sources find without importing them. */
function ambient(config) {
  return task.ambient.map((name) => path.join(root, name)).filter((file) => !config || config.holds.has(file) || file.startsWith(`${config.folder}/`));
}

/** Types of Node itself, where the project's packages have none. */
function nodeTypes() {
  const modules = path.join(root, "node_modules");
  if (existsSync(modules)) return;
  mkdirSync(path.join(modules, "@types"), { recursive: true });
  symlinkSync(path.join(tools, "node_modules/@types/node"), path.join(modules, "@types/node"));
}

function compiler() {
  const theirs = path.join(root, "node_modules/typescript/bin/tsc");
  return task.own && existsSync(theirs) ? realpathSync(theirs) : path.join(tools, "node_modules/typescript/bin/tsc");
}

const tsc = compiler();
const version = spawnSync(process.execPath, [tsc, "--version"], { encoding: "utf8" }).stdout?.trim() ?? "";
// An option that a compiler does not know is an error to it; this one came with 5.5.
const [major, minor] = (/(\d+)\.(\d+)/.exec(version) ?? [0, 99, 0]).slice(1).map(Number);
const NEWER = major < 5 || (major === 5 && minor < 5) ? ["isolatedDeclarations"] : [];
nodeTypes();
const all = settings();
const groups = new Map();
for (const name of task.files) {
  const config = chosen(path.join(root, name), all);
  groups.set(config, [...(groups.get(config) ?? []), path.join(root, name)]);
}
const ended = [];
let number = 0;
for (const [config, files] of groups) {
  const folder = config?.folder ?? root;
  const made = path.join(folder, `.strict-${number}.json`);
  const body = { compilerOptions: strict(config), files: [...new Set([...files, ...ambient(config)])], include: [], exclude: [], references: [] };
  if (config) body.extends = `./${path.basename(config.file)}`;
  writeFileSync(made, JSON.stringify(body));
  const done = spawnSync(process.execPath, [tsc, "-p", made, ...FLAGS], { cwd: root, encoding: "utf8", maxBuffer: 64 << 20 });
  writeFileSync(path.join(task.out, `tsc-${number}.txt`), `${done.stdout ?? ""}${done.stderr ?? ""}`);
  ended.push({ config: config?.name ?? "", files: files.length, code: done.status, signal: done.signal });
  number += 1;
}
writeFileSync(path.join(task.out, "ended.json"), JSON.stringify({ version, ended }));
