export const expectVoid = (x: unknown): void => {
  void x;
};
export function expectSure(x: unknown): void {
  if (x !== 1) throw new TypeError("not 1");
}
