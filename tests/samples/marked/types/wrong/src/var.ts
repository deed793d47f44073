export interface Foo { a: number }
export function one(y: string): Foo {
  const x: unknown = y;
  return x as Foo;/*!*/
}
export function two(y: number): Foo {
  let x: unknown;
  x = y;
  return x as Foo;/*!*/
}
export const three = (y: number[]): Foo => <Foo>(<unknown>y);/*!*/
export const four = (y: number): Foo => (y as never) as Foo;/*!*/
export function five(y: string): Foo {
  const x = y as unknown;
  return x as Foo;/*!*/
}
export interface Bar { b: string }
export function conv(y: Bar): Foo {
  const raw: unknown = y;
  return raw as Foo;/*!*/
}
export function gen<T>(y: T): Foo {
  const raw: unknown = y;
  return raw as Foo;
}
export function six(y: string): Foo {
  const x: object = Object(y);
  return x as Foo;
}
export const id = (v: unknown): unknown => v;
export const seven = (y: string): Foo => id(y) as Foo;
export const cast = <T>(v: unknown): T => v as T;/*!*/
export const eight = (y: string): Foo => cast<Foo>(y);
export function nine<T>(v: unknown): T { return v as T; }/*!*/
