export interface Order { id: string; lines: readonly number[] }

export function isOrder(value: unknown): value is Order {
  return typeof value === "object" && value !== null && "id" in value && typeof value.id === "string"
    && "lines" in value && Array.isArray(value.lines);
}
export function parse(text: string): Order {
  const value: unknown = JSON.parse(text);
  if (!isOrder(value)) throw new TypeError("no order");
  return value;
}
export function assertOrder(value: unknown): asserts value is Order {
  if (!isOrder(value)) throw new TypeError("no order");
}
export function field(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  const record = value as Record<string, unknown>;
  return typeof record["id"] === "string" ? record["id"] : "";
}
export function message(error: unknown): string {
  if (error instanceof Error) return error.message;
  return String((error as { code?: string }).code ?? error);
}
export function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === "string";
}
