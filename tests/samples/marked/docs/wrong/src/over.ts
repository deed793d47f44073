export function one(a: string): string;/*!*/
export function one(a: number): number;
export function one(a: string | number): string | number { return a; }
export class Two {/*!*/
  get(a: string): string;/*!*/
  get(a: number): number;
  get(a: string | number): string | number { return a; }
  static make(): Two { return new Two(); }/*!*/
  protected inner(): void {}
  run = (n: number): number => n;/*!*/
  accessor = function (n: number): number { return n; };/*!*/
  async *walk(): AsyncGenerator<number> { yield 1; }/*!*/
}
export abstract class Three {/*!*/
  abstract go(n: number): number;/*!*/
}
export interface Port {/*!*/
  get(id: string): string;/*!*/
  /** Close it. *//*!*/
  close(now: boolean): void;
}
/** Fn. */
export type Four = { go(n: number): number };
export const five = async (n: number): Promise<number> => n;/*!*/
export const six = function (n: number): number { return n; };/*!*/
export default async function (n: number): Promise<number> { return n; }/*!*/
