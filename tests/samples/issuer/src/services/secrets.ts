import { createHash, randomBytes } from "node:crypto";

const BYTES = 32;

/**
 * Make a secret that nobody can guess.
 *
 * @returns 64 hexadecimal digits.
 */
export function fresh(): string {
  return randomBytes(BYTES).toString("hex");
}

/**
 * Hash a secret: what is kept of it gives nobody access.
 *
 * @param secret - The secret.
 * @returns 64 hexadecimal digits.
 */
export function hash(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
