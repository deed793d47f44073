export const handlers = {
  add(n: number): number {/*!*/
    return n;
  },
  take: (n: number): number => n - 1,/*!*/
  drop: function (n: number): number {/*!*/
    return n;
  },
};
const later = {
  add(n: number): number {/*!*/
    return n;
  },
};
export { later };
export default {
  go(n: number): number {/*!*/
    return n;
  },
};
export const Made = class {/*!*/
  /** Ok. */
  run(): void {}
  go(n: number): number {/*!*/
    return n;
  }
};
export const frozen = Object.freeze({
  stop(n: number): number {/*!*/
    return n;
  },
});
export const sure = {
  go(n: number): number {/*!*/
    return n;
  },
} as const;
