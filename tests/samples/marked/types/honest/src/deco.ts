type Method<This, A extends unknown[], R> = (this: This, ...args: A) => R;
export function logged<This, A extends unknown[], R>(
  target: Method<This, A, R>, context: ClassMethodDecoratorContext<This, Method<This, A, R>>,
): Method<This, A, R> {
  return function (this: This, ...args: A): R {
    console.log(String(context.name));
    return target.call(this, ...args);
  };
}
export class Till {
  @logged
  add(n: number): number { return n + 1; }
}
export class Box<out T = unknown> {
  #value: T;
  constructor(value: T) { this.#value = value; }
  get value(): T { return this.#value; }
  static of<T>(value: T): Box<T> { return new Box(value); }
}
export function overload(value: string): string;
export function overload(value: number): number;
export function overload(value: string | number): string | number { return value; }
export async function load(): Promise<number> {
  const mod = await import("node:os");
  return mod.cpus().length;
}
export const weak: WeakMap<object, number> = new WeakMap();
export function isObject(value: unknown): value is object { return typeof value === "object" && value !== null; }
export function keys<T extends object>(value: T): (keyof T)[] { return Object.keys(value) as (keyof T)[]; }
