import { AppError, ConflictError, createError, NotFoundError } from "../errors/index.js";
import Conflict from "../errors/app-error.js";
export class OrderError extends AppError {}
export class OrderService {
  constructor(private readonly repo: { find(id: string): Promise<string | null> }) {}
  async get(id: string): Promise<string> {
    const found = await this.repo.find(id);
    if (!found) throw new NotFoundError("order");
    if (found === "1") throw new Conflict();
    if (found === "2") throw createError(400, "x");
    if (found === "3") throw AppError.wrap("x");
    return found;
  }
  async run(fn: () => Promise<void>): Promise<void> {
    try { await fn(); } catch (e: unknown) {
      if (e instanceof AppError) throw e;
      throw new OrderError(500, "wrapped", { cause: e });
    }
  }
  fail(id: string): Promise<never> { return Promise.reject(new ConflictError()); }
  guard(x: never): never { throw new OrderError(500, `unexpected ${String(x)}`); }
  async retry(fn: () => Promise<void>): Promise<void> {
    let last: unknown;
    for (let i = 0; i < 3; i += 1) { try { await fn(); return; } catch (error) { last = error; } }
    throw last;
  }
}
export const handler = async (req: Request, res: Response, next: NextFunction): Promise<void> => {
  try { next(); } catch (error) { next(error); }
};
export const missing = (_req: Request, _res: Response, next: NextFunction): void => { next(new NotFoundError("route")); };
export const other = (_req: Request, _res: Response, next: NextFunction): void => { next("route"); next("router"); };
export function errorHandler(err: unknown, _req: Request, res: Response, _next: NextFunction): void {
  const error = err instanceof AppError ? err : new AppError(500, "internal");
  res.status(error.status).json({ error: error.message });
}
export function logged(): void { const e = new Error("trace"); console.log(e.stack); }
export const isError = (e: unknown): e is Error => e instanceof Error;
export class Iter { next(value: number): number { return value; } }
export const gen = function* (): Generator<number> { yield 1; };
export function walk(it: { next(v: unknown): void }): void { it.next({ a: 1 }); }
export function cb(done: (e: Error | null, v?: number) => void): void { done(null, 1); }
export const s = { a: (cb: (m: string) => void): void => { cb("text"); } };
export function emit(ee: { emit(n: string, e: unknown): void }): void { ee.emit("done", 1); }
export const res = (callback: (x: Map<string, number>) => void): void => callback(new Map());
