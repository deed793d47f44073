export const v = (x: any): number => 1;/*!*/
