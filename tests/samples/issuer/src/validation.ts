import { InvalidRequestError } from "./errors.js";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const SUBJECT = /^[a-z][a-z0-9:._-]{0,99}$/;
const SECRET = /^[0-9a-f]{64}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LIMIT = /^[1-9][0-9]{0,2}$/;
const HIGHEST_LIMIT = 100;
const DEFAULT_LIMIT = 20;

/**
 * Take a request's body apart.
 *
 * @param body - What was parsed, whatever it is.
 * @param names - The fields that it must have, and no others.
 * @returns The fields' values, unchecked.
 * @throws {InvalidRequestError} Where it is no object with exactly these fields.
 */
export function fields(body: unknown, names: readonly string[]): Record<string, unknown> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new InvalidRequestError("the body must be a JSON object");
  }
  const found: Record<string, unknown> = { ...body };
  const strange = Object.keys(found).find((key) => !names.includes(key));
  if (strange !== undefined) {
    throw new InvalidRequestError("the body has a field that is not known");
  }
  return found;
}

/**
 * Check a text by its form.
 *
 * @param value - What was sent.
 * @param form - What it must look like.
 * @param what - What it is, for the message.
 * @returns The text.
 * @throws {InvalidRequestError} Where it is none of that form.
 */
function text(value: unknown, form: RegExp, what: string): string {
  if (typeof value !== "string" || !form.test(value)) {
    throw new InvalidRequestError(`${what} is missing or not valid`);
  }
  return value;
}

/**
 * Check a client's name.
 *
 * @param value - What was sent.
 * @returns The name.
 * @throws {InvalidRequestError} Where it is none.
 */
export function clientName(value: unknown): string {
  return text(value, NAME, "name");
}

/**
 * Check a credential's subject.
 *
 * @param value - What was sent.
 * @returns The subject.
 * @throws {InvalidRequestError} Where it is none.
 */
export function subject(value: unknown): string {
  return text(value, SUBJECT, "subject");
}

/**
 * Check a client's secret by its form.
 *
 * @param value - What was sent.
 * @returns The secret.
 * @throws {InvalidRequestError} Where it can't be one.
 */
export function secret(value: unknown): string {
  return text(value, SECRET, "client_secret");
}

/**
 * Check an identifier by its form.
 *
 * @param value - What was sent.
 * @param what - What it identifies, for the message.
 * @returns The identifier.
 * @throws {InvalidRequestError} Where it can't be one.
 */
export function identifier(value: unknown, what: string): string {
  return text(value, UUID, what);
}

/**
 * Check how many rows are asked for.
 *
 * @param value - The query parameter; missing means 20.
 * @returns A number from 1 to 100.
 * @throws {InvalidRequestError} Where it is none.
 */
export function limit(value: unknown): number {
  if (value === undefined) {
    return DEFAULT_LIMIT;
  }
  const rows = Number(text(value, LIMIT, "limit"));
  if (rows > HIGHEST_LIMIT) {
    throw new InvalidRequestError(`limit is at most ${HIGHEST_LIMIT}`);
  }
  return rows;
}
