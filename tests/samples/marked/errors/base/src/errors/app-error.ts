export class AppError extends Error {
  constructor(readonly status: number, message: string, options?: ErrorOptions) { super(message, options); }
  static wrap(error: unknown): AppError { return error instanceof AppError ? error : new AppError(500, "x", { cause: error }); }
}
export const NotFoundError = class extends AppError { constructor(what: string) { super(404, what); } };
export default class ConflictError extends AppError { constructor() { super(409, "c"); } }
export function createError(status: number, m: string): AppError { return new AppError(status, m); }
export namespace Errors { export class Deep extends AppError {} }
