export class A<T = any> { value?: T }/*!*/
export type B<T extends any[] = []> = T;/*!*/
export interface C<T = Record<string, any>> { t: T }/*!*/
export type Fn = (...args: any[]) => void;/*!*/
export function d(f: Function): void { f(); }/*!*/
export function e(o: Object): Object { return o; }/*!*/
export function f(o: {}): {} { return o; }
declare const dd: any;/*!*/
export const g: number = dd;
declare function gg(): any;/*!*/
export const h: number = gg();
declare let w: typeof globalThis & { x: any };/*!*/
export const ww: number = w.x;
export type Arr = Array<any>;/*!*/
export type P = Promise<any>;/*!*/
export type K = { [k: string]: any };/*!*/
export type Q = ReturnType<typeof JSON.parse>;/*!*/
export type R = Parameters<typeof eval>;/*!*/
