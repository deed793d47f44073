export const v = (x): number => 1;/*!*/
