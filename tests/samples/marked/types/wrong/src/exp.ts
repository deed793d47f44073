/* @ts-expect-error x *//*!*/
export const a: string = 1;
export const b = (): number => {
  /* eslint-disable *//*!*/
  return 1;
  /* eslint-enable */
};
