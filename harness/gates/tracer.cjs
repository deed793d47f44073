// Runs inside the service under test by NODE_OPTIONS=--require: writes down the routes of its Express 4 and 5
// applications as JSON, again and again while they change. A program of its own.
"use strict";
const Module = require("node:module");
const fs = require("node:fs");
const path = require("node:path");
const folder = process.env.HARNESS_ROUTES || "";
const LAYER = /[\\/](?:express[\\/]lib[\\/]router|router[\\/]lib)[\\/]layer\.js$/;
const APPLICATION = /[\\/]express[\\/]lib[\\/]application\.js$/;
const MOST = 5000;
const apps = [];
const given = new WeakMap(); // layer -> the path that it was registered with
const done = new Set();
let samples = [];

function recording(Layer) {
  function Recording(at, options, fn) {
    const layer = new Layer(at, options, fn);
    given.set(layer, at);
    return layer;
  }
  Recording.prototype = Layer.prototype;
  return Object.assign(Recording, Layer);
}

const load = Module._load;
Module._load = function (request, parent, isMain) {
  const value = load.apply(this, arguments);
  if (!/layer|application/.test(request)) return value;
  let file = "";
  try {
    file = Module._resolveFilename(request, parent, isMain);
  } catch {
    return value;
  }
  if (LAYER.test(file) && typeof value === "function") {
    if (!given.has(value)) given.set(value, recording(value));
    return given.get(value);
  }
  if (APPLICATION.test(file) && !done.has(file) && typeof value.init === "function") {
    done.add(file);
    const init = value.init;
    value.init = function () {
      apps.push(this);
      return init.apply(this, arguments);
    };
  }
  return value;
};

// Optional parts are both there and not there; what may be anything is a wildcard.
function expand(text, most = 6) {
  const group = /\{([^{}]*)\}/.exec(text) || /(\/?:\w+)(?:\([^()]*\))?\?/.exec(text);
  if (!group || most === 0) return [text];
  const without = text.slice(0, group.index) + text.slice(group.index + group[0].length);
  const whole = text.slice(0, group.index) + group[1] + text.slice(group.index + group[0].length);
  return [...expand(without, most - 1), ...expand(whole, most - 1)];
}

function template(text) {
  return text.replace(/\*(\w*)|\(\.\*\)/g, (_, name) => `{${name || "rest"}*}`).replace(/:(\w+)(?:\([^()]*\))?/g, "{$1}");
}

function join(prefix, at) {
  return (prefix.replace(/\/+$/, "") + "/" + at.replace(/^\/+/, "")).replace(/(.)\/+$/, "$1");
}

// The paths of the spec that a regular expression below a prefix takes.
function taken(prefix, regexp) {
  const start = new RegExp("^" + prefix.replace(/\/+$/, "").replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+\*?\}/g, "[^/]+"));
  return samples.filter((sample) => {
    const match = start.exec(sample);
    return match && new RegExp(regexp.source, regexp.flags.replace(/[gy]/g, "")).test(sample.slice(match[0].length) || "/");
  });
}

function places(prefix, at) {
  return [at].flat(Infinity).flatMap((one) => {
    if (one instanceof RegExp) return [{ path: `${prefix}(${one})`, regexp: true, takes: taken(prefix, one) }];
    return expand(String(one)).map((text) => ({ path: join(prefix, template(text)) }));
  });
}

function walk(stack, prefix, out, seen, depth) {
  for (const layer of depth < 20 && Array.isArray(stack) ? stack : []) {
    const at = given.has(layer) ? given.get(layer) : layer.route ? layer.route.path : "/";
    if (layer.route) {
      const methods = layer.route.methods || {};
      // app.all() of an application registers each of the server's methods by itself.
      const own = Object.keys(methods).filter((name) => methods[name]);
      const names = methods._all || own.length > 20 ? ["*"] : own;
      for (const place of places(prefix, at)) out.push({ ...place, methods: names, framework: "express" });
      continue;
    }
    const handle = layer.handle || {};
    const inner = handle.stack || (routerOf(handle) || {}).stack;
    if (!inner) continue;
    seen.add(handle);
    for (const place of places(prefix, at)) walk(inner, place.path === "/" ? "" : place.path, out, seen, depth + 1);
  }
}

function routerOf(app) {
  // The getter of Express 4 throws on purpose.
  try {
    return app._router || (typeof app.handle === "function" && app.router) || null;
  } catch {
    return null;
  }
}

function mountedAt(app, depth = 0) {
  if (!app.parent || depth > 20) return [""];
  const here = [app.mountpath].flat(Infinity).map((one) => (one instanceof RegExp ? `(${one})` : template(String(one))));
  return mountedAt(app.parent, depth + 1).flatMap((prefix) => here.map((at) => join(prefix, at)));
}

function routes() {
  const seen = new Set();
  const rows = apps.map((app) => {
    const out = [];
    for (const prefix of mountedAt(app)) walk((routerOf(app) || {}).stack, prefix === "/" ? "" : prefix, out, seen, 0);
    return [app, out];
  });
  return rows.filter(([app]) => !seen.has(app)).flatMap(([, out]) => out).slice(0, MOST);
}

let last = "";
function write() {
  const text = JSON.stringify(routes());
  if (text === last || text === "[]") return;
  last = text;
  const name = path.join(folder, `routes-${process.pid}`);
  fs.writeFileSync(`${name}.new`, text);
  fs.renameSync(`${name}.new`, `${name}.json`);
}

if (folder) {
  try {
    samples = JSON.parse(fs.readFileSync(path.join(folder, "samples.json"), "utf8"));
  } catch {
    samples = [];
  }
  setInterval(() => {
    try {
      if (apps.length) write();
    } catch {
      // An application that is being built: the next round sees it whole.
    }
  }, 250).unref();
}
