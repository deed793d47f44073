export interface Foo { a: number }
export async function load(url: string): Promise<Foo> {
  const response = await fetch(url);
  const body: unknown = await response.json();
  return body as Foo;
}
export function read(text: string): Foo {
  const value: unknown = JSON.parse(text);
  return value as Foo;
}
export function ask(x: Foo | string): Foo {
  const value: unknown = x;
  if (typeof value !== "object") throw new TypeError("x");
  return value as Foo;
}
export async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  return (await response.json()) as T;
}
export function parseAs<T>(text: string): T { return JSON.parse(text) as T; }
export class Cache<T> {
  private readonly map = new Map<string, unknown>();
  get(key: string): T | undefined { return this.map.get(key) as T | undefined; }
  cast(value: unknown): T { return value as T; }
}
export const keysOf = <T extends object>(o: T): (keyof T)[] => Object.keys(o) as (keyof T)[];
export function row(rows: unknown[]): Foo { const [first] = rows; return first as Foo; }
export function handler(event: Event): string { const target = event.target as HTMLInputElement; return target.value; }
let cached: unknown;
export function once(make: () => Foo): Foo { cached ??= make(); return cached as Foo; }
export function coded(error: unknown): string | undefined { return (error as { code?: string }).code; }
export function merge(a: object, b: object): Foo { return Object.assign({}, a, b) as Foo; }
export const empty = {} as Foo;
export const ctx = Symbol("x");
export function fromQuery(q: Record<string, string | string[]>): Foo { const raw: unknown = q["x"]; return raw as Foo; }
