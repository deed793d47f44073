/** @type {any} */
export const a = JSON.parse("1");/*!*/
/** @param {any} x */
export function f(x: number): number { return x; }
export const r = (u: Response): Promise<number> => u.json();
export const kept = JSON.parse("1")!;/*!*/
