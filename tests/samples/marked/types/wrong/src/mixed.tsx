export const v = (x: any) => x;/*!*/
export const w = [] as any[];/*!*/
