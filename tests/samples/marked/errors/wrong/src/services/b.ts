import { AppError } from "../errors/index.js";
const E = Error;
class Custom extends Error {}
class Other extends TypeError { code = 1; }
abstract class Base extends Custom {}
class Leaf extends Base {}
export const a = (): never => { throw new E("x"); };/*!*/
export const b = (): Promise<never> => Promise.reject(new Error("x"));/*!*/
export const c = (_q: Request, _s: Response, next: NextFunction): void => { next(new Error("x")); };/*!*/
export const d = (): never => { throw "text"; };/*!*/
export const e = (): never => { throw new Custom("x"); };/*!*/
export const f = (): never => { throw new Other("x"); };/*!*/
export const g = (): never => { throw new Leaf("x"); };/*!*/
export const h = (): never => { throw Error("x"); };/*!*/
export const i = (): never => { throw { status: 404 }; };/*!*/
export const j = (): never => { throw Object.assign(new Error("x"), { status: 404 }); };/*!*/
export const k = (): never => { throw new globalThis.Error("x"); };/*!*/
export const l = (): never => { throw Reflect.construct(Error, ["x"]); };/*!*/
export const m = (): Promise<never> => new Promise((_r, reject) => { setTimeout(() => { reject(new Error("x")); }, 1); });/*!*/
export const n = (): never => { const err = new Error("x"); err.name = "NotFound"; throw err; };/*!*/
export async function o(): Promise<void> { await Promise.reject("x"); }/*!*/
export const p = (_q: Request, _s: Response, next: NextFunction): void => { const err = new Error("x"); next(err); };/*!*/
export const q = (_q: Request, _s: Response, next: (e?: unknown) => void): void => next("bad");/*!*/
export const r = (_q: Request, _s: Response, go: NextFunction): void => { go(new Error("x")); };/*!*/
export const s = (): never => { throw new (class Hidden extends Error {})("x"); };/*!*/
export const t = (): never => { throw AppError.prototype; };
export const u = (ok: boolean): never => { throw ok ? new AppError(1, "x") : new Error("x"); };/*!*/
export const v = (x?: Error): never => { throw x ?? new Error("x"); };/*!*/
export function* w(): Generator<never> { throw new Error("x"); }/*!*/
export const x = (gen: Generator): void => { gen.throw(new Error("x")); };
export const y = (): never => { throw (() => new Error("x"))(); };/*!*/
export const z = (): never => { throw 404; };/*!*/
export const aa = (): never => { throw null; };/*!*/
export const bb = (): never => { throw undefined; };/*!*/
export const cc = (controller: AbortController): void => { controller.abort(new Error("x")); };
export const dd = (s: import("node:stream").Readable): void => { s.destroy(new Error("x")); };
export const { Error: Err } = globalThis;
export const ee = (): never => { throw new Err("x"); };/*!*/
export const ff = (): never => { throw Symbol("x"); };/*!*/
export const gg = (): never => { throw new Array("x"); };/*!*/
export const hh = (): never => { throw `a ${1}`; };/*!*/
const make = { err(m: string) { return new Error(m); } };
export const ii = (): never => { throw make.err("x"); };/*!*/
class AppErr extends AppError {}
export const jj = (): never => { throw new AppErr(1, "x"); };
let K: ErrorConstructor = Error;
export const kk = (): never => { throw new K("x"); };/*!*/
const classes = { Lost: Error };
export const ll = (): never => { throw new classes.Lost("x"); };/*!*/
const lost = new Error("shared");
export const mm = (): never => { throw lost; };/*!*/
export const nn = (): never => { throw new Proxy(new Error("x"), {}); };/*!*/
export const oo = (): Promise<never> => Promise.resolve().then(() => { throw new Error("x"); });/*!*/
export const pp = (cb: (e: Error) => void): void => { cb(new Error("x")); };/*!*/
export const qq = (): void => { assert(false, "x"); };
export const fail = (m: string): never => { throw new Error(m); };/*!*/
