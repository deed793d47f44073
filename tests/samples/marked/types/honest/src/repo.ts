export abstract class Repository<T extends { id: string }, K extends keyof T = keyof T> {
  protected readonly rows = new Map<string, T>();
  find(id: string): T | undefined { return this.rows.get(id); }
  abstract pick(id: string, key: K): T[K];
}
export type Handler<A extends readonly unknown[] = unknown[], R = void> = (...args: A) => R;
export const memo = <A extends readonly unknown[], R>(fn: (...args: A) => R): ((...args: A) => R) => {
  const seen = new Map<string, R>();
  return (...args: A): R => {
    const key = JSON.stringify(args);
    const found = seen.get(key);
    if (found !== undefined) return found;
    const made = fn(...args);
    seen.set(key, made);
    return made;
  };
};
export const METHODS = ["get", "post"] as const;
export type Method = (typeof METHODS)[number];
export const isMethod = (name: string): name is Method => (METHODS as readonly string[]).includes(name);
export const table = { a: 1, b: 2 } satisfies Record<string, number>;
export type Brand<T, B extends string> = T & { readonly __brand: B };
export type UserId = Brand<string, "UserId">;
export const userId = (text: string): UserId => text as UserId;
