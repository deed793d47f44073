import { expect } from "vitest";

export function expectRow(a: unknown, b: unknown): void {
  expect(a).toBe(b);
}
export const check = (x: unknown): unknown => x;
