import { add } from "./c.js";
const inner = { secret(n: number): number { return n; } };
export const handlers = {
  /**
   * Add one.
   *
   * @param n - A number.
   * @returns One more.
   */
  add(n: number): number { return add(n, inner.secret(1)); },
  /**
   * Take one.
   *
   * @param n - A number.
   * @returns One less.
   */
  take: (n: number): number => n - 1,
  limit: 5,
};
export const config = { port: 1, retry: { count: 3, delay: (n: number): number => n * 2 } };
export const columns = [{ key: "a", render: (row: string): string => row }];
export default defineConfig({ plugins: [], setup(app: App): void { app.use(1); } });
export const store = create((set: (n: number) => void) => ({ n: 0, inc: (): void => set(1) }));
