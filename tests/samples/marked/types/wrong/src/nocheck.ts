// @ts-nocheck/*!*/
export const a: string = 1;
